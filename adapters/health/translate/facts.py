"""Disclosed facts as labelled lines of text: all that has no element of its own in the message."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from pydantic import BaseModel

from contracts.dispatch import Content

# Said elsewhere in the message: in Patient, in Observation, in the task that asks.
_STRUCTURED = frozenset(
    {
        "person.surname",
        "person.forenames",
        "person.known_as",
        "person.date_of_birth",
        "person.sex",
        "identifiers.nhs_number",
        "residence.home_address",
        "residence.home_postcode",
        "residence.placement_address",
        "residence.placement_postcode",
        "unborn.expected_date_of_delivery",
        "question.decision",
        "question.text",
        "question.due_at",
        "guidance.action",
        "guidance.phone",
        "guidance.out_of_hours_phone",
    }
)
# Where a sensitive record's subject lives: never sent, whatever was disclosed.
_ADDRESS_LIKE = frozenset({"residence.placement_name", "missing.missing_from"})


def lines(content: Content) -> tuple[str, ...]:
    """Return one line per disclosed fact without an element of its own, in the order of the canonical model.

    A record marked sensitive loses every line that says where the subject lives.
    """
    withheld = _STRUCTURED | (_ADDRESS_LIKE if content.care.record_sensitive else frozenset())
    return tuple(
        f"{_words(group)}, {_words(field).lower()}: {_text(value)}"
        for group, field, value in _facts(content)
        if f"{group}.{field}" not in withheld
    )


def guidance(content: Content) -> tuple[str, ...]:
    """Return what to do when the subject is seen and whom to call; never empty."""
    said = content.guidance
    action = said.action or "contact the authority named as author of this message"
    calls = (("By phone", said.phone), ("Out of hours", said.out_of_hours_phone))
    return (f"If seen: {action}", *(f"{label}: {number}" for label, number in calls if number))


def instant(moment: datetime) -> str:
    """Return a moment as a FHIR instant in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _facts(content: Content) -> Iterator[tuple[str, str, Any]]:
    for group in Content.model_fields:
        facts = getattr(content, group)
        for field in type(facts).model_fields if facts is not None else ():
            value = getattr(facts, field)
            if value is not None and value != ():
                yield group, field, value


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(_text(item) for item in value)
    if isinstance(value, BaseModel):
        return ", ".join(f"{_words(name).lower()} {_text(item)}" for name, item in value if item is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    if isinstance(value, datetime):
        return instant(value)
    return value.isoformat() if isinstance(value, date) else str(value)
