"""Reading a request's body: never more than the limit, never longer than the patience, always before it is parsed."""

import asyncio
import hashlib
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from contracts.errors import Problem
from hub.api.problems import ApiProblem, problems_of

PATIENCE_SECONDS = 30.0
LONGEST_NUMBER = 19


class Seen:
    """What was read of a body so far: its size and digest, without its bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return self._hash.hexdigest()

    def add(self, piece: bytes) -> None:
        """Count one more piece."""
        self.size += len(piece)
        self._hash.update(piece)


Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body. Raises ApiProblem: 413 over `limit` bytes, 415 when compressed, 408 when it does not come."""
    if request.headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise ApiProblem(
            415, "content-encoding", "Compressed messages are not read.", "Send it without Content-Encoding."
        )
    if announced(request) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _read(request, limit)
    except TimeoutError:
        raise ApiProblem(408, "body-timeout", "The message did not arrive in time.", headers=_CLOSE) from None
    except ClientDisconnect:
        raise ApiProblem(400, "body-incomplete", "The connection ended before the message did.") from None


async def read_json(request: Request, model: type[Model], limit: int) -> Model:
    """Return the body as a model. Raises ApiProblem: 415 for another content type, 422 naming every wrong field."""
    require_type(media_type(request), ("application/json",))
    try:
        return model.model_validate_json(await read_body(request, limit))
    except ValidationError as error:
        raise ApiProblem(422, "body", "The body does not fit.", problems=problems_of(error)) from None


def announced(request: Request) -> int:
    """Return how many bytes the request says that it brings; 0 when it does not say."""
    said = request.headers.get("content-length", "0")
    return int(said) if said.isascii() and said.isdigit() and len(said) < LONGEST_NUMBER else 0


def seen_of(request: Request) -> Seen:
    """Return what was read of a request's body so far."""
    if not hasattr(request.state, "seen"):
        request.state.seen = Seen()
    seen: Seen = request.state.seen
    return seen


def media_type(request: Request) -> str:
    """Return the content type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def require_type(given: str, allowed: tuple[str, ...]) -> None:
    """Raise ApiProblem 415 naming what is taken, unless the given media type is among them."""
    if given not in allowed:
        problem = Problem("Content-Type", "is not taken here", f"send {' or '.join(allowed)}")
        raise ApiProblem(415, "content-type", "This content type is not taken here.", problems=[problem])


async def _read(request: Request, limit: int) -> bytes:
    content = bytearray()
    seen = seen_of(request)
    async for piece in request.stream():
        seen.add(piece)
        content += piece
        if len(content) > limit:
            raise _too_large(limit)
    return bytes(content)


# The rest of an unread body would otherwise be taken for the next request.
_CLOSE = {"Connection": "close"}


def _too_large(limit: int) -> ApiProblem:
    return ApiProblem(413, "too-large", "The message is too large.", f"At most {limit} bytes are read.", headers=_CLOSE)
