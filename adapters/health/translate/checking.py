"""Is a message valid FHIR R4? Asked of the models once for every shape of a resource, not once for every child.

The models judge a text by its form only: by a pattern of its type, or as a date. So a resource is as valid as the one
in which each text stands for all texts of its form. Where that one is not valid, or the form is not one of those below,
the models are asked about the message itself. A test compares the two ways on every sample and on generated messages.
"""

import re
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from adapters.health.translate.resources import Json
from contracts.errors import Undeliverable

SHAPES_KEPT = 1000
TEXTS_KEPT = 2000
LONGEST = 5000
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_FORM = re.compile(
    rf"(?P<uuid>{_UUID})|(?P<link>urn:uuid:{_UUID})"
    r"|(?P<instant>(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00)|(?P<date>(?:19|20)\d\d-\d\d-\d\d)"
    # Small letters alone may be a code of FHIR's own, and stay as they are.
    r"|(?P<code>[a-z-]+)|(?P<token>[A-Za-z0-9-]{1,64})|(?P<word>[^\s:/]+)|(?P<text>\S+(?: \S+)+)",
    re.ASCII,
)
# Of all texts of a form the one that the fewest types take.
_STANDS_FOR = {
    "uuid": "00000000-0000-5000-8000-000000000000",
    "link": "urn:uuid:00000000-0000-5000-8000-000000000000",
    "instant": "2026-01-02T03:04:05+00:00",
    "date": "2026-01-02",
    "token": "A-b",
    "word": "é'",
    "text": "é' é'",
}
_ANY_RESOURCE: Json = {"resourceType": "Patient"}


def validate(bundle: Json) -> None:
    """Check a message against the FHIR R4 models. Raises Undeliverable naming the places, never the values."""
    if all(_fits(orjson.dumps(shape(part))) for part in _parts(bundle)):
        return
    validate_fully(bundle)


def validate_fully(bundle: Json) -> None:
    """Do the same by asking the models about the message itself."""
    try:
        _model().model_validate(bundle)
    except ValidationError as error:
        places = sorted({".".join(map(str, item["loc"])) or "Bundle" for item in error.errors(include_input=False)})
        raise Undeliverable(f"the FHIR message is not valid at {', '.join(places[:5])}") from None


def warm() -> None:
    """Load the FHIR models, which takes about half a second; call it at start-up, off the event loop."""
    validate_fully({"resourceType": "Bundle", "type": "message"})


def shape(value: Any) -> Any:
    """Return a message with every text replaced by the one that stands for its form; like items of a list are one."""
    if isinstance(value, str):
        return _stand_in(value)
    if isinstance(value, dict):
        return {
            name: (item if name == "resourceType" else _stand_in(item)) if isinstance(item, str) else shape(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = [shape(item) for item in value]
        return items if len(items) < 2 else [one for place, one in enumerate(items) if one not in items[:place]]
    return value


def _parts(bundle: Json) -> list[Json]:
    """Cut a message into its envelope and one message for each resource: each is valid by itself or not."""
    entries = bundle.get("entry")
    if not isinstance(entries, list) or not all(isinstance(one, dict) and "resource" in one for one in entries):
        return [bundle]
    envelope = {**bundle, "entry": [{**one, "resource": _ANY_RESOURCE} for one in entries]}
    alone = [{"resourceType": "Bundle", "type": "message", "entry": [{"resource": one["resource"]}]} for one in entries]
    return [envelope, *alone]


@lru_cache(maxsize=TEXTS_KEPT)
def _stand_in(text: str) -> str:
    form = _FORM.fullmatch(text)
    if form is None or form.lastgroup is None or not text.isprintable() or len(text) > LONGEST:
        return text
    if form.lastgroup in ("instant", "date") and not _is_real(text, form.lastgroup):
        return text
    return _STANDS_FOR.get(form.lastgroup, text)


def _is_real(text: str, form: str) -> bool:
    try:
        return bool(date.fromisoformat(text) if form == "date" else datetime.fromisoformat(text))
    except ValueError:
        return False


@lru_cache(maxsize=SHAPES_KEPT)
def _fits(written: bytes) -> bool:
    try:
        _model().model_validate(orjson.loads(written))
    except (ValueError, LookupError, TypeError, AttributeError):
        # Not valid, or something at which the models themselves break: the message itself will tell.
        return False
    return True


@cache
def _model() -> Any:
    from fhir.resources.R4B.bundle import Bundle

    return Bundle
