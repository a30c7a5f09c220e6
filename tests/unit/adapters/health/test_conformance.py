"""Every message that leaves conforms to FHIR R4 and UK Core, as an independent validator judges that sees faults."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyrofile_validator import Validator
from pyrofile_validator.config import ValidatorConfig

from adapters.health.model import NHS_NUMBER, UK_CORE
from tests.unit.adapters.health.support import bundle_of, names, resource

DATA = Path(__file__).parent / "data"
Bundle = dict[str, Any]


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(ValidatorConfig.load_dict({"localPackagePaths": [str(DATA)]}))


def errors(validator: Validator, bundle: Bundle) -> set[tuple[str, str]]:
    """Return codes and paths; without the validator's one known mistake about a choice that is there."""
    found = {(issue.code, issue.path or "") for issue in validator.validate_resource(bundle).errors}
    return {(code, path) for code, path in found if not (code == "cardinality.min" and path.endswith("[x]"))}


@pytest.mark.parametrize("name", names(".bundle.json"))
def test_a_message_has_no_errors(validator: Validator, name: str) -> None:
    assert errors(validator, bundle_of(name)) == set()


@pytest.mark.parametrize("name", names(".bundle.json"))
def test_every_resource_claims_a_profile_that_is_judged(name: str) -> None:
    known = {json.loads(path.read_bytes())["url"] for path in (DATA / "ukcore").glob("UKCore-*.json")}
    bundle = bundle_of(name)
    for part in (bundle, *(entry["resource"] for entry in bundle["entry"])):
        assert part["meta"]["profile"] == [f"{UK_CORE}{part['resourceType']}"]
        assert part["meta"]["profile"][0] in known


@pytest.mark.parametrize("name", names(".bundle.json"))
def test_every_reference_points_into_the_message(name: str) -> None:
    bundle = bundle_of(name)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert set(references(bundle)) <= set(urls)


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    return [found for item in value for found in references(item)] if isinstance(value, list) else []


def drop(kind: str, field: str) -> Callable[[Bundle], object]:
    return lambda bundle: resource(bundle, kind).pop(field)


def put(kind: str, field: str, value: object) -> Callable[[Bundle], object]:
    return lambda bundle: resource(bundle, kind).update({field: value})


def second_nhs_number(bundle: Bundle) -> None:
    resource(bundle, "Patient")["identifier"].append({"system": NHS_NUMBER, "value": "9912003888"})


def nameless(bundle: Bundle) -> None:
    for field in ("name", "identifier"):
        resource(bundle, "Organization").pop(field, None)


FAULTS = {
    "flag without status": drop("Flag", "status"),
    "flag with an unknown status": put("Flag", "status", "gone"),
    "flag without code": drop("Flag", "code"),
    "flag whose code is text": put("Flag", "code", "missing"),
    "flag with an unknown element": put("Flag", "colour", "red"),
    "two NHS numbers": second_nhs_number,
    "unknown gender": put("Patient", "gender", "girl"),
    "birth date the wrong way round": put("Patient", "birthDate", "04/05/2011"),
    "no header": lambda bundle: bundle["entry"].pop(0),
    "nowhere to go": lambda bundle: resource(bundle, "MessageHeader")["destination"][0].pop("endpoint"),
    "task with an unknown intent": put("Task", "intent", "please"),
    "task changed before it was written": put("Task", "lastModified", "2020-01-01T00:00:00Z"),
    "organisation without name and identifier": nameless,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(validator: Validator, fault: str) -> None:
    bundle = copy.deepcopy(bundle_of("alert-1-raise"))
    FAULTS[fault](bundle)
    assert errors(validator, bundle) != set()
