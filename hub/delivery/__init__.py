"""Delivery: claims what is due, one lane per recipient, calls the adapter, records the outcome (promises G3, G7)."""
