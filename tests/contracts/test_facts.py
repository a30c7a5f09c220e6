"""A copied group is the one that the library would make."""

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel

from contracts.events import MissingReported
from contracts.person import Facts, Identifiers, Person, SubjectFacts

PERSON = Person(surname="Example", date_of_birth=date(2012, 2, 29))
SUBJECT = SubjectFacts(person=PERSON, identifiers=Identifiers(nhs_number="9990000018"))


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    ("facts", "update"),
    [
        (PERSON, None),
        (PERSON, {}),
        (PERSON, {"surname": "Other"}),
        (PERSON, {"forenames": "Rowan", "known_as": ("Ro",)}),
        (SUBJECT, {"person": Person()}),
        (MissingReported(subjects=(SUBJECT,)), {"subjects": ()}),
    ],
    ids=["whole", "empty", "changed", "filled", "group", "event"],
)
def test_a_copy_is_what_the_library_makes(facts: Facts, update: dict[str, Any] | None, deep: bool) -> None:
    before = facts.model_dump()
    mine, theirs = facts.model_copy(update=update, deep=deep), BaseModel.model_copy(facts, update=update, deep=deep)
    assert type(mine) is type(theirs) is type(facts)
    assert (mine, hash(mine), mine.model_fields_set) == (theirs, hash(theirs), theirs.model_fields_set)
    assert mine.model_dump_json(exclude_unset=True) == theirs.model_dump_json(exclude_unset=True)
    assert facts.model_dump() == before
    with pytest.raises(Exception, match="frozen"):
        mine.unknown = 1  # type: ignore[attr-defined]


def test_no_group_has_what_a_copy_would_lose() -> None:
    def below(model: type[Facts]) -> list[type[Facts]]:
        return [model, *(found for one in model.__subclasses__() for found in below(one))]

    for model in below(Facts):
        assert not model.__private_attributes__, model
        assert model.model_config["extra"] == "ignore", model
