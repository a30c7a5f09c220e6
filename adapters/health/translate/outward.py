"""Rendering: which message a dispatch becomes, validated once before it leaves."""

from collections.abc import Callable
from typing import Any

import orjson

from adapters.health.model import FHIR_JSON
from adapters.health.translate.alert import alert
from adapters.health.translate.checking import validate
from adapters.health.translate.decision import decision_request
from adapters.health.translate.notice import notice
from adapters.health.translate.resources import Json
from contracts.adapter import Endpoint, Wire
from contracts.dispatch import Dispatch, Kind
from contracts.errors import Undeliverable

_FORMS: dict[Kind, Callable[[Dispatch, Endpoint], Json]] = {
    Kind.ALERT: alert,
    Kind.NOTICE: notice,
    Kind.FOUND_NOTICE: notice,
    Kind.INFORMATION: notice,
    Kind.REMINDER: notice,
    Kind.DECISION_REQUEST: decision_request,
}


# A sign written with a backslash, a text that is empty or begins or ends with a blank, a list or an object of nothing.
_DOUBTFUL = ("\\", '""', '" ', ' "', "[]", "{}")


def render(dispatch: Dispatch, endpoint: Endpoint) -> Wire:
    """Return a dispatch as a FHIR message. Raises Undeliverable for a kind that health services have no message for."""
    form = _FORMS.get(dispatch.kind)
    if form is None:
        raise Undeliverable(f"health services have no message for {dispatch.kind.value}: correct the rule")
    bundle: Json = form(dispatch, endpoint)
    body = orjson.dumps(bundle)
    if not is_tidy(body):
        bundle = tidy(bundle)
        body = orjson.dumps(bundle)
    validate(bundle)
    return Wire(body=body, content_type=FHIR_JSON)


def is_tidy(body: bytes) -> bool:
    """Say whether nothing in a written message can need tidying; where it only may, the answer is no.

    Written without blanks between its parts, so that a blank beside a quotation mark is one in a text.
    """
    text = body.decode()
    # Of ASCII all that cannot be printed is written with a backslash, but for one sign.
    printable = "\x7f" not in text if text.isascii() else text.isprintable()
    return printable and not any(doubtful in text for doubtful in _DOUBTFUL)


def tidy(value: Any) -> Any:
    """Return a message without blank text, and with characters that FHIR does not take as spaces.

    An alert must not fail to leave because a name was typed with a stray character.
    """
    if isinstance(value, dict):
        kept = {name: tidy(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in ("", [], {})}
    if isinstance(value, list):
        return [item for item in map(tidy, value) if item not in ("", {})]
    if not isinstance(value, str) or value.isprintable():
        return value.strip() if isinstance(value, str) else value
    return "".join(each if each.isprintable() or each in "\n\t" else " " for each in value).strip()
