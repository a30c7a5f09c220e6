"""Content-based router and recipient list: from an episode and the procedures to dispatches. Pure."""
