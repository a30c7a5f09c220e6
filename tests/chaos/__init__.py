"""Chaos: the hub under kills, freezes, lost servers and a bad network, counted at the receivers."""
