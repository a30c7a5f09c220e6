"""A broken data file is refused with its name, the place and what to do; never with a traceback."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.procedures.loading import HERE, load_book
from hub.routing.rules import BookError
from tests.unit.procedures.broken import RULES, Edit

DIRECTORY = """
endpoints:
  team: {adapter: authorities, channel: inbox, address: rotherham, partner: rotherham}
entries:
- {role: case_team, authority: E08000018, endpoint: team}
"""
PLACE = re.compile(r"\w+\.yaml: line \d+: ")


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., None]:
    """Load the product's own files, one of them changed."""
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (tmp_path / "directory.txt").write_text(DIRECTORY)

    def loaded(name: str, old: str, new: str) -> None:
        path = tmp_path / name
        text = path.read_text()
        assert old in text, "the edit must change something"
        path.write_text(text.replace(old, new, 1))
        load_book(tmp_path / "directory.txt", tmp_path, ["authorities"])

    return loaded


@pytest.mark.parametrize("case", RULES)
def test_a_broken_procedure(load: Callable[..., None], case: str) -> None:
    old, new, message = RULES[case]
    with pytest.raises(BookError) as caught:
        load("rotherham.yaml", old, new)
    said = str(caught.value)
    assert message in said
    assert all(PLACE.match(line) for line in said.splitlines()), said


def test_every_file_is_looked_at_before_the_first_is_refused(load: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(BookError):
        load("childrens_home.yaml", "duty: must", "duty: should")
    with pytest.raises(BookError) as caught:
        load("rotherham.yaml", "duty: must", "duty: should")
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "childrens_home.yaml",
        "rotherham.yaml",
    ]


def test_two_files_of_one_name(load: Callable[..., None], tmp_path: Path) -> None:
    shutil.copy(tmp_path / "norfolk.yaml", tmp_path / "norwich.yaml")
    with pytest.raises(BookError, match=r"norwich\.yaml: line 3: `norfolk` is another file's; rename one"):
        load("rotherham.yaml", "title: ", "title: The ")


def test_a_clock_without_days_would_never_stop(load: Callable[..., None]) -> None:
    with pytest.raises(BookError, match=r"rule baseline\.home-office-weekly-contact > every > days: .* greater than 0"):
        load("childrens_home.yaml", "every: {days: 7", "every: {days: 0")


def test_a_clock_belongs_to_a_duty(load: Callable[..., None]) -> None:
    with pytest.raises(BookError, match=r"`every` belongs to a `must` rule"):
        load("childrens_home.yaml", "every: {days: 7", "per_event: true\n  every: {days: 7")


@pytest.mark.parametrize(
    ("clock", "message"),
    [
        ("every: {from: missing_since", "a clock needs `days`, `end_of_working_day` or `after` with a time"),
        ("every: {after: {from: found}, from: missing_since", "a clock needs `days`, `end_of_working_day` or `after`"),
        ("every: {days: 7, end_of_working_day: true, from: missing_since", "`days` and `end_of_working_day` exclude"),
    ],
)
def test_a_clock_has_one_time(load: Callable[..., None], clock: str, message: str) -> None:
    with pytest.raises(BookError, match=message):
        load("childrens_home.yaml", "every: {days: 7, from: missing_since", clock)


def test_what_ends_belongs_to_a_state(load: Callable[..., None]) -> None:
    with pytest.raises(BookError, match=r"`until` belongs to a rule about a state; take it or `per_event` away"):
        load("childrens_home.yaml", "  per_event: true\n", "  per_event: true\n  until: {status: [found]}\n")


def test_every_mistake_of_a_file_is_named_at_once(load: Callable[..., None]) -> None:
    with pytest.raises(BookError) as caught:
        load("rotherham.yaml", "duty: must\n  tell: [{role: case_team}]", "duty: should\n  tell: [{rule: case_team}]")
    assert len(str(caught.value).splitlines()) == 3


DISCLOSURE: dict[str, Edit] = {
    "row missing": (
        "- role: midwifery\n  kinds: [alert]",
        "- role: midwifery\n  kinds: [notice]",
        "rule rotherham.P11.alert-on-mothers-record: no disclosure row lets midwifery have a alert; add one",
    ),
    "unknown field": (
        "[residence.home_address, residence.home_postcode]",
        "[residence.adress]",
        "sets: set `home`: `residence.adress` is neither a field nor a set; write group.field",
    ),
    "the informant": ("- background\n", "- informant.name\n", "`informant.name` is neither a field nor a set"),
    "unknown role": (
        "- role: midwifery",
        "- role: midwife",
        "row midwife: role: `midwife` is no role; is midwifery meant?",
    ),
    "unknown key": (
        "- role: midwifery",
        "- basis: x\n  role: midwifery",
        "row midwifery: basis: `basis` is not a field",
    ),
    "no basis": (
        "  lawful_basis: UK GDPR Art. 6(1)(e)\n  fields:",
        "  fields:",
        "row dwp_citizen_trace: lawful_basis: `lawful_basis` is needed here; add it",
    ),
    "unknown kind": ("kinds: [found_notice]", "kinds: [found_note]", "`found_note` is no kind; is found_notice meant?"),
    "no kind": ("kinds: [found_notice]", "kinds: []", "kinds: `kinds` is empty; write it"),
    "no purpose": (
        "  purpose: safeguarding - the team",
        "  purpose: ''\n  x: safeguarding",
        "`purpose` is empty; write",
    ),
    "fields are a word": (
        "  fields:\n  - identity",
        "  fields: identity\n  x:\n  - identity",
        "fields: Input should be",
    ),
    "another part": ("sets:\n", "set: {}\nsets:\n", "set: `set` is not a field here; mend its spelling or take it out"),
    "twice": (
        "kinds: [found_notice]",
        "kinds: [notice]",
        "disclosure.yaml: stand twice: case_team/notice; keep one row",
    ),
    "no rows": ("rows:\n", "rowes:\n", "rows: `rows` is needed here; add it"),
    "row is a word": ("rows:\n", "rows:\n- case_team\n", "rows > 0: Input should be a valid"),
}


@pytest.mark.parametrize("case", DISCLOSURE)
def test_a_broken_disclosure_table(load: Callable[..., None], case: str) -> None:
    old, new, message = DISCLOSURE[case]
    with pytest.raises(BookError) as caught:
        load("disclosure.yaml", old, new)
    assert message in str(caught.value)
    assert "twice" in case or all(PLACE.match(line) for line in str(caught.value).splitlines())


ENTRIES: dict[str, Edit] = {
    "role": ("role: case_team", "role: case_taem", "entry 1: the role is not in the closed list"),
    "authority": ("E08000018", "Rotherham", "entry 1: authority: not a GSS code"),
    "endpoint's name": (
        "endpoint: team}",
        "endpoint: taem}",
        "entry 1: no endpoint is called `taem`; add or rename it",
    ),
    "entry's field": ("role: case_team", "rolle: x, role: case_team", "entry 1: rolle: `rolle` is not a field here"),
    "twice": ("entries:\n", "entries:\n- {role: case_team, authority: E08000018, endpoint: team}\n", "stands twice"),
    "endpoint's field": (
        "address: rotherham",
        "adress: rotherham",
        "endpoint team: `adress` is no field of an endpoint",
    ),
    "no address": ("address: rotherham, ", "", "endpoint team: address: `address` is needed here; add it"),
    "channel": ("channel: inbox", "channel: pigeon", "endpoint team: channel: Input should be 'inbox'"),
    "endpoint is empty": ("team: {", "empty:\n  team: {", "endpoint empty: adapter, channel and address are needed"),
    "line": ("role: case_team", "role: case_taem", "line 5: entry 1: the role is not in the closed list"),
    "no such authority": ("E08000018", "E08000999", "line 5: entry 1: authority: no authority has or had the code"),
    "split authority": ("E08000018", "E10000006", "was split into Cumberland (E06000063) and Westmorland"),
    "adapter": ("adapter: authorities", "adapter: fax", "line 3: endpoint team: no adapter is called `fax`; one of"),
    "twice by another code": (
        "- {role: case_team, authority: E08000018, endpoint: team}",
        "".join(f"- {{role: case_team, authority: {code}, endpoint: team}}\n" for code in ("E08000016", "E08000038")),
        "line 6: entry 2: case_team@E08000016 stands twice; keep one",
    ),
    "endpoint twice": (
        "entries:",
        "  team: {adapter: authorities, channel: inbox, address: other}\nentries:",
        "line 4: `team` stands twice in one mapping; keep one",
    ),
    "out of hours": ("endpoint: team}", "endpoint: team, out_of_hours: night}", "no endpoint is called `night`"),
    "manager": ("endpoint: team}", "endpoint: team, manager: boss}", "entry 1: no endpoint is called `boss`"),
    "two places": (
        "authority: E08000018",
        "authority: E08000018, area: QF7",
        "`authority`, `area` and `organisation` exclude each other; keep one",
    ),
    "minutes": ("entries:", "escalation: {others: {remind: 0}}\nentries:", "line 4: escalation: others: remind: Input"),
    "step": ("entries:", "escalation: {others: {wait: 5}}\nentries:", "`wait` is not a field here; mend its spelling"),
    "no telephone": ("entries:", "escalation: {high_risk: {telephone: null}}\nentries:", "high_risk: telephone: Input"),
    "top": ("entries:", "entry:", "`endpoints` and `entries` are needed at the top"),
    "no entries": ("- {role: case_team, authority: E08000018, endpoint: team}", "", "`entries` a list; write them so"),
}


@pytest.mark.parametrize("case", ENTRIES)
def test_a_broken_directory(load: Callable[..., None], case: str) -> None:
    old, new, message = ENTRIES[case]
    with pytest.raises(BookError) as caught:
        load("directory.txt", old, new)
    assert str(caught.value).startswith("directory.txt: ")
    assert message in str(caught.value)


def test_every_mistake_of_a_directory_is_named_at_once(load: Callable[..., None]) -> None:
    more = "- {role: case_taem, authority: E08000018, endpoint: team}\n- {role: duty_team, endpoint: taem}\n"
    with pytest.raises(BookError) as caught:
        load("directory.txt", "entries:\n", f"entries:\n{more}")
    said = str(caught.value).splitlines()
    assert [line.split(": ")[1] for line in said] == ["line 5", "line 6"]


STAND_DOWN: dict[str, Edit] = {
    "misspelt": ("clause:", "claus:", "stand_down.yaml: line 3: `claus` is not a field here; take it out"),
    "left out": ("clause:", "claus:", "stand_down.yaml: line 1: `clause` is needed here; add it"),
    "a number": ('"2022-07"', "2022", "stand_down.yaml: line 5: `version` is to be text; put it into quotes"),
    "empty": ("procedure: national", "procedure: ''", "stand_down.yaml: line 4: `procedure` is to be text"),
    "a list": ("rule: national", "- rule: national", "stand_down.yaml: line "),
}


@pytest.mark.parametrize("case", STAND_DOWN)
def test_a_broken_stand_down(load: Callable[..., None], case: str) -> None:
    old, new, message = STAND_DOWN[case]
    with pytest.raises(BookError) as caught:
        load("stand_down.yaml", old, new)
    assert message in str(caught.value)


def test_an_empty_stand_down(tmp_path: Path, load: Callable[..., None]) -> None:
    (tmp_path / "stand_down.yaml").write_text("")
    with pytest.raises(BookError, match=r"stand_down\.yaml: line 1: the fields rule, clause, procedure, version"):
        load("rotherham.yaml", "title: ", "title: The ")


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="no procedure"):
        load_book(None, tmp_path)
    shutil.copy(HERE / "rotherham.yaml", tmp_path)
    with pytest.raises(BookError, match=r"disclosure\.yaml: the file is missing"):
        load_book(None, tmp_path)
