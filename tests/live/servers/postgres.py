"""A throwaway PostgreSQL on a free loopback port, from Debian's package."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from tests.live.servers.process import Unavailable, end, free_ports, spawn, tail, wait_for


@dataclass
class LocalPostgres:
    """A server that can be killed and started again on the same data."""

    programs: Path
    folder: Path
    port: int
    user: str | None
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """A SQLAlchemy URL of its maintenance database."""
        return f"postgresql+asyncpg://hub@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server and wait until it answers a query."""
        where = ["-D", str(self.folder / "data"), "-p", str(self.port)]
        local = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        own = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        self.process = spawn([self.programs / "postgres", *where, *local, *own], self.log, user=self.user)
        wait_for(self._answers, what="PostgreSQL answers", log=self.log)

    def kill(self) -> None:
        """End the server as a power cut would, and wait until its own children are gone."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End the server at once but in order."""
        if self.process is not None:
            end(self.process, signal.SIGINT)

    def dump(self, url: str, file: Path) -> None:
        """Write a backup of one database while it runs, as an operator does at night."""
        self._run("pg_dump", "--format=custom", f"--file={file}", url.replace("+asyncpg", "", 1))

    def restore(self, url: str, file: Path) -> None:
        """Put a backup in the place of a database that nobody uses."""
        name = make_url(url).database
        query(self.url, f"drop database {name} with (force)")
        query(self.url, f"create database {name}")
        self._run("pg_restore", "--exit-on-error", f"--dbname={url.replace('+asyncpg', '', 1)}", file)

    def freeze(self) -> None:
        """Let every process of the server stand still, as a hung disk does."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        assert self.process is not None
        for id in (*_children(self.process.pid), self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(id, number)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run([self.programs / program, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stderr}"

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.folder / "postgres.log"

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended by itself\n{tail(self.log)}")
        try:
            return bool(query(self.url, "select 1") == 1)
        except (OSError, asyncpg.CannotConnectNowError):
            return False


@contextlib.contextmanager
def local_postgres(within: Path | None = None, settings: Mapping[str, str] | None = None) -> Iterator[LocalPostgres]:
    """Run a server on a new, empty data folder, `within` a folder if one is given; `settings` as in postgresql.conf.

    Unavailable when PostgreSQL is not installed.
    """
    programs = _programs()
    user = "postgres" if os.geteuid() == 0 else None  # initdb refuses root
    folder = Path(tempfile.mkdtemp(prefix="hub-postgres-", dir=within))
    try:
        if user is not None:
            shutil.chown(folder, user, user)
        _initdb(programs, folder, user)
        server = LocalPostgres(programs, folder, free_ports(1)[0], user, settings or {})
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def asyncpg_url(url: str) -> str:
    """Spell a PostgreSQL URL for SQLAlchemy's asyncpg driver, whichever driver it names."""
    scheme, rest = url.split("://", 1)
    if scheme.split("+")[0] not in {"postgresql", "postgres"}:
        raise ValueError("DATABASE_URL of the live tests must be a PostgreSQL URL, as postgresql://user@host/name")
    return f"postgresql+asyncpg://{rest}"


def query(url: str, statement: str) -> Any:
    """Run one statement outside any transaction and give the first column of its first row."""

    async def ask() -> Any:
        connection = await asyncpg.connect(url.replace("+asyncpg", "", 1))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return _apart(ask())


def describe_postgres(url: str) -> str:
    """Name the server as it names itself, in one line."""
    return str(query(url, "select version()"))


def _apart(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it on a loop of its own: a fixture may be asked for while a test's loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _programs() -> Path:
    def version(folder: Path) -> int:
        return int(folder.parent.name) if folder.parent.name.isdigit() else 0

    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if found:
        return max(found, key=version)
    if on_path:
        return Path(on_path).resolve().parent
    raise Unavailable("no PostgreSQL: install Debian's postgresql, or set DATABASE_URL")


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name in brackets, which may hold anything: state, parent.
            if int(status.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


def _initdb(programs: Path, folder: Path, user: str | None) -> None:
    done = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "hub", "-E", "UTF8", "--no-instructions"],
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd=folder,
    )
    assert done.returncode == 0, f"initdb failed: {done.stderr}"
