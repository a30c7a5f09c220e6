"""A broken data file is refused with its name, the place and what to do; never with a traceback."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.procedures.loading import HERE, load_book
from hub.routing.rules import BookError

DIRECTORY = """
endpoints:
  team: {adapter: authorities, channel: inbox, address: rotherham, partner: rotherham}
entries:
- {role: case_team, authority: E08000018, endpoint: team}
"""
Edit = tuple[str, str, str]


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., None]:
    """Load the product's own files, one of them changed."""
    for path in HERE.glob("*.yaml"):
        shutil.copy(path, tmp_path / path.name)
    (tmp_path / "directory.txt").write_text(DIRECTORY)

    def loaded(name: str, old: str, new: str) -> None:
        path = tmp_path / name
        text = path.read_text()
        assert old in text, "the edit must change something"
        path.write_text(text.replace(old, new, 1))
        load_book(tmp_path / "directory.txt", tmp_path, ["authorities"])

    return loaded


P6 = "when: {status: [missing], subject: [child, pregnant_woman, adult]}"
RULES: dict[str, tuple[str, str, str]] = {
    "unknown operator": (P6, "when: {missing: true}", "P6.case-team > when: `missing` is not an operator; these are"),
    "unknown word": (P6, "when: {status: [lost]}", "P6.case-team > when: `lost` is not in the closed list: absent"),
    "wrong flag": (P6, "when: {looked_after: maybe}", "rule rotherham.P6.case-team > when: true or false is needed"),
    "condition is a list": (P6, "when: [missing]", "P6.case-team > when: operators with their arguments are needed"),
    "no condition": (P6, "", "rule rotherham.P6.case-team > when: `when` is needed here; add it"),
    "unknown role": (
        "tell: [{role: case_team}]",
        "tell: [{role: case_taem}]",
        "rule rotherham.P6.case-team: a role or kind is not in the closed list of contracts/codes.py",
    ),
    "unknown place": (
        "tell: [{role: case_team}]",
        "tell: [{role: case_team, at: nowhere}]",
        "rule rotherham.P6.case-team > tell > 0 > at: Input should be 'seat', 'national'",
    ),
    "not a record's role": (
        "tell: [{role: case_team}]",
        "tell: [{role: case_team, at: record}]",
        "`at: record` is for gp_practice, service_0_19, midwifery, school; use `at: seat`",
    ),
    "nobody told": ("tell: [{role: case_team}]", "tell: []", "P6.case-team: `tell` names nobody"),
    "unknown field": (
        "duty: must\n  tell: [{role: case_team}]",
        "duties: must\n  tell: [{role: case_team}]",
        "rule rotherham.P6.case-team > duties: `duties` is not a field here; mend its spelling or take it out",
    ),
    "unknown duty": ("duty: must", "duty: should", "P6.case-team > duty: Input should be 'must', 'consider'"),
    "a decision without a clock": (
        "  by: {hours: 24}  # no time is stated: an unanswered request becomes a task after a day\n",
        "",
        "rule rotherham.P10.onward-to-areas: a `consider` rule needs a clock of its own; give `by`",
    ),
    "question missing": ("duty: must", "duty: consider", "rule rotherham.P6.case-team: a `consider` rule needs `ask`"),
    "question too many": (
        "duty: must",
        "duty: must\n  question: Really?",
        "P6.case-team: `ask` and `question` belong to a `consider` rule",
    ),
    "both units": (
        "by: {hours: 48, from: report_completed}",
        "by: {hours: 48, days: 2}",
        "rule rotherham.P17.national-notification > by: `hours`, `days` and `working_days` exclude each other",
    ),
    "unknown moment": ("from: report_completed", "from: the_beginning", "> by > from: Input should be 'trigger'"),
    "a find before the find": (
        "by: {hours: 48, from: report_completed}",
        "by: {hours: 48, from: found}",
        "rule rotherham.P17.national-notification: `from: found` belongs to a rule with `status: [found]`",
    ),
    "unknown seat": ("seat: responsible", "seat: guest", "rule rotherham.P6.case-team > seat: Input should be 'home'"),
    "duplicate id": ("id: rotherham.P7.safeguarding-unit", "id: rotherham.P6.case-team", "rule ids stand twice"),
    "id of another file": (
        "id: rotherham.P6.case-team",
        "id: baseline.police",
        "rule baseline.police already stands in childrens-home; rename one",
    ),
    "not a GSS code": (
        "authority: E08000018",
        "authority: Rotherham",
        "rotherham.yaml: line 5: authority: not a GSS code",
    ),
    "no row": (
        "tell: [{role: case_team}]",
        "tell: [{role: ceop}]",
        "rule rotherham.P6.case-team: no disclosure row lets ceop have a notice; add one to disclosure.yaml",
    ),
    "not a mapping": ("procedure: rotherham", "- procedure: rotherham", "rotherham.yaml: line "),
    "YAML": ("procedure: rotherham", "procedure: [rotherham", "rotherham.yaml: line "),
    "tab": ("procedure: rotherham", "procedure:\trotherham\n\tx: y", "rotherham.yaml: line "),
}


@pytest.mark.parametrize("case", RULES)
def test_a_broken_procedure(load: Callable[..., None], case: str) -> None:
    old, new, message = RULES[case]
    with pytest.raises(BookError) as caught:
        load("rotherham.yaml", old, new)
    assert message in str(caught.value)


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
        "row case_team: `residence.adress` is neither a field nor a set; write group.field",
    ),
    "the informant": ("- background\n", "- informant.name\n", "`informant.name` is neither a field nor a set"),
    "unknown role": ("- role: midwifery", "- role: midwife", "row midwife: a role or kind is not in the closed list"),
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
    "twice": (
        "kinds: [found_notice]",
        "kinds: [notice]",
        "disclosure.yaml: stand twice: case_team/notice; keep one row",
    ),
    "no rows": ("rows:\n", "rowes:\n", "disclosure.yaml: `sets` and `rows` are needed"),
    "row is a word": ("rows:\n", "rows:\n- case_team\n", "disclosure.yaml: `sets` and `rows` are needed"),
}


@pytest.mark.parametrize("case", DISCLOSURE)
def test_a_broken_disclosure_table(load: Callable[..., None], case: str) -> None:
    old, new, message = DISCLOSURE[case]
    with pytest.raises(BookError) as caught:
        load("disclosure.yaml", old, new)
    assert message in str(caught.value)


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


def test_a_broken_stand_down(load: Callable[..., None]) -> None:
    with pytest.raises(BookError, match=r"stand_down\.yaml: .*rule, clause, procedure, version, purpose, lawful_basis"):
        load("stand_down.yaml", "clause:", "claus:")


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(BookError, match="no procedure"):
        load_book(None, tmp_path)
    shutil.copy(HERE / "rotherham.yaml", tmp_path)
    with pytest.raises(BookError, match=r"disclosure\.yaml: the file is missing"):
        load_book(None, tmp_path)
