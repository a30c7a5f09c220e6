"""Commands that work on files: check, docs, topics, simulate; and that the command line itself starts lightly."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


def test_check_names_what_is_wrong_and_what_to_do(hub: Run, tmp_path: Path) -> None:
    well = hub("check", "--offline")
    assert "procedures and directory" in well.stdout
    directory = tmp_path / "directory.yaml"
    directory.write_text("endpoints: {}\nentries: []\n")
    gaps = hub("check", "--offline", HUB_DIRECTORY_FILE=str(directory))
    assert gaps.exit_code == 1
    assert "no endpoint anywhere" in gaps.stdout
    assert "no endpoint at E08000018" in gaps.stdout
    broken = hub("check", "--offline", HUB_DIRECTORY_FILE=str(directory_with(tmp_path, "adapter: fax")))
    assert (broken.exit_code, "line 2: endpoint team: no adapter is called `fax`" in broken.stdout) == (1, True)
    broken = hub("check", "--offline", HUB_DIRECTORY_FILE=str(tmp_path / "absent.yaml"))
    assert (broken.exit_code, "absent.yaml" in broken.stdout) == (1, True)


def directory_with(folder: Path, adapter: str) -> Path:
    """A directory of one endpoint that says this of its adapter."""
    path = folder / "typo.yaml"
    path.write_text(f"endpoints:\n  team: {{{adapter}, channel: inbox, address: rotherham}}\nentries: []\n")
    return path


@pytest.mark.parametrize(
    ("mode", "code", "said"),
    [
        (0o600, 0, "readable by their owner alone"),
        (0o444, 0, "others may read dwp_token"),
        (0o640, 0, "others may read dwp_token"),
        (0o602, 1, "others may change dwp_token"),
        (0o660, 1, "others may change dwp_token"),
    ],
)
def test_check_says_who_else_may_read_or_change_a_secret(
    hub: Run, tmp_path: Path, mode: int, code: int, said: str
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "dwp_token").write_text("CANARY")
    (folder / "dwp_token").chmod(mode)
    done = hub("check", "--offline", HUB_SECRETS_FOLDER=str(folder))
    assert (done.exit_code, said in done.stdout, "CANARY" in done.output) == (code, True, False)


def test_check_names_a_folder_of_secrets_that_is_not_there(hub: Run, tmp_path: Path) -> None:
    done = hub("check", "--offline", HUB_SECRETS_FOLDER=str(tmp_path / "absent"))
    assert (done.exit_code, "absent" in done.stdout) == (1, True)


def test_a_wrong_setting_is_named_without_its_value(hub: Run) -> None:
    done = hub("check", "--offline", HUB_API_PORT="CANARY")
    assert done.exit_code == 1
    assert "HUB_API_PORT" in done.stderr
    assert "CANARY" not in done.stderr


def test_docs_writes_once_and_finds_drift(hub: Run, tmp_path: Path) -> None:
    assert hub("docs", "--check", "--root", str(tmp_path)).exit_code == 1
    assert hub("docs", "--root", str(tmp_path)).exit_code == 0
    assert hub("docs", "--check", "--root", str(tmp_path)).exit_code == 0
    (tmp_path / "docs/openapi.json").write_text("{}")
    drifted = hub("docs", "--check", "--root", str(tmp_path))
    assert (drifted.exit_code, "docs/openapi.json" in drifted.stderr) == (1, True)


def test_topics(hub: Run) -> None:
    assert "missing.episode.v1.dead" in hub("topics").stdout


def test_an_unknown_simulator_is_told(hub: Run) -> None:
    for name in ("wizards", "police; ls", "../police"):
        assert hub("simulate", name).exit_code == 2


def test_replay_needs_a_recipient(hub: Run) -> None:
    assert hub("replay").exit_code == 2
    assert hub("replay", "x@y", "--all").exit_code == 2


def test_the_command_line_starts_without_the_rooms() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'aiokafka', 'pydantic', 'httpx', 'hub.app'}"
    code = f"import sys, hub.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
