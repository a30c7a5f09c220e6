"""Each import rule and each banned call of the house, broken once in a small copy of the house: the check turns red."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

HOUSE = {
    "contracts/__init__.py": "",
    "contracts/person.py": "",
    "adapters/__init__.py": "import adapters.police.deliver, adapters.health.deliver",
    "hub/__init__.py": "",
    "hub/__main__.py": "import hub.cli",
    "hub/cli.py": "import hub.app, hub.demo",
    "hub/demo.py": "import hub.app, adapters",
    "hub/app.py": "import adapters, hub.api, hub.console, hub.channel, hub.delivery",
    "hub/ledger.py": "import hub.routing, sqlalchemy",
    "hub/routing.py": "import hub.episode, contracts.person",
    "hub/episode.py": "import contracts.person",
    "hub/identity.py": "import contracts.person",
    "adapters/health/mesh.py": "import adapters.health.translate",
} | {f"hub/{room}.py": "import hub.ledger" for room in ("api", "console", "channel", "delivery")}
for partner in ("police", "health"):
    HOUSE |= {
        f"adapters/{partner}/__init__.py": "",
        f"adapters/{partner}/model.py": "import contracts.person",
        f"adapters/{partner}/translate.py": f"import adapters.{partner}.model",
        f"adapters/{partner}/deliver.py": f"import adapters.{partner}.translate",
        f"adapters/{partner}/simulator.py": f"import adapters.{partner}.translate",
    }


def lint_imports(folder: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source + "\n")
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    # The linter finds the packages through the path: the copy's come before the installed ones.
    command = [
        sys.executable,
        "-c",
        "import sys; sys.path.insert(0, ''); from importlinter.cli import lint_imports_command as c; c()",
    ]
    return subprocess.run(
        [*command, "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"COLUMNS": "200"},  # one line for each rule
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_small_house_keeps_every_rule(tmp_path: Path) -> None:
    done = lint_imports(tmp_path, HOUSE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "7 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("rule", "file", "source"),
    [
        ("1.", "contracts/person.py", "import hub.settings"),
        ("1.", "adapters/police/deliver.py", "import hub.ledger"),
        ("2.", "hub/delivery.py", "import adapters.police.deliver"),
        ("3.", "adapters/police/model.py", "import adapters.health.model"),
        ("4.", "adapters/police/model.py", "import adapters.police.translate"),
        ("4.", "adapters/police/poll.py", "import adapters.police.deliver"),
        ("4.", "adapters/police/helpers.py", ""),
        ("5.", "hub/episode.py", "import hub.identity"),
        ("5.", "hub/channel.py", "import hub.delivery"),
        ("5.", "hub/routing.py", "import hub.ledger"),
        ("6.", "contracts/person.py", "import asyncio"),
        ("6.", "hub/episode.py", "import os"),
        ("6.", "hub/identity.py", "import random"),
        ("6.", "hub/routing.py", "import structlog"),
        ("6.", "adapters/health/translate.py", "from time import sleep"),
        ("6.", "adapters/health/model.py", "import httpx"),
        ("6.", "adapters/health/translate.py", "import aiohttp"),
        ("7.", "adapters/health/deliver.py", "import aiokafka"),
        ("7.", "adapters/health/deliver.py", "import sqlalchemy"),
        ("7.", "adapters/health/simulator.py", "import httpx"),
        ("7.", "adapters/health/deliver.py", "import aiohttp"),
    ],
)
def test_a_broken_import_rule_is_named(tmp_path: Path, rule: str, file: str, source: str) -> None:
    done = lint_imports(tmp_path, {**HOUSE, "hub/settings.py": "", file: source})
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(rule) for line in broken), done.stdout


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import UTC, datetime\n\nprint(datetime.now(UTC))\n",
        "import datetime as dt\n\nprint(dt.datetime.now(dt.UTC))\n",
        "from datetime import datetime\n\nprint(datetime.utcnow())\n",
        "from datetime import datetime\n\nprint(datetime.today())\n",
        "from datetime import date\n\nprint(date.today())\n",
        "import time\n\nprint(time.time())\n",
        "from uuid import uuid4\n\nprint(uuid4())\n",
        "import uuid\n\nprint(uuid.uuid4())\n",
    ],
)
def test_the_clock_and_new_ids_come_from_the_composition_root_alone(source: str) -> None:
    assert "TID251" in ruff("hub/ledger/events.py", source)
    assert "TID251" in ruff("adapters/police/deliver.py", source)
    assert "TID251" not in ruff("hub/app.py", source)
    assert "TID251" not in ruff("tests/unit/test_x.py", source)


def ruff(name: str, source: str) -> str:
    command = [str(BIN / "ruff"), "check", "--no-cache", "--output-format=concise", "--stdin-filename", name, "-"]
    return subprocess.run(command, input=source, cwd=ROOT, capture_output=True, text=True, check=False).stdout
