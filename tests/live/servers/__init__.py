"""Real servers for the tests: Apache Kafka, PostgreSQL and the NHS MESH sandbox, each on a free loopback port."""
