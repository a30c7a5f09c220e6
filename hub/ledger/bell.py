"""The bell between processes: whoever has committed work for another process wakes it at once (PostgreSQL only).

A ring may be lost, with its connection or behind a pooler that hands connections around; every loop looks by itself
now and then, so that a lost ring costs time and nothing else.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from typing import Any

import asyncpg
import structlog
from sqlalchemy import make_url

CHANNEL = "hub_work"
RETRY_SECONDS = 2.0
CONNECT_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Work(StrEnum):
    """What there is to do, and so who is woken."""

    OUTBOX = "outbox"
    DISPATCHES = "dispatches"
    LOST_LOG = "lost_log"


class Bell:
    """Carries rings between the processes of one PostgreSQL ledger; `heard` is called with what others ring.

    On SQLite there is one process only: `ring` does nothing and `run` returns at once.
    """

    def __init__(self, url: str, heard: Callable[[Work], None]) -> None:
        parsed = make_url(url)
        there = parsed.get_backend_name() == "postgresql"
        self._url = parsed.set(drivername="postgresql").render_as_string(hide_password=False) if there else None
        self._heard = heard
        self._rung: set[Work] = set()
        self._pulled = asyncio.Event()

    def ring(self, work: Work) -> None:
        """Wake the other processes; call it after the transaction has committed. Rings that come together are one."""
        if self._url is not None:
            self._rung.add(work)
            self._pulled.set()

    async def run(self) -> None:
        """Carry rings both ways until cancelled; a lost connection is made again."""
        while self._url is not None:
            try:
                await self._carry(self._url)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.info("bell_lost", error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _carry(self, url: str) -> None:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS)
        own = connection.get_server_pid()

        def hear(_: Any, sender: int, __: str, payload: object) -> None:
            # A newer process may ring for work that this one does not know.
            if sender != own and payload in set(Work):
                self._heard(Work(str(payload)))

        try:
            await connection.add_listener(CHANNEL, hear)
            for work in Work:
                # What was rung while nobody listened.
                self._heard(work)
            connection.add_termination_listener(lambda _: self._pulled.set())
            while not connection.is_closed():
                await self._pulled.wait()
                self._pulled.clear()
                rung, self._rung = self._rung, set()
                for work in sorted(rung):
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, work.value)
        finally:
            with suppress(Exception):
                await connection.close(timeout=1)
