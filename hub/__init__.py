"""The hub: rooms that route canonical events from adapter to adapter. Only `hub.app` knows everyone."""
