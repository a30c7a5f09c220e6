"""Runs the simulator."""

from adapters.dwp.simulator import main

if __name__ == "__main__":
    main()
