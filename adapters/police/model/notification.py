"""The profile `police-notification` v1: JSON that a force receives by `POST {address}/messages`."""

PROFILE = "police-notification"
VERSION = 1
CONTENT_TYPE = "application/json"

# Police write these names otherwise than the canonical model does; every other name only changes its case.
NAMES = {
    "date_of_birth": "dob",
    "photo_reference": "photoRef",
    "expected_date_of_delivery": "edd",
    "police_person_reference": "personReference",
    "case_id": "socialCareReference",
    "home_authority": "homeLA",
    "responsible_authority": "responsibleLA",
    "host_authority": "hostLA",
    "child_protection_plan": "cpPlan",
    "level": "riskLevel",
    "flags": "riskFlags",
}


def wire_name(field: str) -> str:
    """Return a canonical field's name in this profile."""
    first, *rest = field.split("_")
    return NAMES.get(field) or first + "".join(part.capitalize() for part in rest)
