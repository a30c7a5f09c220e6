"""The HTTP API for partner systems: intake, their own episodes, inbox, receipts, tasks, health and metrics."""
