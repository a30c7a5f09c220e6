"""Every sample means exactly what its canonical pair says, and says it again when it comes again."""

from pathlib import Path

import orjson
import pytest

from adapters.authorities import ADAPTER
from contracts.codes import is_nhs_number
from contracts.envelope import from_structured, to_structured
from tests.unit.adapters.authorities.support import SAMPLES, document

STORIES = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".canonical.json"))


def _route(path: Path) -> str:
    return "care-context" if "care-context" in path.name else "facts"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_sample_means_its_pair_without_warnings(path: Path) -> None:
    reading = ADAPTER.read(document(_route(path), path.read_bytes()))

    pair = orjson.loads(path.with_suffix(".canonical.json").read_bytes())
    assert [orjson.loads(to_structured(event)) for event in reading.events] == pair
    assert reading.warnings == ()
    assert reading.message_id == orjson.loads(path.read_bytes())["messageId"]


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_pair_is_read_back_as_the_same_events(path: Path) -> None:
    pair = orjson.loads(path.with_suffix(".canonical.json").read_bytes())

    assert (
        tuple(from_structured(orjson.dumps(item)) for item in pair)
        == ADAPTER.read(document(_route(path), path.read_bytes())).events
    )


def test_every_pair_has_its_sample() -> None:
    pairs = {path.name.removesuffix(".canonical.json") for path in SAMPLES.glob("*.canonical.json")}

    assert pairs == {path.stem for path in STORIES}
    assert len(pairs) >= 7


def test_nhs_numbers_of_samples_are_from_the_test_range() -> None:
    for path in STORIES:
        for subject in orjson.loads(path.read_bytes()).get("subjects", []):
            number = subject["nhsNumber"].replace(" ", "")
            assert number.startswith("999")
            assert is_nhs_number(number)
