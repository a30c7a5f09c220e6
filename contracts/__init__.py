"""Canonical data model: what every agency and every room of the hub agreed on. Pure; imports nothing of ours."""
