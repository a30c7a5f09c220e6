"""Logging with an allow-list of keys: one JSON line per entry, and nothing about a child on any of them.

What is not listed here is dropped, not masked. Text of other libraries is dropped too, except from the few loggers
whose text never quotes a message; what remains is the logger's name, the place in the code and the error's type.
"""

import logging
import logging.config
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

_ENTRY = "event level timestamp logger where error trace environment version"
_OWN_IDS = "episode_id event_id event_ids dispatch_id message_id subject_id task_id clock_id episode_reference"
_CONFIGURED_NAMES = (
    "partner partner_kind adapter route topic partition offset consumer group lane endpoint endpoint_id channel role "
    "authority rule worker lease holder cluster_id method path_template host port"
)
_COURSE = "type kind action state stage fate outcome reason_code status attempt revision tick missed ready"
_AMOUNTS = "count size limit lag age_seconds duration_seconds wait_seconds delay_seconds due_at next_attempt_at"
ALLOWED = frozenset(f"{_ENTRY} {_OWN_IDS} {_CONFIGURED_NAMES} {_COURSE} {_AMOUNTS}".split())
PLAIN_LOGGERS = ("uvicorn.error", "alembic.runtime.migration")
_QUIET = {
    "aiohttp": "WARNING",
    "httpx": "WARNING",
    "httpcore": "WARNING",
    "aiokafka": "WARNING",
    # One entry for every statement, with its values: nothing of it would pass the list below anyway.
    "aiosqlite": "WARNING",
    "faststream": "WARNING",
    "uvicorn.access": "CRITICAL",
}
_LONGEST = 200


def allow(_: Any, __: str, entry: EventDict) -> EventDict:
    """Keep the allowed keys with plain values; an exception leaves its type and its places in the code, no message."""
    error = _error(entry)
    kept = {key: _plain(value) for key, value in entry.items() if key in ALLOWED}
    if error is not None:
        kept["error"] = type(error).__name__
        kept["trace"] = _places(error)
    return kept


def foreign(_: Any, __: str, entry: EventDict) -> EventDict:
    """Strip a library's own entry to its logger and place; only the plain loggers keep their text."""
    record: logging.LogRecord | None = entry.get("_record")
    if record is not None and entry.get("_from_structlog") is not True:
        entry["logger"] = record.name
        entry["where"] = f"{record.module}:{record.lineno}"
        if not record.name.startswith(PLAIN_LOGGERS):
            entry["event"] = "library_entry"
    return entry


def configure(level: str = "INFO", environment: str = "", *, stream: Any = "ext://sys.stderr") -> None:
    """Send structlog's and every library's entries as JSON lines to `stream`, through the allow-list."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _environment(environment),
    ]
    logging.config.dictConfig(_handlers(level, stream, shared))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _handlers(level: str, stream: Any, shared: list[Processor]) -> dict[str, Any]:
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [foreign, allow, structlog.processors.JSONRenderer(sort_keys=True)],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"all": {"class": "logging.StreamHandler", "stream": stream, "formatter": "json"}},
        "root": {"level": level, "handlers": ["all"]},
        # The web server may have been given handlers of its own before; its entries come this way too.
        "loggers": {name: {"level": least} for name, least in _QUIET.items()}
        | {name: {"level": level, "handlers": [], "propagate": True} for name in ("uvicorn", "uvicorn.error")},
    }


def _environment(name: str) -> Processor:
    def add(_: Any, __: str, entry: EventDict) -> EventDict:
        return {**entry, "environment": name} if name else entry

    return add


def _error(entry: MutableMapping[str, Any]) -> BaseException | None:
    info = entry.get("exc_info")
    if info is True:
        return sys.exc_info()[1]
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        found: BaseException | None = info[1]
        return found
    record: logging.LogRecord | None = entry.get("_record")
    return record.exc_info[1] if record is not None and record.exc_info else None


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno} {frame.name}" for frame in frames[-12:]]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in list(value)[:50]]
    return str(value)[:_LONGEST]
