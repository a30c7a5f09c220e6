"""The command line on a ledger of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hub.cli import app

Run = Callable[..., Result]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A SQLite ledger that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/hub.db"


@pytest.fixture
def hub(url: str) -> Run:
    """Run `hub` with arguments; returns its result."""

    def run(*arguments: str, **environment: str) -> Result:
        given = {"DATABASE_URL": url, "HUB_TOKEN": "", "COLUMNS": "300", "KAFKA_BOOTSTRAP_SERVERS": "", **environment}
        return CliRunner().invoke(app, list(arguments), env=given)

    return run
