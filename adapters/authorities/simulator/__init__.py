"""A stand-in for several local authorities in one process: signed webhooks, an inbox reader, and their answers."""
