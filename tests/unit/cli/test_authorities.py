"""`hub authorities resolve`: each seat's authority, force, boards and procedure, in words and as JSON."""

import json

import pytest

from tests.unit.cli.conftest import Run

ROTHERHAM, NORFOLK = "E08000018", "E10000020"


def resolved(hub: Run, *arguments: str) -> dict[str, dict[str, object]]:
    done = hub("authorities", "resolve", *arguments, "--on", "2026-04-01", "--json")
    return {one["seat"]: one for one in json.loads(done.stdout)}


def test_every_seat_with_its_procedure(hub: Run) -> None:
    seats = resolved(hub, "--home", ROTHERHAM, "--placed", "Norwich", "--found", "Lambeth", "--seen", "Leeds")
    assert list(seats) == ["home", "responsible", "host", "receiving", "last_seen"]
    assert str(seats["responsible"]["procedure"]).startswith("rotherham 2024-01-18: ")
    assert str(seats["host"]["procedure"]).startswith("norfolk 2024-01-15: ")
    assert seats["host"]["authority"] == {"code": NORFOLK, "name": "Norfolk", "nation": "England"}
    assert seats["home"]["procedure"] == "as at the responsible seat, where it sits as well"
    assert str(seats["receiving"]["procedure"]).startswith("lambeth undated: ")
    assert str(seats["last_seen"]["procedure"]).startswith("none: where a child was last seen binds nobody")


@pytest.mark.parametrize(
    ("arguments", "seat", "procedure"),
    [
        (("--home", "Leeds", "--responsible", "Rotherham"), "home", "baseline only"),
        (("--placed", "Essex"), "host", "baseline only: essex has no rule for this seat"),
        (("--home", "Rotherham", "--placed", "Rotherham"), "host", "as at the responsible seat, where it sits as well"),
        (("--home", "Cumbria"), "home", "not settled: no authority is named"),
        (("--home", "Edinburgh"), "responsible", "baseline only"),
    ],
)
def test_whose_procedure(hub: Run, arguments: tuple[str, ...], seat: str, procedure: str) -> None:
    assert resolved(hub, *arguments)[seat]["procedure"] == procedure


def test_in_words_with_candidates_and_exit_1_where_nobody_is_named(hub: Run) -> None:
    done = hub("authorities", "resolve", "--home", "Norwich", "--seen", "Newcastle", "--on", "2026-03-31")
    assert done.exit_code == 1
    assert "authority: Norfolk (E10000020), England" in done.output
    assert "integrated care board: (QMM)" in done.output
    assert "candidates: Newcastle upon Tyne (E08000021)" in " ".join(done.output.split())


def test_one_with_an_answer_for_all_ends_well(hub: Run) -> None:
    assert hub("authorities", "resolve", "--home", "Norwich", "--on", "2026-03-31").exit_code == 0


@pytest.mark.parametrize(("arguments", "said"), [((), "No place is named"), (("--home", " "), "No place is named")])
def test_no_place_is_a_mistake_in_use(hub: Run, arguments: tuple[str, ...], said: str) -> None:
    done = hub("authorities", "resolve", *arguments, "--on", "2026-03-31")
    assert done.exit_code == 2
    assert said in done.output
