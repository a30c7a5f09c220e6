"""What an authority's case system and its people answer. No I/O: messages in, messages out, plain JSON throughout."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Message = dict[str, Any]
_TELLING = ("caseId", "nhsNumber", "surname", "dateOfBirth")


def stories(samples: Path) -> dict[str, Message]:
    """Return the care context samples by the story's name."""
    found = sorted(samples.glob("*-care-context.json"))
    return {path.name.split("-")[0]: json.loads(path.read_text(encoding="utf-8")) for path in found}


def care_context(request: Message, known: Mapping[str, Message], story: str | None, now: str) -> Message | None:
    """Answer a request for care context from the sample of a story, or from the one whose person fits best.

    Returns None when nobody fits: the authority does not know the person.
    """
    sample = known.get(story) if story else _fitting(request.get("subject", {}), known.values())
    if sample is None:
        return None
    return {**_reply(request, now), **_without(sample, "messageId", "issuedAt"), **_quoted(request)}


def decision(request: Message, answer: bool, now: str) -> Message:
    """Answer a decision request as the role that was asked would, for the areas that the request names."""
    areas = [area["authority"] for area in request.get("whereabouts", {}).get("areas", [])]
    role = request["recipient"]["role"]
    fact = {
        "fact": "decision",
        "decision": request["question"]["decision"],
        "answer": answer,
        "decidedBy": f"{role} on duty",
        "role": role,
        "areas": areas,
        "reason": "Decided by the stand-in",
    }
    return {**_reply(request, now), **_quoted(request), "facts": [fact]}


def receipts(message: Message, now: str) -> list[Message]:
    """Return the receipts for a message: opened, then accepted by the role that it was for."""
    by = f"{message.get('recipient', {}).get('role', 'duty')} on duty"
    base = {"dispatch_id": message["messageId"], "at": now}
    return [{**base, "stage": "opened"}, {**base, "stage": "accepted", "by": by}]


def _fitting(subject: Mapping[str, Any], samples: Iterable[Message]) -> Message | None:
    ranked = [(_score(subject, person), sample) for sample in samples for person in sample["subjects"]]
    score, best = max(ranked, key=lambda pair: pair[0], default=(0, None))
    return best if score else None


def _score(subject: Mapping[str, Any], person: Mapping[str, Any]) -> int:
    return sum(1 for name in _TELLING if subject.get(name) and _bare(subject[name]) == _bare(person.get(name)))


def _bare(value: object) -> str:
    return "".join(str(value).split()).casefold()


def _reply(request: Message, now: str) -> Message:
    return {
        "profile": "authority-message",
        "version": 1,
        "messageId": f"reply-{request['messageId']}",
        "issuedAt": now,
        "authority": request["recipient"]["authority"],
    }


def _quoted(request: Message) -> Message:
    return {
        "episodeReference": request["episodeReference"],
        "subjectReference": request["subjectReference"],
        "inAnswerTo": request["messageId"],
    }


def _without(message: Message, *names: str) -> Message:
    return {name: value for name, value in message.items() if name not in names}
