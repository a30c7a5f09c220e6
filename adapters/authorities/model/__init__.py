"""The wire shapes of `authority-message` version 1: words, the subject, and the messages."""
