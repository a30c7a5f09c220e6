"""The adapter's small table of areas says the same as the hub's reference data."""

import csv

from adapters.police.model.areas import FORCES, county_of, force_area_of, is_known_authority, is_known_force
from hub.reference.geography import FOLDER


def rows() -> list[dict[str, str]]:
    with (FOLDER / "lad_routing_ew.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_authority_lies_in_the_force_area_that_the_reference_data_say() -> None:
    assert len(rows()) > 300
    for row in rows():
        assert force_area_of(row["utla23_code"]) == row["pfa24_code"]
        assert is_known_authority(row["utla23_code"])
    assert {row["pfa24_code"] for row in rows()} == FORCES


def test_every_district_below_a_county_is_known_as_such() -> None:
    for row in rows():
        above = row["utla23_code"] if row["utla23_code"] != row["lad24_code"] else None
        assert county_of(row["lad24_code"]) == above


def test_other_nations_are_taken_as_they_come_and_inventions_are_not() -> None:
    assert is_known_authority("S12000036")
    assert is_known_force("N23000001")
    assert not is_known_authority("E08999999")
    assert not is_known_force("E23000099")
    assert force_area_of("S12000036") is None
