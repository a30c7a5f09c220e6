"""Places: by code or name, on a date, in four nations; what is split or unknown is said, never guessed."""

from datetime import date

import pytest

from hub.reference.geography import load_gazetteer
from hub.reference.places import NONE, ONE, SEVERAL, UNKNOWN

GAZETTEER = load_gazetteer()
BEFORE, AFTER = date(2026, 3, 31), date(2026, 4, 1)
SUSSEX_AND_SURREY, NORFOLK_AND_SUFFOLK, THAMES_VALLEY = "S9B9J", "T6Y0W", "S0E4D"
SCOTLAND, NORTHERN_IRELAND = "Police Scotland", "Police Service of Northern Ireland"

# Asked, date, authority, district, force, health bodies.
ONES: list[tuple[str, date, str, str | None, str, list[str]]] = [
    # England: districts, counties, boards before and after the mergers.
    ("Norwich", BEFORE, "E10000020", "E07000148", "Norfolk", ["QMM"]),
    ("Norwich", AFTER, "E10000020", "E07000148", "Norfolk", [NORFOLK_AND_SUFFOLK]),
    ("E07000148", AFTER, "E10000020", "E07000148", "Norfolk", [NORFOLK_AND_SUFFOLK]),
    ("Norfolk County Council", BEFORE, "E10000020", None, "Norfolk", ["QMM"]),
    ("Suffolk", BEFORE, "E10000029", None, "Suffolk", ["QJG", "QMM"]),
    ("Suffolk", AFTER, "E10000029", None, "Suffolk", [NORFOLK_AND_SUFFOLK]),
    ("Guildford", BEFORE, "E10000030", "E07000209", "Surrey", ["QXU", "QNQ"]),
    ("Guildford", AFTER, "E10000030", "E07000209", "Surrey", [SUSSEX_AND_SURREY]),
    ("Oxfordshire", AFTER, "E10000025", None, "Thames Valley", [THAMES_VALLEY, "QPM", "QOX"]),
    ("Oxford", AFTER, "E10000025", "E07000178", "Thames Valley", [THAMES_VALLEY]),
    ("Hart", BEFORE, "E10000014", "E07000089", "Hampshire", ["QNQ", "QRL"]),
    ("Hart", AFTER, "E10000014", "E07000089", "Hampshire", ["QRL"]),
    ("Camden", BEFORE, "E09000007", None, "Metropolitan Police", ["QMJ"]),
    ("Camden", AFTER, "E09000007", None, "Metropolitan Police", ["Z9B2Z"]),
    ("London Borough of Lambeth", AFTER, "E09000022", None, "Metropolitan Police", ["QKK"]),
    ("city of london corporation", AFTER, "E09000001", None, "London, City of", ["QMF"]),
    ("Isles of Scilly", AFTER, "E06000053", None, "Devon & Cornwall", ["QT6"]),
    ("Rotherham", AFTER, "E08000018", None, "South Yorkshire", ["QF7"]),
    # Recoded: the later code, the earlier one and the name are one authority.
    ("E08000038", AFTER, "E08000016", None, "South Yorkshire", ["QF7"]),
    ("E08000016", AFTER, "E08000016", None, "South Yorkshire", ["QF7"]),
    ("E08000039", AFTER, "E08000019", None, "South Yorkshire", ["QF7"]),
    ("sheffield", BEFORE, "E08000019", None, "South Yorkshire", ["QF7"]),
    ("E06000048", AFTER, "E06000057", None, "Northumbria", ["QHM"]),
    ("E08000020", AFTER, "E08000037", None, "Northumbria", ["QHM"]),
    # Merged and split: on both sides of the day.
    ("Cumbria", date(2023, 3, 31), "E10000006", None, "Cumbria", ["QHM", "QE1"]),
    ("Cumberland", date(2023, 3, 31), "E10000006", None, "Cumbria", ["QHM", "QE1"]),
    ("Cumberland", date(2023, 4, 1), "E06000063", None, "Cumbria", ["QHM", "QE1"]),
    ("Westmorland & Furness", AFTER, "E06000064", None, "Cumbria", ["QE1", "QHM"]),
    ("Copeland", AFTER, "E06000063", None, "Cumbria", ["QHM", "QE1"]),
    ("South Lakeland", date(2023, 3, 31), "E10000006", "E07000031", "Cumbria", ["QE1", "QHM"]),
    ("Kettering", date(2021, 3, 31), "E10000021", "E07000153", "Northamptonshire", ["QPM"]),
    ("Kettering", AFTER, "E06000061", None, "Northamptonshire", ["QPM"]),
    ("Daventry", AFTER, "E06000062", None, "Northamptonshire", ["QPM"]),
    ("Bournemouth", date(2019, 3, 31), "E06000028", None, "Dorset", ["QVV"]),
    ("Bournemouth", date(2019, 4, 1), "E06000058", None, "Dorset", ["QVV"]),
    ("Christchurch", date(2019, 3, 31), "E10000009", "E07000048", "Dorset", ["QVV"]),
    ("Christchurch", AFTER, "E06000058", None, "Dorset", ["QVV"]),
    ("North Yorkshire", AFTER, "E06000065", None, "North Yorkshire", ["QOQ", "QWO", "QE1"]),
    ("Somerset", date(2023, 3, 31), "E10000027", None, "Avon and Somerset", ["QSL"]),
    ("Somerset", AFTER, "E06000066", None, "Avon and Somerset", ["QSL"]),
    ("Taunton Deane", AFTER, "E06000066", None, "Avon and Somerset", ["QSL"]),
    ("Waveney", BEFORE, "E10000029", "E07000244", "Suffolk", ["QJG", "QMM"]),
    ("Forest Heath", date(2019, 3, 31), "E10000029", "E07000201", "Suffolk", ["QJG"]),
    # Wales.
    ("Cardiff", AFTER, "W06000015", None, "South Wales", ["Cardiff and Vale University Health Board"]),
    ("Isle of Anglesey", BEFORE, "W06000001", None, "North Wales", ["Betsi Cadwaladr University Health Board"]),
    ("W06000023", AFTER, "W06000023", None, "Dyfed-Powys", ["Powys Teaching Health Board"]),
    # Scotland.
    ("Edinburgh", AFTER, "S12000036", None, SCOTLAND, ["NHS Lothian"]),
    ("S12000043", AFTER, "S12000049", None, SCOTLAND, ["NHS Greater Glasgow and Clyde"]),
    ("Argyll & Bute Council", BEFORE, "S12000035", None, SCOTLAND, ["NHS Highland"]),
    ("Western Isles", AFTER, "S12000013", None, SCOTLAND, ["NHS Western Isles"]),
    ("S12000015", AFTER, "S12000047", None, SCOTLAND, ["NHS Fife"]),
    # Northern Ireland.
    (
        "Belfast",
        AFTER,
        "N09000003",
        None,
        NORTHERN_IRELAND,
        ["Belfast Health and Social Care Trust", "South Eastern Health and Social Care Trust"],
    ),
    (
        "Derry City and Strabane",
        BEFORE,
        "N09000005",
        None,
        NORTHERN_IRELAND,
        ["Western Health and Social Care Trust"],
    ),
    ("Limavady", AFTER, "N09000004", None, NORTHERN_IRELAND, ["Western Health and Social Care Trust"]),
    ("Down", AFTER, "N09000010", None, NORTHERN_IRELAND, ["South Eastern Health and Social Care Trust"]),
]


@pytest.mark.parametrize(("asked", "on", "authority", "district", "force", "boards"), ONES)
def test_one_authority(
    asked: str, on: date, authority: str, district: str | None, force: str, boards: list[str]
) -> None:
    place = GAZETTEER.place(asked, on)
    assert (place.outcome, place.authority and place.authority.code) == (ONE, authority)
    assert (place.district and place.district.code) == district
    assert place.force is not None
    assert place.force.name == force
    assert [board.name or board.code for board in place.boards] == boards


# Asked, date, outcome, candidates, force, a word that the notes say.
NOT_ONE: list[tuple[str, date, str, set[str], str | None, str]] = [
    ("Cumbria", date(2023, 4, 1), SEVERAL, {"E06000063", "E06000064"}, "Cumbria", "ended on 2023-03-31 and was split"),
    ("E10000006", AFTER, SEVERAL, {"E06000063", "E06000064"}, "Cumbria", "More than one authority may be meant"),
    ("Northamptonshire", AFTER, SEVERAL, {"E06000061", "E06000062"}, "Northamptonshire", "ended on 2021-03-31"),
    (
        "Bournemouth, Christchurch and Poole",
        date(2019, 3, 31),
        SEVERAL,
        {"E06000028", "E06000029", "E10000009"},
        "Dorset",
        "begins on 2019-04-01",
    ),
    ("Newcastle", AFTER, UNKNOWN, {"E08000021", "E07000195", "E47000011"}, None, "these come near"),
    ("Rotheram", AFTER, UNKNOWN, {"E07000064", "E08000018"}, None, "these come near"),
    ("Atlantis", AFTER, UNKNOWN, set(), None, "give its GSS code"),
    ("E99999999", AFTER, UNKNOWN, set(), None, "No authority has or had the code"),
    ("British Transport Police", AFTER, NONE, set(), None, "no authority follows"),
    ("btp", AFTER, NONE, set(), None, "British Transport Police has no territory"),
    ("Civil Nuclear Constabulary", AFTER, NONE, set(), None, "no authority follows"),
    ("E23000024", AFTER, NONE, {"E10000020"}, "Norfolk", "is a police force"),
    ("Greater London Authority", AFTER, NONE, set(), None, "has no children's services"),
]


@pytest.mark.parametrize(("asked", "on", "outcome", "candidates", "force", "said"), NOT_ONE)
def test_where_no_one_authority_is_meant_none_is_named(
    asked: str, on: date, outcome: str, candidates: set[str], force: str | None, said: str
) -> None:
    place = GAZETTEER.place(asked, on)
    assert (place.outcome, place.authority) == (outcome, None)
    assert {one.code for one in place.candidates} == candidates
    assert (place.force and place.force.name) == force
    assert said in " ".join(place.notes)


@pytest.mark.parametrize(
    ("asked", "on", "said"),
    [
        ("E08000038", AFTER, "is another code of Barnsley"),
        ("Copeland", AFTER, "became part of Cumberland"),
        ("Suffolk", BEFORE, "give the district"),
        ("Guildford", BEFORE, "lies in several boards"),
        ("Belfast", AFTER, "the health and social care trust, not the council, has children's social care"),
        ("Lisburn", AFTER, "Parts of it went to Belfast"),
    ],
)
def test_what_was_renamed_merged_or_spread_is_said(asked: str, on: date, said: str) -> None:
    assert said in " ".join(GAZETTEER.place(asked, on).notes)


def test_every_council_of_scotland_wales_and_northern_ireland_has_a_health_body_with_a_name() -> None:
    others = [one for one in GAZETTEER.geography.authorities.values() if one.nation != "England"]
    assert len(others) == 32 + 22 + 11
    assert all(board.name for one in others for board in GAZETTEER.boards_of(one.code, AFTER))
    assert all(GAZETTEER.boards_of(one.code, AFTER) for one in others)
