"""Runs the simulator."""

from adapters.health.simulator import main

if __name__ == "__main__":
    main()
