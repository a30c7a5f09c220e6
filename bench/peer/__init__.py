"""The peer: the same job written by hand for this one case, with confluent-kafka and psycopg, and nothing else.

It reads police reports from a topic, keeps them, and lays four dispatches ready for each with the same durability: an
inbox against repeats, one transaction for a batch, offsets committed after it. It knows one force, one authority and
one procedure; it has no rules, no disclosure table, no fold of several events, no withdrawal, no audit, no retry.
"""
