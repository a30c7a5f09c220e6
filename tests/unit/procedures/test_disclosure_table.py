"""Lines that the disclosure table must not cross, whoever edits it (promise G5): stated a second time on purpose."""

import pytest

from contracts.codes import Role
from contracts.dispatch import Kind
from hub.procedures import load_book
from hub.routing.disclosure import FIELDS

ROWS = load_book(None).disclosure.rows
HEALTH = (Role.SERVICE_0_19, Role.GP_PRACTICE, Role.MIDWIFERY, Role.DESIGNATED_NURSE_SAFEGUARDING)
DEPARTMENTS = (Role.DWP_NOTIFICATIONS, Role.DWP_CITIZEN_TRACE, Role.CHILD_BENEFIT_OFFICE)
ONLY: list[tuple[str, tuple[Role, ...], str]] = [
    ("residence.home_", (Role.CASE_TEAM, Role.POLICE_FORCE, *DEPARTMENTS), "who searches, or traces by it"),
    (
        "residence.placement_",
        (
            Role.CASE_TEAM,
            Role.POLICE_FORCE,
            Role.DUTY_TEAM,
            Role.INDEPENDENT_REVIEWING_OFFICER,
            Role.HOME_OFFICE_NOTIFICATIONS,
        ),
        "who has to do with the placement; the Home Office its type",
    ),
    ("immigration.", (Role.CASE_TEAM, Role.HOME_OFFICE_NOTIFICATIONS), "health and departments hear nothing of it"),
    ("identifiers.nhs_number", (Role.CASE_TEAM, *HEALTH), "health's own number"),
    ("identifiers.national_insurance_number", DEPARTMENTS, "the departments' own number"),
    ("identifiers.child_benefit_number", (Role.CHILD_BENEFIT_OFFICE,), "its own number"),
    ("identifiers.home_office_reference", (Role.HOME_OFFICE_NOTIFICATIONS, Role.IMMIGRATION_ENFORCEMENT), "its own"),
    ("health.", (Role.CASE_TEAM, Role.POLICE_FORCE, *HEALTH), "need to know"),
    ("risk.rationale", (Role.CASE_TEAM,), "free text of the assessor"),
    ("relations.parents", (), "told as people, never as a list"),
    ("contact.bank_card", (), "police trace by their own powers"),
    ("found.with_whom", (Role.POLICE_FORCE,), "an allegation, perhaps"),
]


@pytest.mark.parametrize(("prefix", "roles", "comment"), ONLY, ids=[one[0] for one in ONLY])
def test_only_these_roles_see_it(prefix: str, roles: tuple[Role, ...], comment: str) -> None:
    assert any(field.startswith(prefix) for field in FIELDS), "the model has such a field"
    seen = {row.role for row in ROWS if any(field.startswith(prefix) for field in row.fields)}
    assert seen == set(roles), comment


def test_where_and_how_somebody_was_found_stands_only_in_news_of_the_find() -> None:
    kinds = {kind for row in ROWS for kind in row.kinds if any(field.startswith("found.") for field in row.fields)}
    assert kinds == {Kind.FOUND_NOTICE}


def test_the_informant_is_not_even_a_field() -> None:
    assert not [field for field in FIELDS if "informant" in field]


@pytest.mark.parametrize("kind", [Kind.ALERT, Kind.NOTICE])
def test_whoever_is_alerted_is_told_whom_to_look_out_for(kind: Kind) -> None:
    named = {"person.surname", "person.forenames", "person.date_of_birth"}
    assert all(named <= row.fields for row in ROWS if kind in row.kinds)
