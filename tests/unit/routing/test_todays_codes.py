"""A district, a former and a later code: who is told goes by today's authority, what is told by what was reported."""

from dataclasses import replace

import pytest

from contracts.events import Found, MissingReported, WhereaboutsBelieved
from contracts.person import Care, FoundDetails, KnownLink, SubjectFacts
from hub.routing.directory import Directory
from hub.routing.explain import explain
from tests.stories.events import CHILD, NORFOLK, ROTHERHAM
from tests.unit.routing.support import book, history, procedure, routed, told

NORWICH, BARNSLEY, BARNSLEY_LATER, COPELAND, CUMBERLAND = (
    "E07000148",
    "E08000016",
    "E08000038",
    "E07000029",
    "E06000063",
)
CUMBRIA = "E10000006"


def report(**care: str) -> MissingReported:
    return MissingReported(subjects=(SubjectFacts(subject_id=CHILD, care=Care.model_validate(care)),))


@pytest.mark.parametrize(
    ("reported", "told_at"),
    [(NORWICH, NORFOLK), (BARNSLEY_LATER, BARNSLEY), (COPELAND, CUMBERLAND), (ROTHERHAM, ROTHERHAM)],
    ids=["district", "later code", "merged", "as it is"],
)
@pytest.mark.parametrize("seat", ["home", "responsible", "host", "receiving"])
def test_the_authority_of_today_is_told_and_its_procedure_applies(reported: str, told_at: str, seat: str) -> None:
    rule = {"seat": seat, "tell": [{"role": "case_team"}]}
    said = [WhereaboutsBelieved(areas=(KnownLink(authority=reported),))] if seat == "receiving" else []
    care = {} if seat == "receiving" else {f"{seat}_authority": reported}
    for by in (book(procedure(rule)), book(procedure(rule, authority=told_at))):
        assert told(routed(by, history(*said, report=report(**care)))) == {f"case_team@{told_at} notice"}


def test_one_authority_by_two_codes_is_told_once() -> None:
    by = book(procedure({"seat": "receiving", "tell": [{"role": "duty_team"}]}))
    areas = (KnownLink(authority=BARNSLEY), KnownLink(authority=BARNSLEY_LATER))
    outcome = routed(by, history(WhereaboutsBelieved(areas=areas), report=report(home_authority=ROTHERHAM)))
    assert told(outcome) == {f"duty_team@{BARNSLEY} notice"}


def test_a_child_found_in_a_district_of_its_own_county_is_not_found_elsewhere() -> None:
    by = book(procedure({"when": {"found_elsewhere": True}, "tell": [{"role": "duty_team"}]}))
    found = Found(found=FoundDetails(authority=NORWICH))
    assert told(routed(by, history(found, report=report(home_authority=NORFOLK)))) == set()


def test_the_episode_keeps_the_code_that_was_reported() -> None:
    outcome = routed(book(procedure({})), history(report=report(responsible_authority=NORWICH)))
    assert outcome.episode.subjects[0].facts.care.responsible_authority == NORWICH


def test_explain_names_the_procedure_of_the_county() -> None:
    by = book(procedure({}, authority=NORFOLK))
    explained = explain(history(report=report(responsible_authority=NORWICH)), by)
    assert (explained.procedures, explained.baseline_only) == (("test 1",), ())


def test_nobody_is_guessed_for_an_authority_that_was_split_and_the_task_says_why() -> None:
    by = book(procedure({}))
    outcome = routed(replace(by, directory=Directory({}, {})), history(report=report(responsible_authority=CUMBRIA)))
    assert [one.recipient.key for one in outcome.dispatches] == [f"case_team@{CUMBRIA}"]
    assert "was split into Cumberland" in outcome.tasks[0].detail["because"]
