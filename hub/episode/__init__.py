"""An episode is a fold of its events. Pure."""
