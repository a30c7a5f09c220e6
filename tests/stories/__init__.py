"""The three stories as canonical events, for tests of the pure rooms and of the whole way."""
