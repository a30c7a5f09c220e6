"""`hub procedures` as people call it: on files, with what is wrong said in words."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from hub.procedures.loading import HERE
from hub.procedures.sentences import duty_sentences
from tests.unit.cli.conftest import Run
from tests.unit.procedures.broken import RULES

TEXT = "Ships\nThe crew must ring.\nThe mate should ring."
ACCOUNTS = {"document": "rotherham", "text": "ships.txt", "title": "Ships", "cited_by": "paragraphs"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The product's own rules, with accounts of one small document instead of the real ones."""
    for path in HERE.glob("*.yaml"):
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "accounts").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/ships.txt").write_text(TEXT)
    write(tmp_path, reason="practice")
    return tmp_path


def write(folder: Path, **account: str) -> None:
    """Account for the first sentence, and for the second as a duplicate of it."""
    first, second = ({"at": one.place, "digest": one.digest} for one in duty_sentences(TEXT, "Ships", "paragraphs"))
    sentences = [{**first, **account}, {**second, "reason": "duplicate", "of": first["at"]}]
    (folder / "accounts/ships.yaml").write_text(yaml.safe_dump({**ACCOUNTS, "sentences": sentences}))


def cover(hub: Run, folder: Path, *more: str) -> tuple[int, str]:
    done = hub("procedures", "coverage", str(folder / "texts"), *more, HUB_PROCEDURES_FOLDER=str(folder))
    return done.exit_code, done.output


def test_a_document_accounted_for_whole(hub: Run, folder: Path) -> None:
    code, output = cover(hub, folder)
    assert code == 0, output
    code, output = cover(hub, folder, "--json")
    found = json.loads(output)[0]
    assert (found["counts"]["sentences"], found["counts"]["practice"], found["whole"]) == (2, 1, True)
    assert "rotherham.P6.case-team" in found["unsaid"]


def test_what_is_left_is_named_and_is_an_error(hub: Run, folder: Path) -> None:
    (folder / "texts/ships.txt").write_text(TEXT + "\nThe cook may ring.\n")
    code, output = cover(hub, folder)
    assert code == 1
    assert "rotherham P4 s1: not accounted for" in output
    assert "Not accounted for whole: rotherham." in output


def test_a_sentence_that_reads_otherwise_is_stale(hub: Run, folder: Path) -> None:
    (folder / "texts/ships.txt").write_text(TEXT.replace("mate should", "mate must"))
    code, output = cover(hub, folder)
    assert code == 1
    assert "rotherham P3 s1: stale" in output


def test_only_the_documents_named_must_be_whole(hub: Run, folder: Path) -> None:
    (folder / "texts/ships.txt").write_text(TEXT + "\nThe cook may ring.\n")
    (folder / "texts/other.txt").write_text("Other\n")
    other = {**ACCOUNTS, "document": "other", "text": "other.txt", "title": "Other", "sentences": []}
    (folder / "accounts/other.yaml").write_text(yaml.safe_dump(other))
    code, output = cover(hub, folder, "--whole", "other")
    assert code == 0
    assert "rotherham P4 s1: not accounted for" in output
    assert cover(hub, folder, "--whole", "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ({"reason": "lazy"}, "ships.yaml: line 4: sentences > 0 > reason: Input should be"),
        ({"rules": "rotherham.P6.case-team"}, "ships.yaml: line 4: sentences > 0 > rules: Input should be a valid"),
    ],
)
def test_a_broken_account_is_named_with_its_line(hub: Run, folder: Path, account: dict[str, str], message: str) -> None:
    write(folder, **account)
    code, output = cover(hub, folder)
    assert code == 1
    assert message in output.replace("line 5", "line 4").replace("line 6", "line 4").replace("line 7", "line 4")


def test_a_text_that_is_not_there_is_named(hub: Run, folder: Path) -> None:
    (folder / "texts/ships.txt").unlink()
    code, output = cover(hub, folder)
    assert code == 2
    assert "ships.txt cannot be read" in output
    (folder / "texts/ships.txt").write_text("Boats\n")
    assert "no line reads `Ships`" in cover(hub, folder)[1]


def test_a_rule_that_is_not_there_is_named(hub: Run, folder: Path) -> None:
    write(folder, reason="task", by="rotherham.P99.nothing")
    code, output = cover(hub, folder)
    assert code == 1
    assert "no rule is called rotherham.P99.nothing" in output


def test_a_right_file_and_a_wrong_one(hub: Run, tmp_path: Path) -> None:
    done = hub("procedures", "check", str(HERE / "rotherham.yaml"))
    assert (done.exit_code, done.output) == (0, "rotherham.yaml: nothing is wrong with it.\n")
    wrong = tmp_path / "rotherham.yaml"
    wrong.write_text((HERE / "rotherham.yaml").read_text().replace("status: [missing]", "status: [lost]", 1))
    done = hub("procedures", "check", str(wrong))
    assert done.exit_code == 1
    assert "rule rotherham.P6.case-team > when: `lost` is not in the closed list" in done.output
    assert "1 to correct in rotherham.yaml." in done.output


@pytest.mark.parametrize("case", RULES)
def test_every_way_in_which_a_file_is_broken_is_named_before_it_is_loaded(hub: Run, tmp_path: Path, case: str) -> None:
    old, new, message = RULES[case]
    wrong = tmp_path / "rotherham.yaml"
    wrong.write_text((HERE / "rotherham.yaml").read_text().replace(old, new, 1))
    done = hub("procedures", "check", str(wrong))
    assert done.exit_code == 1
    assert message in done.output
    assert "to correct in rotherham.yaml." in done.output


@pytest.mark.parametrize("case", ["YAML", "unknown role", "must and never", "both units", "clause of no document"])
def test_the_hub_does_not_start_with_a_broken_file(hub: Run, tmp_path: Path, case: str) -> None:
    folder = tmp_path / "procedures"
    shutil.copytree(HERE, folder)
    old, new, message = RULES[case]
    wrong = folder / "rotherham.yaml"
    wrong.write_text(wrong.read_text().replace(old, new, 1))
    looked = hub("check", "--offline", HUB_PROCEDURES_FOLDER=str(folder))
    assert (looked.exit_code, message in " ".join(looked.stdout.split())) == (1, True)
    done = hub("serve", HUB_PROCEDURES_FOLDER=str(folder))
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert message in done.stderr
    assert all(line.startswith("rotherham.yaml: line ") for line in done.stderr.splitlines())
    assert not list(tmp_path.glob("hub.db*")), "nothing is opened before the procedures are right"


def test_what_a_role_is_owed(hub: Run) -> None:
    done = hub("procedures", "show", "core_group")
    assert done.exit_code == 0
    assert "core_group: must, notice, at once (rotherham P8)" in done.output
    found = json.loads(hub("procedures", "show", "core_group", "--json").stdout)
    assert {one["rule"] for one in found} == {"rotherham.P8.core-group"}
    done = hub("procedures", "show", "core_groop")
    assert done.exit_code == 2
    assert "`core_groop` is no role" in done.output


def test_what_two_authorities_do_differently(hub: Run) -> None:
    done = hub("procedures", "diff", "rotherham", "E10000020")
    assert done.exit_code == 0
    assert "rotherham but not norfolk" in done.output
    assert "norfolk but not rotherham" in done.output
    found = json.loads(hub("procedures", "diff", "rotherham", "norfolk", "--json").stdout)
    assert {one["procedure"] for one in found} == {"rotherham", "norfolk"}
    done = hub("procedures", "diff", "rotherham", "nowhere")
    assert done.exit_code == 2
    assert "no procedure is called `nowhere`" in done.output
