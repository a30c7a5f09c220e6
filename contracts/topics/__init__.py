"""The channels between the hub and its partners: one YAML file per topic, read by listing this folder."""

from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

PARTNER = "{partner}"


class Topic(BaseModel):
    """One topic, or the template of one topic per partner (`{partner}` in its name). Misspelt keys are refused.

    `key` says what a record's key is; `retention_hours` how long records are kept; `schemas` name files in
    contracts/schemas.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str = Field(pattern=r"^missing\.[a-z.]*(\{partner\}\.)?v\d+(\.dead)?$")
    purpose: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    producers: tuple[str, ...] = Field(min_length=1)
    consumers: tuple[str, ...] = Field(min_length=1)
    key: str = Field(min_length=1)
    partitions: int = Field(ge=1)
    retention_hours: int = Field(ge=1)
    cleanup: Literal["delete"]
    dead_letter: str | None
    schemas: tuple[str, ...]

    @property
    def is_template(self) -> bool:
        """Say whether every partner has a topic of its own made from this one."""
        return PARTNER in self.topic

    def name_for(self, partner: str) -> str:
        """Return the topic's name, a partner's own one for a template."""
        return self.topic.replace(PARTNER, partner)


@cache
def load_topics() -> tuple[Topic, ...]:
    """Read every topic of this package, sorted by name. Raises ValidationError for a file that breaks the model."""
    files = [item for item in resources.files(__package__).iterdir() if item.name.endswith(".yaml")]
    found = [read_topic(item.read_text(encoding="utf-8")) for item in files]
    return tuple(sorted(found, key=lambda topic: topic.topic))


def read_topic(text: str) -> Topic:
    """Read one topic file. Raises ValidationError naming every missing or unknown key, or yaml.YAMLError."""
    return Topic.model_validate(yaml.safe_load(text))
