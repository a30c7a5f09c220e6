"""`hub topics`: the channels, as contracts/topics describes them."""


def topics() -> None:
    """List every topic with its purpose, owner, key, retention and dead letter."""
    from rich.table import Table

    from contracts.topics import load_topics
    from hub.cli.common import console

    table = Table("topic", "purpose", "owner", "key", "hours kept", "dead letter")
    for topic in load_topics():
        kept = str(topic.retention_hours)
        table.add_row(topic.topic, topic.purpose, topic.owner, topic.key, kept, topic.dead_letter or "")
    console().print(table)
