"""Events written under an older schema, brought to today's. Pure; a golden sample of each is read for ever.

A break in an event's data is a new version of its type (`...v2`) and one function here from the version before.
"""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.codes import is_nhs_number

Body = Mapping[str, Any]
Upcaster = Callable[[Body], dict[str, Any]]


def upcast(body: Body) -> dict[str, Any]:
    """Bring one structured event to the newest version of its type, a version at a time.

    An event that is new enough, or whose type is not known here, comes back as it is.
    """
    stem, version = _split(body.get("type"))
    made = dict(body)
    while step := UPCASTERS.get((stem, version)):
        version += 1
        made = {**made, "type": f"{stem}.v{version}", "data": step(made.get("data") or {})}
    return made


def _split(type_name: Any) -> tuple[str, int]:
    stem, _, version = str(type_name).rpartition(".v")
    return (stem, int(version)) if version.isascii() and version.isdigit() else (str(type_name), -1)


def _person_reported_v0(data: Body) -> dict[str, Any]:
    """Before the first release a report was about one person, with the NHS number, unchecked, at the top level."""
    subject: dict[str, Any] = {"kind": "child", "person": dict(data.get("person") or {})}
    number = data.get("nhsNo")
    if number is not None and is_nhs_number(str(number)):
        subject["identifiers"] = {"nhs_number": str(number)}
    elif number is not None:
        doubt = {"field": "identifiers.nhs_number", "value": str(number), "reason": "no valid check digit"}
        subject["doubtful"] = [doubt]
    rest = {name: value for name, value in data.items() if name not in ("nhsNo", "person")}
    return {**rest, "subjects": [subject]}


def _receipt_recorded_v1(data: Body) -> dict[str, Any]:
    """Every receipt was an event of its own."""
    rest = {name: value for name, value in data.items() if name != "receipt"}
    return {**rest, "receipts": [data["receipt"]]} if "receipt" in data else rest


UPCASTERS: Mapping[tuple[str, int], Upcaster] = {
    ("missing.person.reported", 0): _person_reported_v0,
    ("missing.receipt.recorded", 1): _receipt_recorded_v1,
}
