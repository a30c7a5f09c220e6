"""The invented children: each has all that identifies somebody to herself, and the model knows every step."""

import json
from datetime import UTC, datetime

import pytest

from tests.chaos import model
from tests.chaos.children import ADAPTERS, SAMPLES, Child, nhs_number

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NUMBERS = (1, 2, 17, 1_200)
IDENTIFYING = ("messageId", "caseId", "nhsNumber", "surname", "nationalInsuranceNumber", "hoReference")


def values(document: object) -> set[str]:
    """Return what stands in a JSON document's identifying fields."""
    if isinstance(document, list):
        return set().union(*map(values, document))
    if not isinstance(document, dict):
        return set()
    own = {str(document[name]) for name in IDENTIFYING if name in document}
    return own.union(*map(values, document.values()))


@pytest.mark.parametrize("story", SAMPLES)
def test_two_children_have_no_identifier_in_common_with_each_other_or_with_the_sample(story: str) -> None:
    for step, sample in SAMPLES[story].items():
        if not sample.file.endswith(".json"):
            continue
        texts = [Child(number, story, step).document(step, NOW).body for number in NUMBERS]
        found = [values(json.loads(text)) for text in (*texts, (ADAPTERS / sample.file).read_bytes())]
        assert found[0]
        assert len(set().union(*found)) == sum(map(len, found))


@pytest.mark.parametrize("story", SAMPLES)
def test_a_police_report_names_the_child_that_the_authority_names(story: str) -> None:
    child = Child(42, story, "found")
    report = child.document("report", NOW).body.decode()
    subject = json.loads(child.document("context", NOW).body)["subjects"][0]
    assert f"<surname>{subject['surname']}</surname>" in report
    assert f"<socialCareReference>{subject['caseId']}</socialCareReference>" in report
    assert "2026-11-24T12:00:00Z" in report


def test_nhs_numbers_are_valid_of_the_test_range_and_nobody_elses() -> None:
    numbers = [nhs_number(number) for number in range(1, 2_000)]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert number.startswith("999")
        total = sum(int(digit) * weight for digit, weight in zip(number, range(10, 0, -1), strict=True))
        assert total % 11 == 0


def test_surnames_are_nobody_elses() -> None:
    assert len({Child(number, "away", "found").surname for number in range(2_000)}) == 2_000


@pytest.mark.parametrize("story", SAMPLES)
def test_the_model_names_steps_of_the_story_and_tells_more_at_every_step(story: str) -> None:
    assert model.TOLD[story].keys() <= SAMPLES[story].keys()
    told = [len(model.told(Child(1, story, step))) for step in SAMPLES[story]]
    assert told == sorted(told)
    assert told[0] > 0
