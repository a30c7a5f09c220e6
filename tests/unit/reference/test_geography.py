"""Areas: every district and board is there, dates decide, and former codes are read as today's."""

import csv
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.reference.areas import Force
from hub.reference.geography import FOLDER, load_geography

GEOGRAPHY = load_geography()
BEFORE, AFTER = date(2026, 3, 31), date(2026, 4, 1)
TODAY = date(2026, 11, 22)
CODES = sorted(GEOGRAPHY.authorities)


def test_318_districts_from_332_rows_and_no_board_is_lost() -> None:
    with (FOLDER / "lad_routing_ew.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 332
    assert len(GEOGRAPHY.districts) == 318
    for column, on in (("icb_ods_to_2026_03_31", BEFORE), ("icb_ods_from_2026_04_01", AFTER)):
        stated = {(row["lad24_code"], row[column]) for row in rows if row[column]}
        answered = {(code, board) for code in GEOGRAPHY.districts for board in GEOGRAPHY.icbs_of(code, on)}
        assert answered == stated


@pytest.mark.parametrize(("on", "boards"), [(BEFORE, 42), (AFTER, 36)])
def test_the_number_of_boards_on_a_date(on: date, boards: int) -> None:
    assert len({board for code in GEOGRAPHY.districts for board in GEOGRAPHY.icbs_of(code, on)}) == boards


def test_five_upper_tier_authorities_still_span_several_boards() -> None:
    upper_tiers = {district.upper_tier for district in GEOGRAPHY.districts.values()}
    several = {GEOGRAPHY.authorities[code].name for code in upper_tiers if len(GEOGRAPHY.icbs_of(code, AFTER)) > 1}
    assert several == {"Oxfordshire", "Buckinghamshire", "Cumberland", "Westmorland and Furness", "North Yorkshire"}


@pytest.mark.parametrize(
    ("code", "on", "boards"),
    [
        ("E08000018", BEFORE, ("QF7",)),
        ("E10000020", BEFORE, ("QMM",)),
        ("E10000020", AFTER, ("T6Y0W",)),
        ("E07000148", AFTER, ("T6Y0W",)),
        ("E06000065", AFTER, ("QOQ", "QWO", "QE1")),
        ("W06000002", AFTER, ()),
        ("S12000036", AFTER, ()),
        ("E99999999", AFTER, ()),
    ],
)
def test_boards_of_an_area_on_a_date(code: str, on: date, boards: tuple[str, ...]) -> None:
    assert GEOGRAPHY.icbs_of(code, on) == boards


@pytest.mark.parametrize(
    ("code", "upper_tier"),
    [
        ("E07000148", "E10000020"),
        ("E10000020", "E10000020"),
        ("E08000018", "E08000018"),
        ("E09000022", "E09000022"),
        ("S12000043", "S12000049"),
        ("N09000002", "N09000002"),
        ("E07000026", "E06000063"),
        ("E10000006", "E10000006"),
        ("E47000002", None),
        ("E99999999", None),
    ],
    ids=["district", "county", "borough", "London", "renamed twice", "NI", "ended", "split", "combined", "unknown"],
)
def test_the_authority_with_childrens_services(code: str, upper_tier: str | None) -> None:
    assert GEOGRAPHY.upper_tier(code) == upper_tier


@pytest.mark.parametrize(
    ("code", "seated", "wrong"),
    [
        ("E07000148", "E10000020", None),
        ("E08000038", "E08000016", None),
        ("E07000026", "E06000063", None),
        ("E10000006", "E10000006", "was split into Cumberland (E06000063) and Westmorland and Furness (E06000064)"),
        ("E47000002", "E47000002", "has no children's services"),
        ("E99999999", "E99999999", "no authority has or had the code"),
    ],
)
def test_the_code_that_the_directory_knows_and_what_is_wrong_with_one(
    code: str, seated: str, wrong: str | None
) -> None:
    assert GEOGRAPHY.seated(code) == seated
    assert (wrong or "") in (GEOGRAPHY.what_is_wrong_with(code) or "")
    assert (GEOGRAPHY.what_is_wrong_with(code) is None) is (wrong is None)


@pytest.mark.parametrize(
    ("code", "on", "current"),
    [
        ("E06000048", TODAY, "E06000057"),
        ("E08000038", TODAY, "E08000016"),
        ("E08000039", TODAY, "E08000019"),
        ("E07000026", date(2023, 3, 31), "E07000026"),
        ("E07000026", date(2023, 4, 1), "E06000063"),
        ("E10000006", TODAY, "E10000006"),
    ],
    ids=["former code", "code given later", "another", "last day", "the day after", "split among two"],
)
def test_former_and_ended_codes_on_a_date(code: str, on: date, current: str) -> None:
    found = GEOGRAPHY.authority(code, on)
    assert found is not None
    assert found.code == current


def test_a_split_authority_names_its_successors() -> None:
    cumbria = GEOGRAPHY.authority("E10000006", TODAY)
    assert cumbria is not None
    assert cumbria.end == date(2023, 3, 31)
    assert {GEOGRAPHY.authorities[code].name for code in cumbria.replaced_by} == {
        "Cumberland",
        "Westmorland and Furness",
    }


@pytest.mark.parametrize(
    ("code", "force"),
    [
        ("E10000020", Force("E23000024", "Norfolk")),
        ("E07000148", Force("E23000024", "Norfolk")),
        ("E08000018", Force("E23000011", "South Yorkshire")),
        ("E08000038", Force("E23000011", "South Yorkshire")),
        ("E09000022", Force("E23000001", "Metropolitan Police")),
        ("E09000001", Force("E23000034", "London, City of")),
        ("W06000015", Force("W15000003", "South Wales")),
        ("S12000033", Force("S23000009", "Police Scotland")),
        ("N09000003", Force("N99999999", "Police Service of Northern Ireland")),
        ("E10000006", Force("E23000002", "Cumbria")),
        ("E99999999", None),
    ],
)
def test_the_force_of_an_area(code: str, force: Force | None) -> None:
    assert GEOGRAPHY.police_force_of(code) == force


def test_a_force_covers_its_own_area_only() -> None:
    assert GEOGRAPHY.force_covers("E23000024", "E10000020")
    assert not GEOGRAPHY.force_covers("E23000024", "E08000018")
    assert not GEOGRAPHY.force_covers("E23000024", "E99999999")
    assert GEOGRAPHY.is_force("E23000024")
    assert not GEOGRAPHY.is_force("E10000020")


@settings(deadline=None)
@given(code=st.sampled_from(CODES), on=st.dates(date(1974, 4, 1), date(2035, 1, 1)))
def test_every_known_code_answers_on_every_date(code: str, on: date) -> None:
    found = GEOGRAPHY.authority(code, on)
    assert found is not None
    assert not (found.end and on > found.end and len(found.replaced_by) == 1)
    upper = GEOGRAPHY.upper_tier(code)
    assert upper is None or GEOGRAPHY.upper_tier(upper) == upper


def test_no_upper_tier_authority_spans_two_forces() -> None:
    spans = {
        upper: {GEOGRAPHY.districts[code].force for code in GEOGRAPHY.districts_of(upper)}
        for upper in CODES
        if upper in {district.upper_tier for district in GEOGRAPHY.districts.values()}
    }
    assert len(spans) == 175
    assert all(len(forces) == 1 for forces in spans.values())


def test_every_county_lists_all_its_districts() -> None:
    assert len(GEOGRAPHY.districts_of("E10000020")) == 7
    assert GEOGRAPHY.districts_of("E08000018") == ("E08000018",)
    assert GEOGRAPHY.districts_of("S12000033") == ("S12000033",)
    listed = [
        code for upper in {d.upper_tier for d in GEOGRAPHY.districts.values()} for code in GEOGRAPHY.districts_of(upper)
    ]
    assert sorted(listed) == sorted(GEOGRAPHY.districts)


def test_the_welsh_health_board() -> None:
    assert GEOGRAPHY.health_boards_of("W06000002") == ("W11000023",)
    assert GEOGRAPHY.health_boards_of("E08000018") == ()
