"""Contents in which every field is filled, each text with a token of its own: a leak names the field it came from."""

import types
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime

from contracts.codes import Duty as Binding
from contracts.codes import Seat, SubjectKind
from contracts.dispatch import (
    Action,
    Content,
    Dispatch,
    Ground,
    Information,
    Kind,
    Question,
    Reminder,
    WithdrawalReason,
    dispatch_id,
)
from contracts.person import Facts
from hub.routing.disclosure import GROUPS, known, project
from tests.conformance.found import Duty

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
EPISODE = UUID("0e000000-0000-5000-8000-00000000c0de")
SUBJECT = UUID("0c000000-0000-5000-8000-00000000c0de")
MARK = "Zqx"
# Codes must be well formed, so they are told apart by value and not by a token.
CODES: Mapping[str, str] = {
    "nhs_number": "9990000018",
    "national_insurance_number": "AA123456A",
    "child_benefit_number": "CHB12345678AB",
    "force": "E23000024",
    "gp_practice": "YROTHGP1",
    "service_0_19": "YROTH019",
    "midwifery": "YROTHMID",
    "school_urn": "987654",
    "known_agencies": "another-agency",
    "home_postcode": "S60 1AE",
    "placement_postcode": "NR1 1AA",
    "postcode": "SE1 7AA",
    "seen_postcode": "SE1 7AB",
}
# A name or an address that stands in a withdrawal would be one of these.
TELLING = ("person.", "residence.", "last_seen.", "found.", "contact.", "relations.", "missing.", "description.")


def everything() -> Content:
    """Return a content in which every field of every group is filled."""
    return Content.model_validate({group: _filled(model, group) for group, model in GROUPS.items()})


def tokens(content: Content, groups: tuple[str, ...] = ("",)) -> dict[str, str]:
    """Return the tokens in a content by the field that holds them, of all groups or of those with a prefix."""
    found = _tokens(content.model_dump(mode="json"), "")
    return {value: name for name, value in found if name.startswith(groups)}


def a_dispatch(
    duty: Duty, action: Action = Action.RAISE, *, content: Content | None = None, revision: int = 1
) -> Dispatch:
    """Return a dispatch as routing would issue it, with the fields of its row or with the content given."""
    withdrawn = action is Action.WITHDRAW
    told = Content() if withdrawn else content if content is not None else full_content(duty)
    thread = f"{duty.kind.value}:{Kind(duty.kind).name.lower()}" if _asks(duty.kind) else duty.kind.value
    return Dispatch(
        id=dispatch_id(EPISODE, SUBJECT, duty.recipient, thread, revision),
        episode_id=EPISODE,
        episode_reference="MC-7F3K-2Q9D",
        subject_id=SUBJECT,
        subject_kind=SubjectKind.CHILD,
        recipient=duty.recipient,
        kind=duty.kind,
        thread=thread,
        action=action,
        revision=revision,
        grounds=(_ground(duty),),
        due_at=AT + timedelta(hours=1),
        created_at=AT,
        content=told,
        reason=WithdrawalReason.FOUND if withdrawn else None,
    )


def full_content(duty: Duty) -> Content:
    """Return all that a row discloses, and what its kind says beside."""
    return project(known(everything()), duty.row, sensitive=False).content.model_copy(update=_said_by(duty.kind))


def bare_content(duty: Duty) -> Content:
    """Return a content about a subject of whom nothing is known."""
    said = {name: part for name, part in _said_by(duty.kind).items() if name in ("question", "reminder")}
    return Content.model_validate(said)


def _said_by(kind: Kind) -> dict[str, Any]:
    parts: dict[Kind, dict[str, Any]] = {
        Kind.DECISION_REQUEST: {"question": Question(decision="a.rule", text=f"{MARK}Question?", due_at=AT)},
        Kind.REMINDER: {"reminder": Reminder(text=f"{MARK}Reminder", tick=2, missed=1, due_at=AT)},
        Kind.INFORMATION: {
            "information": Information(agency="an agency", what=f"{MARK}What", at=AT, place=f"{MARK}Where")
        },
    }
    return parts.get(kind, {})


def _asks(kind: Kind) -> bool:
    return kind is Kind.DECISION_REQUEST


def _ground(duty: Duty) -> Ground:
    return Ground(
        rule="a.rule",
        clause="a procedure P1",
        procedure="a procedure",
        procedure_version="1",
        seat=Seat.RESPONSIBLE,
        duty=Binding.MUST,
        occasion=1,
        due_at=AT + timedelta(hours=1),
        purpose=duty.row.purpose,
        lawful_basis=duty.row.lawful_basis,
    )


def _filled(model: type[Facts], path: str) -> Facts:
    values = {name: _value(field.annotation, f"{path}.{name}") for name, field in model.model_fields.items()}
    return model.model_validate(values)


def _value(kind: Any, path: str) -> Any:
    name = path.rsplit(".", 1)[1]
    if get_origin(kind) in (Union, types.UnionType):
        return _value(next(part for part in get_args(kind) if part is not type(None)), path)
    if get_origin(kind) is tuple:
        return (_value(get_args(kind)[0], path),)
    if name.endswith("authority"):
        return "E08000018"
    return CODES[name] if name in CODES else _plain(kind, path)


def _plain(kind: Any, path: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Facts):
        return _filled(kind, path)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    plain = {bool: True, int: 7, date: date(2011, 5, 4), datetime: AT, AwareDatetime: AT}
    return plain[kind] if kind in plain else _token(path)


def _token(path: str) -> str:
    return MARK + "".join(part.capitalize() for part in path.replace(".", "_").split("_"))


def _tokens(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for name, inner in value.items() for pair in _tokens(inner, f"{path}.{name}".lstrip("."))]
    if isinstance(value, list):
        return [pair for inner in value for pair in _tokens(inner, path)]
    is_token = isinstance(value, str) and (value.startswith(MARK) or value in CODES.values())
    return [(path, value)] if is_token else []
