"""The ledger: everything the hub keeps, in SQLite or PostgreSQL. Functions take an open transaction first."""
