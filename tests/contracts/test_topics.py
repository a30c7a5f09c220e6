"""Every channel is described, owned and whole; a misspelt key is refused."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from contracts.events import EventType
from contracts.older import OLDER
from contracts.schemas import schema_names
from contracts.topics import Topic, load_topics, read_topic

FOLDER = Path(__file__).parents[2] / "contracts/topics"
TOPICS = {topic.topic: topic for topic in load_topics()}
GOOD = (FOLDER / "missing.episode.v1.yaml").read_text()


def test_every_topic_is_there() -> None:
    assert set(TOPICS) == {
        "missing.episode.v1",
        "missing.episode.v1.dead",
        "missing.invalid.v1",
        "missing.from.{partner}.v1",
        "missing.to.{partner}.v1",
    }
    assert len(TOPICS) == len(list(FOLDER.glob("*.yaml")))


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.topic)
def test_a_topic_is_whole(topic: Topic) -> None:
    assert topic.owner
    assert set(topic.schemas) <= set(schema_names())
    assert len(set(topic.schemas)) == len(topic.schemas)
    assert topic.dead_letter is None or topic.dead_letter in TOPICS
    assert topic.retention_hours == 168
    assert (FOLDER / f"{topic.topic.replace('{', '').replace('}', '')}.yaml").is_file()


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.topic)
def test_a_dead_letter_topic_has_its_main_topic(topic: Topic) -> None:
    if topic.topic.endswith(".dead"):
        main = TOPICS[topic.topic.removesuffix(".dead")]
        assert main.dead_letter == topic.topic
        assert (main.key, main.partitions) == (topic.key, topic.partitions)
    served = [other for other in TOPICS.values() if other.dead_letter == topic.topic]
    assert bool(served) is topic.topic.startswith(("missing.invalid", "missing.episode.v1.dead"))


def test_the_episode_topic_carries_every_event_older_forms_included() -> None:
    assert set(TOPICS["missing.episode.v1"].schemas) == {*EventType, *OLDER}


def test_a_template_gives_each_partner_its_own_topic() -> None:
    template = TOPICS["missing.to.{partner}.v1"]
    assert (template.is_template, template.name_for("norfolk-council")) == (True, "missing.to.norfolk-council.v1")
    assert not TOPICS["missing.episode.v1"].is_template


@pytest.mark.parametrize("key", sorted(yaml.safe_load(GOOD)))
def test_a_missing_or_misspelt_key_is_refused(key: str) -> None:
    whole = yaml.safe_load(GOOD)
    lacking = {name: value for name, value in whole.items() if name != key}
    for bad in (lacking, whole | {f"{key}s": whole[key]}):
        with pytest.raises(ValidationError, match=key):
            read_topic(yaml.safe_dump(bad))


@pytest.mark.parametrize(
    "change",
    [
        {"partitions": 0},
        {"cleanup": "compact"},
        {"topic": "episodes"},
        {"retention_hours": "a week"},
        {"producers": []},
    ],
)
def test_a_bad_value_is_refused(change: dict[str, object]) -> None:
    assert read_topic(GOOD).topic == "missing.episode.v1"
    with pytest.raises(ValidationError, match=next(iter(change))):
        read_topic(yaml.safe_dump(yaml.safe_load(GOOD) | change))
