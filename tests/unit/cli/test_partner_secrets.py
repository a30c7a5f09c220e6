"""Tokens and Kafka passwords are handed over once, to one person; nothing is half-made when Kafka or a file fails."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from hub.channel import users
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_partner import whose

NORFOLK = ("partner", "add", "norfolk-council", "--kind", "authority", "--code", "E10000020")
SECURED = {
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",  # nothing answers there
    "HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "HUB_KAFKA_USERNAME": "hub",
    "HUB_KAFKA_PASSWORD": "CANARY-HUB",
}
ADMINISTERED = {**SECURED, "HUB_KAFKA_ADMIN_USERNAME": "admin", "HUB_KAFKA_ADMIN_PASSWORD": "CANARY-ADMIN"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "PATIENCE_SECONDS", 0.3)


def names(hub: Run) -> list[str]:
    return [word for word in hub("partner", "list").stdout.split() if "-" in word]


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith("hub.db")]


def test_a_file_for_secrets_is_the_owners_alone_and_nothing_is_printed(hub: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "norfolk.json"
    done = hub(*NORFOLK, "--secrets-to", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    handed: dict[str, Any] = json.loads(file.read_text())
    assert handed.keys() == {"partner", "token"}
    assert whose(url, handed["token"]) is not None
    assert handed["token"] not in done.stderr
    again = tmp_path / "again.json"
    assert hub("partner", "rotate", "norfolk-council", "--secrets-to", str(again)).exit_code == 0
    assert whose(url, json.loads(again.read_text())["token"]) is not None


def test_a_file_that_is_there_or_a_folder_of_others_is_refused_before_anything_is_done(
    hub: Run, tmp_path: Path
) -> None:
    there, open_folder = tmp_path / "there", tmp_path / "open"
    there.write_text("mine")
    open_folder.mkdir()
    open_folder.chmod(0o777)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    for path in (there, link, open_folder / "new", tmp_path / "absent" / "new"):
        done = hub(*NORFOLK, "--secrets-to", str(path))
        assert done.exit_code == 2
        assert len(done.stderr.strip().splitlines()) == 2
    assert there.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert names(hub) == []


def test_a_command_that_fails_leaves_no_file(hub: Run, tmp_path: Path) -> None:
    assert hub("partner", "rotate", "nobody", "--secrets-to", str(tmp_path / "new")).exit_code == 2
    assert kept(tmp_path) == []


def test_a_partner_with_topics_is_not_added_where_nobody_may_make_its_user(hub: Run) -> None:
    refused = hub(*NORFOLK, **SECURED)
    assert refused.exit_code == 1
    assert "HUB_KAFKA_ADMIN_USERNAME" in refused.stderr
    assert names(hub) == []
    elsewhere = hub(*NORFOLK, "--without-kafka", **SECURED)
    assert (elsewhere.exit_code, len(elsewhere.stdout.splitlines())) == (0, 1)


def test_a_partner_without_topics_needs_no_administrator(hub: Run) -> None:
    done = hub("partner", "add", "norfolk-police", "--kind", "police", **SECURED)
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)


def test_kafka_is_away_nothing_is_made_and_the_same_command_works_later(hub: Run, tmp_path: Path) -> None:
    failed = hub(*NORFOLK, "--secrets-to", str(tmp_path / "new"), **ADMINISTERED)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "did not answer its administrator" in failed.stderr
    assert "CANARY" not in failed.stderr
    assert names(hub) == []
    assert kept(tmp_path) == []
    assert hub(*NORFOLK).exit_code == 0


def test_revoking_ends_the_tokens_even_where_kafka_is_away_and_says_so(hub: Run, url: str) -> None:
    token = hub(*NORFOLK).stdout.strip()
    for environment, said in ((ADMINISTERED, "did not answer"), (SECURED, "was not removed")):
        done = hub("partner", "revoke", "norfolk-council", **environment)
        assert done.exit_code == 1
        assert said in done.stderr
        assert whose(url, token) is None


def test_nobody_gets_the_name_of_a_user_of_the_hub(hub: Run) -> None:
    for name in ("hub", "admin"):
        done = hub("partner", "add", name, "--kind", "authority", **ADMINISTERED)
        assert (done.exit_code, "of the hub itself" in done.stderr) == (2, True)
    assert names(hub) == []


def test_a_kafka_password_is_renewed_only_where_there_is_one(hub: Run) -> None:
    assert hub("partner", "add", "norfolk-police", "--kind", "police").exit_code == 0
    for environment in ({}, ADMINISTERED):
        done = hub("partner", "rotate", "norfolk-police", "--kafka", **environment)
        assert (done.exit_code, done.stdout, "has no Kafka user" in done.stderr) == (2, "", True)
