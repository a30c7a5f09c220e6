"""`python -m bench`: measures on real servers and prints one table."""

from bench.cli import app

app(prog_name="python -m bench")
