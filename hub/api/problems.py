"""Errors as RFC 9457 problem documents: what is wrong with which field and what to send instead, never a value."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from structlog.stdlib import get_logger

from contracts.errors import Fate, InvalidMessage, Problem
from hub.api.gathering import TooMany
from hub.ledger.engine import LedgerBusy

MEDIA_TYPE = "application/problem+json"
STATUS_OF_FATE = {Fate.REFUSED: 400, Fate.UNUSABLE: 422, Fate.HELD: 202}
_log = get_logger("hub.api")


class FieldProblem(BaseModel):
    """One thing wrong with one field, and what to send instead."""

    field: str
    detail: str
    remedy: str = ""


class ProblemDocument(BaseModel):
    """The body of every error, RFC 9457.

    `errors` names each wrong field. Where the message was kept, `receipt` is the hub's id of it and `task` what a
    person does about it.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] = []
    receipt: UUID | None = None
    task: UUID | None = None


class ApiProblem(Exception):
    """An answer that is an error. `kind` ends the problem's type URI."""

    def __init__(
        self,
        status: int,
        kind: str,
        title: str,
        detail: str = "",
        *,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(title)
        self.document = ProblemDocument(
            type=f"urn:missing-children-hub:problem:{kind}",
            title=title,
            status=status,
            detail=detail,
            errors=[FieldProblem(field=p.field, detail=p.detail, remedy=p.remedy) for p in problems],
            **{name: kept[name] for name in ("receipt", "task") if kept and name in kept},
        )
        self.headers = dict(headers or {})


def not_found(what: str) -> ApiProblem:
    """Return the one answer for what is not there and for what is somebody else's: they must not be told apart."""
    return ApiProblem(404, "not-found", f"No such {what}.", "It does not exist, or your partner has no part in it.")


def unavailable(retry_seconds: int) -> ApiProblem:
    """Return the answer while the ledger cannot be written: nothing was accepted, send the same again."""
    return ApiProblem(
        503,
        "ledger-unavailable",
        "The hub cannot store messages at the moment.",
        "Nothing was accepted. Send the same message with the same Message-Id again; if a child is missing, telephone.",
        headers={"Retry-After": str(retry_seconds)},
    )


def reading_again(retry_seconds: int) -> ApiProblem:
    """Return the answer while a restored ledger does not know all episodes yet: nothing was accepted."""
    return ApiProblem(
        503,
        "reading-again",
        "The hub's ledger was restored, and it is reading again what came in since its backup.",
        "Nothing was accepted. Send the same message with the same Message-Id again; if a child is missing, telephone.",
        headers={"Retry-After": str(retry_seconds)},
    )


def not_passed_on(kept: Mapping[str, Any], retry_seconds: int) -> ApiProblem:
    """Return the answer while nobody can be told: the message is kept, and its repeat will get its receipt."""
    return ApiProblem(
        503,
        "not-passed-on",
        "The hub has kept the message and cannot pass it on at the moment.",
        "Nobody has been told yet: tell whoever must know by telephone. It will be passed on as soon as that is "
        "possible. Send the same again later to get its receipt; it counts once.",
        headers={"Retry-After": str(retry_seconds)},
        kept=kept,
    )


def invalid(error: InvalidMessage, kept: Mapping[str, Any]) -> ApiProblem:
    """Return the answer to a message that is refused (400) or unusable (422); `kept` is what the ledger answered."""
    return ApiProblem(
        STATUS_OF_FATE[error.fate],
        f"message-{error.fate.value}",
        error.title,
        "The message was not taken in. Correct the fields named and send it again.",
        problems=error.problems,
        kept=kept,
    )


def problems_of(error: ValidationError | RequestValidationError) -> list[Problem]:
    """Return what a model found wrong, field by field, without the values."""
    return [
        Problem(".".join(str(part) for part in item["loc"]) or "body", *_wording(item["type"]))
        for item in error.errors()
    ]


def _wording(kind: str) -> tuple[str, str]:
    for start, wording in _WORDINGS.items():
        if kind.startswith(start):
            return wording
    return ("is not valid", "see the API's description for what this field takes")


_WORDINGS = {
    "missing": ("is missing", "add the field"),
    "uuid": ("is not a UUID", "send the id as the hub gave it"),
    "enum": ("is not one of the words known here", "see the API's description for the list"),
    "literal": ("is not one of the words known here", "see the API's description for the list"),
    "timezone": ("has no time zone", "send date and time with an offset, such as 2026-07-01T09:30:00Z"),
    "datetime": ("is not a date and time", "send date and time with an offset, such as 2026-07-01T09:30:00Z"),
    "date": ("is not a date", "send a date, such as 2026-07-01"),
    "int": ("is not a whole number", "send a whole number"),
    "greater": ("is too small", "see the API's description for the range"),
    "less": ("is too large", "see the API's description for the range"),
    "bool": ("is neither true nor false", "send true or false"),
    "string": ("is not a text of the length allowed", "send a text"),
    "list": ("is not a list", "send a list"),
    "model": ("is not an object", "send a JSON object"),
    "json": ("is not JSON", "send valid JSON in UTF-8"),
}


def response(problem: ApiProblem) -> JSONResponse:
    """Write a problem as an HTTP answer."""
    content = problem.document.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, problem.document.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the application a problem document."""

    async def own(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiProblem)  # noqa: S101 - what it is registered for
        return response(error)

    async def framework(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        kind, title = _FRAMEWORK.get(error.status_code, ("http-error", "The request cannot be answered."))
        return response(ApiProblem(error.status_code, kind, title, headers=error.headers))

    async def parameters(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return response(
            ApiProblem(422, "parameters", "The request's parameters are wrong.", problems=problems_of(error))
        )

    async def ledger(request: Request, error: Exception) -> JSONResponse:
        _log.error("ledger_unavailable", exc_info=error)
        return response(unavailable(request.app.state.services.limits.retry_seconds))

    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        _log.error("unexpected_error", exc_info=error)
        return response(ApiProblem(500, "internal", "The hub made a mistake.", "The fault is ours and was recorded."))

    handlers: dict[type[Exception], Any] = {
        ApiProblem: own,
        HTTPException: framework,
        RequestValidationError: parameters,
    }
    # OSError: the database's port is closed, or a statement took too long (TimeoutError is one).
    without = (LedgerBusy, TooMany, DBAPIError, PoolTimeout, OSError)
    handlers |= dict.fromkeys(without, ledger) | {Exception: unexpected}
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


_FRAMEWORK = {
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address does not take this method."),
}
