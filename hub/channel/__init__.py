"""I/O with Kafka: the relay out of the outbox, the router's consumer, clocks, partner topics, and their state."""
