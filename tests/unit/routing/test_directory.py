"""The directory: in hours and out of them, by nation; who stands for whom; posts of care boards; gaps by authority."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.adapter import Channel, Endpoint
from contracts.codes import Role
from contracts.dispatch import Post, Recipient
from hub.reference.geography import load_geography
from hub.routing.directory import Beside, Directory, recipient_of
from hub.routing.gaps import gaps
from tests.stories.events import LAMBETH, NORFOLK, ROTHERHAM
from tests.unit.routing.support import book, procedure

BELFAST, EDINBURGH, CARDIFF, CUMBERLAND = "N09000003", "S12000036", "W06000015", "E06000063"
DAY, NIGHT, WEEKEND = (datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((4, 12), (4, 22), (7, 12)))


def endpoint(name: str) -> Endpoint:
    return Endpoint(id=name, adapter="test", channel=Channel.INBOX, address=name)


def directory(entries: dict[str, str], **beside: Beside) -> Directory:
    names = {*entries.values(), *(name for one in beside.values() for name in (one.out_of_hours, one.manager) if name)}
    keyed = {f"{role}@{ROTHERHAM}": one for role, one in beside.items()}
    return Directory({name: endpoint(name) for name in names}, entries, keyed, load_geography().icbs_of)


TEAM, EDT = f"case_team@{ROTHERHAM}", f"emergency_duty_team@{ROTHERHAM}"
BOTH = directory({TEAM: "day", EDT: "edt"})
OWN = directory({TEAM: "day", EDT: "edt"}, case_team=Beside("night", "boss"))
NURSE = directory({f"designated_nurse_safeguarding@{ROTHERHAM}": "nurse", EDT: "edt"})


@pytest.mark.parametrize(
    ("by", "key", "at", "name"),
    [
        (BOTH, TEAM, DAY, "day"),
        (BOTH, TEAM, NIGHT, "edt"),
        (BOTH, TEAM, WEEKEND, "edt"),
        (BOTH, TEAM, datetime(2026, 4, 3, 12, tzinfo=UTC), "edt"),
        (BOTH, EDT, DAY, "day"),
        (BOTH, EDT, NIGHT, "edt"),
        (OWN, TEAM, DAY, "day"),
        (OWN, TEAM, NIGHT, "night"),
        (OWN, f"{TEAM}!manager", DAY, "boss"),
        (OWN, f"{TEAM}!manager", NIGHT, "boss"),
        (OWN, f"{TEAM}!out_of_hours", DAY, "night"),
        (BOTH, f"{TEAM}!out_of_hours", DAY, "edt"),
        (BOTH, f"{TEAM}!manager", DAY, None),
        (directory({EDT: "edt"}), EDT, DAY, "edt"),
        (directory({EDT: "edt"}), TEAM, NIGHT, None),
        (directory({TEAM: "day"}), EDT, DAY, "day"),
        (directory({TEAM: "day"}), EDT, NIGHT, "day"),
        (directory({TEAM: "day"}), TEAM, NIGHT, "day"),
        (directory({TEAM: "day"}), f"{TEAM}!out_of_hours", NIGHT, None),
        (NURSE, f"designated_nurse_safeguarding@{ROTHERHAM}", NIGHT, "nurse"),
        (BOTH, f"case_team@{LAMBETH}", DAY, None),
    ],
)
def test_where_at_which_hour(by: Directory, key: str, at: datetime, name: str | None) -> None:
    found = by.resolve(recipient_of(key), at)
    assert (found.id if found else None) == name


@pytest.mark.parametrize(
    ("authority", "day", "night"),
    [
        (ROTHERHAM, datetime(2026, 1, 2, 10, tzinfo=UTC), datetime(2026, 4, 6, 10, tzinfo=UTC)),
        (CARDIFF, datetime(2026, 1, 2, 10, tzinfo=UTC), datetime(2026, 4, 6, 10, tzinfo=UTC)),
        (EDINBURGH, datetime(2026, 4, 6, 10, tzinfo=UTC), datetime(2026, 1, 2, 10, tzinfo=UTC)),
        (BELFAST, datetime(2026, 1, 2, 10, tzinfo=UTC), datetime(2026, 3, 17, 10, tzinfo=UTC)),
    ],
    ids=["Easter Monday in England", "and in Wales", "second of January in Scotland", "St Patrick in Northern Ireland"],
)
def test_each_nation_has_its_own_working_days(authority: str, day: datetime, night: datetime) -> None:
    by = directory({f"case_team@{authority}": "day", f"emergency_duty_team@{authority}": "edt"})
    named = [by.resolve(recipient_of(f"case_team@{authority}"), at) for at in (day, night)]
    assert [one.id for one in named if one] == ["day", "edt"]


@pytest.mark.parametrize(("hour", "minute", "name"), [(7, 59, "edt"), (8, 0, "day"), (15, 59, "day"), (16, 0, "edt")])
def test_hours_are_those_of_the_clock_on_the_wall(hour: int, minute: int, name: str) -> None:
    summer = datetime(2026, 7, 1, hour, minute, tzinfo=UTC)
    found = BOTH.resolve(recipient_of(TEAM), summer)
    assert found is not None
    assert found.id == name


BOARDS = {"designated_nurse_safeguarding@T6Y0W": "east", "designated_nurse_safeguarding@QHM": "north"}


@pytest.mark.parametrize(
    ("entries", "authority", "at", "name"),
    [
        (BOARDS, NORFOLK, datetime(2026, 4, 1, 9, tzinfo=UTC), "east"),
        (BOARDS, NORFOLK, datetime(2026, 3, 31, 9, tzinfo=UTC), None),
        (BOARDS, CUMBERLAND, DAY, None),
        (BOARDS | {"designated_nurse_safeguarding@QE1": "north"}, CUMBERLAND, DAY, "north"),
        (BOARDS | {"designated_nurse_safeguarding@QE1": "east"}, CUMBERLAND, DAY, None),
        (
            BOARDS | {f"designated_nurse_safeguarding@{NORFOLK}": "own"},
            NORFOLK,
            datetime(2026, 4, 1, tzinfo=UTC),
            "own",
        ),
    ],
    ids=["of its board", "before the merger", "in two boards", "both name one", "both name another", "its own first"],
)
def test_a_post_of_a_care_board(entries: dict[str, str], authority: str, at: datetime, name: str | None) -> None:
    by = directory(entries)
    found = by.resolve(Recipient(role=Role.DESIGNATED_NURSE_SAFEGUARDING, authority=authority), at)
    assert (found.id if found else None) == name


@pytest.mark.parametrize("key", [TEAM, "dwp_notifications@national", "gp_practice@YROTHGP1", f"{TEAM}!manager"])
def test_a_recipient_is_read_from_its_key(key: str) -> None:
    assert recipient_of(key).key == key


def test_every_way_and_every_role_of_an_endpoint() -> None:
    assert [one.id for one in OWN.ways(recipient_of(TEAM), DAY)] == ["day", "night"]
    assert [one.id for one in OWN.ways(recipient_of(f"{TEAM}!manager"), DAY)] == ["boss"]
    assert {name: OWN.roles_of(endpoint(name)) for name in ("day", "night", "boss", "edt", "none")} == {
        "day": (Role.CASE_TEAM,),
        "night": (Role.CASE_TEAM,),
        "boss": (Role.CASE_TEAM,),
        "edt": (Role.EMERGENCY_DUTY_TEAM,),
        "none": (),
    }
    assert Post("manager") is recipient_of(f"{TEAM}!manager").post


def test_gaps_name_every_role_for_every_authority_with_a_procedure_or_an_entry() -> None:
    everywhere = procedure(
        {"tell": [{"role": "case_team"}, {"role": "duty_team", "at": "found_authority"}]},
        {"tell": [{"role": "ceop", "at": "national"}, {"role": "gp_practice", "at": "record"}]},
        {"duty": "never", "tell": [{"role": "parent"}]},
        {"tell": [{"role": "police_force", "at": "responsible_force"}]},
    )
    own = procedure({"id": "own.1", "tell": [{"role": "head_of_service"}]}, authority=ROTHERHAM)
    by = directory({f"case_team@{NORFOLK}": "norfolk", "duty_team@T6Y0W": "board"})
    found = gaps(replace(book(everywhere, own), directory=by), datetime(2026, 4, 1, tzinfo=UTC))
    assert [(one.role.value, one.place, one.rules) for one in found] == [
        ("case_team", ROTHERHAM, ("test.0",)),
        ("ceop", "national", ("test.1",)),
        ("duty_team", ROTHERHAM, ("test.0",)),
        ("gp_practice", None, ("test.1",)),
        ("head_of_service", ROTHERHAM, ("own.1",)),
        ("police_force", "E23000011", ("test.3",)),
        ("police_force", "E23000024", ("test.3",)),
    ]
