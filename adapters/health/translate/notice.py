"""A notice to a designated nurse: told in words, with the suspected areas; nothing is placed on a record."""

from adapters.health.model import EVENT_NOTICE, GSS_CODE
from adapters.health.translate import resources as fhir
from adapters.health.translate.alert import communication, delivery_date
from adapters.health.translate.resources import Json
from contracts.adapter import Endpoint
from contracts.dispatch import Dispatch


def notice(dispatch: Dispatch, endpoint: Endpoint) -> Json:
    """Return the message that tells, tells again, or stands down."""
    person, sender = fhir.patient(dispatch), fhir.author(dispatch)
    category = ("notification", "Notification")
    told = communication(dispatch, endpoint, person, sender, category=category, about=_areas(dispatch))
    rest = [person, delivery_date(dispatch, person)]
    return fhir.message(dispatch, endpoint, EVENT_NOTICE, sender, [told], rest)


def _areas(dispatch: Dispatch) -> list[Json]:
    return [
        {"type": "Organization", "identifier": fhir.identifier(GSS_CODE, area.authority)}
        for area in dispatch.content.whereabouts.areas
    ]
