"""What reaches the log: allowed keys and nothing else, whoever logs."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from hub.logging import ALLOWED, configure

CANARY = "CANARY-SURNAME"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """The log, captured; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    captured = io.StringIO()
    configure("INFO", "test", stream=captured)
    yield captured
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    assert CANARY not in stream.getvalue()
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert all(set(entry) <= ALLOWED for entry in found)
    return found


def test_only_allowed_keys_pass(stream: io.StringIO) -> None:
    structlog.stdlib.get_logger("hub").info(
        "taken", partner="norfolk-police", surname=CANARY, body={"a": CANARY}, count=2
    )
    (entry,) = entries(stream)
    assert entry["event"] == "taken"
    assert (entry["partner"], entry["count"], entry["environment"]) == ("norfolk-police", 2, "test")


@pytest.mark.parametrize("form", ["flag", "instance"])
def test_an_exception_leaves_its_type_and_place_only(stream: io.StringIO, form: str) -> None:
    log = structlog.stdlib.get_logger("hub")
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        log.error("failed", exc_info=True if form == "flag" else error)
    (entry,) = entries(stream)
    assert entry["error"] == "ValueError"
    assert "test_logging.py" in entry["trace"][-1]


def test_libraries_lose_their_text(stream: io.StringIO) -> None:
    logging.getLogger("some.library").warning("cannot send %s", CANARY)
    try:
        raise KeyError(CANARY)
    except KeyError:
        logging.getLogger("asyncio").exception("never retrieved %s", CANARY)
    first, second = entries(stream)
    assert (first["logger"], first["event"]) == ("some.library", "library_entry")
    assert second["error"] == "KeyError"


def test_the_server_keeps_its_own_words_but_no_exception_text(stream: io.StringIO) -> None:
    server = logging.getLogger("uvicorn.error")
    server.info("Uvicorn running on %s", "http://127.0.0.1:8000")
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        server.error("Exception in ASGI application", exc_info=error)
    first, second = entries(stream)
    assert first["event"] == "Uvicorn running on http://127.0.0.1:8000"
    assert second["error"] == "ValueError"


def test_quiet_libraries_and_access_log(stream: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/%s", CANARY)
    logging.getLogger("uvicorn.access").info("GET /episodes/%s", CANARY)
    assert entries(stream) == []
