"""Business acknowledgements and answers to decision requests."""

from uuid import UUID

from adapters.health.model import DECISION_ID, EPISODE_ID, OUTPUT_ANSWER, OUTPUT_AREA, SUBJECT_ID, UNBORN_SUBJECT_ID
from adapters.health.translate.parsing import Message, at, items, text, uuid_of, value_of
from contracts.codes import GssCode, Role, is_gss_code
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Data, DecisionRecorded, ReceiptRecorded
from contracts.receipt import Receipt, Stage

_STAGE_OF_TASK = {
    "received": Stage.OPENED,
    "accepted": Stage.ACCEPTED,
    "ready": Stage.ACCEPTED,
    "in-progress": Stage.ACCEPTED,
    "completed": Stage.ACTED_ON,
    "rejected": Stage.REJECTED,
    "failed": Stage.REJECTED,
    "cancelled": Stage.REJECTED,
}
_REFUSALS = frozenset({"fatal-error", "transient-error"})


def acknowledgement(message: Message) -> tuple[Data, ...]:
    """Return the receipt that an acknowledgement means. Raises InvalidMessage when it names no message of ours."""
    answered = uuid_of(text(message.header, "response", "identifier"))
    if answered is None:
        raise _unusable([Problem("MessageHeader.response.identifier", "must be the MessageHeader.id of our message")])
    return (_receipt(message, answered, _stage(message)),)


def decision(message: Message) -> tuple[Data, ...]:
    """Return the decision, and the receipt of its request if that is named. Raises InvalidMessage naming what lacks."""
    task = message.first("Task")
    answered = uuid_of(text(message.header, "response", "identifier"))
    rule, by, answer = value_of(items(task, "identifier"), DECISION_ID), _named(message), _answer(task)
    problems = [
        Problem("Task.identifier", "the decision's identifier from the request is missing") if rule is None else None,
        Problem("Task.owner", "the name of the person who decided is missing") if by is None else None,
        Problem("Task.output", "a completed task needs the answer as valueBoolean") if answer is None else None,
        None if answered or _episode(task) else Problem("Task.groupIdentifier", "neither request nor episode is named"),
    ]
    if rule is None or by is None or answer is None or any(problems):
        raise _unusable([problem for problem in problems if problem])
    recorded = DecisionRecorded(
        decision=rule,
        subject_id=uuid_of(value_of(at(task, "for", "identifier"), SUBJECT_ID, UNBORN_SUBJECT_ID)),
        answer=answer,
        decided_by=by,
        decided_by_role=next(iter(message.document.partner.roles), Role.UNKNOWN),
        areas=_areas(message, task),
        reason=text(task, "statusReason", "text"),
    )
    return (recorded, _receipt(message, answered, Stage.ACTED_ON)) if answered else (recorded,)


def _receipt(message: Message, dispatch_id: UUID, stage: Stage) -> ReceiptRecorded:
    task = message.first("Task")
    by = _named(message)
    if by is None and stage in (Stage.ACCEPTED, Stage.ACTED_ON):
        message.warn("Task.owner", "the name of the person who accepted is missing")
    stated = message.moment("Task.lastModified", at(task, "lastModified"))
    stated = stated or message.moment("Bundle.timestamp", at(message.bundle, "timestamp"))
    receipt = Receipt(
        dispatch_id=dispatch_id,
        stage=stage,
        at=stated or message.document.received_at,
        by=by,
        reference=message.document.message_id,
        reason=text(task, "statusReason", "text") if stage is Stage.REJECTED else None,
    )
    return ReceiptRecorded(receipts=(receipt,))


def _stage(message: Message) -> Stage:
    status = text(message.first("Task"), "status")
    if text(message.header, "response", "code") in _REFUSALS:
        return Stage.REJECTED
    if status not in _STAGE_OF_TASK:
        # Without a task nobody says that it stands on a record.
        message.warn("Task.status", "missing or not known; counted as opened only")
        return Stage.OPENED
    return _STAGE_OF_TASK[status]


def _named(message: Message) -> str | None:
    task_owner, author = at(message.first("Task"), "owner"), at(message.header, "author")
    return _name(message, task_owner) or _name(message, author)


def _name(message: Message, reference: object) -> str | None:
    stated = text(reference, "display")
    linked = message.linked(reference)
    return stated or text(linked, "practitioner", "display") or text(linked, "name", 0, "text")


def _answer(task: dict[str, object]) -> bool | None:
    if text(task, "status") == "rejected":
        return False
    if text(task, "status") != "completed":
        return None
    given = [at(output, "valueBoolean") for output in items(task, "output") if _is(output, OUTPUT_ANSWER)]
    return next((value for value in given if isinstance(value, bool)), None)


def _areas(message: Message, task: dict[str, object]) -> tuple[GssCode, ...]:
    stated = [text(output, "valueString") for output in items(task, "output") if _is(output, OUTPUT_AREA)]
    valid = tuple(code for code in stated if code is not None and is_gss_code(code))
    if len(valid) < len(stated):
        message.warn("Task.output", "an area is not a GSS code; left out")
    return valid


def _is(output: object, code: str) -> bool:
    return any(at(coding, "code") == code for coding in items(output, "type", "coding"))


def _episode(task: dict[str, object]) -> UUID | None:
    return uuid_of(value_of(at(task, "groupIdentifier"), EPISODE_ID))


def _unusable(problems: list[Problem]) -> InvalidMessage:
    return InvalidMessage(Fate.UNUSABLE, "The answer cannot be used.", problems)
