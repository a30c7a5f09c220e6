"""The wire shape of `homeoffice-missing-notification` version 1: one flat JSON object, in the Home Office's words.

Every field is optional here: what must be there is decided in translate, so that one bad field never costs the rest.
"""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from contracts.codes import FinderKind, GssCode, RestrictionGround, Sex
from contracts.lenient import clean

PROFILE = "homeoffice-missing-notification"
VERSION = 1
_UPPER_LA = {"responsible_la": "responsibleLA", "found_la": "foundLA"}


def field_word(name: str) -> str:
    """Return the name that this profile writes for a field."""
    return _UPPER_LA.get(name, to_camel(name))


def _text(raw: object) -> object:
    return (clean(raw) or None) if isinstance(raw, str) else raw


def _code(raw: object) -> object:
    return ("".join(raw.split()).upper() or None) if isinstance(raw, str) else raw


def _list(raw: object) -> object:
    return (raw,) if isinstance(raw, str) else raw


def _written(raw: object) -> object:
    if raw is None or isinstance(raw, str | date | datetime):
        return raw
    raise ValueError("must be written as text after ISO 8601")


def _known(kind: Any) -> BeforeValidator:
    def read(raw: object) -> object:
        if raw is None or isinstance(raw, kind):
            return raw
        if isinstance(raw, str) and raw.strip() in kind._value2member_map_:
            return kind(raw.strip())
        raise ValueError("is not one of: " + ", ".join(member.value for member in kind))

    return BeforeValidator(read)


Text = Annotated[str | None, BeforeValidator(_text)]
Texts = Annotated[tuple[Annotated[str, BeforeValidator(_text)], ...], BeforeValidator(_list)]
Day = Annotated[date | None, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime | None, BeforeValidator(_written)]
Gss = Annotated[GssCode | None, BeforeValidator(_code)]


class Notification(BaseModel):
    """One notification that comes in; `event_type` (missing, weekly_contact, found, sighted) says which fields count.

    `episode_reference` and `subject_reference` are quoted from what the hub sent; authorities are GSS codes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=field_word, populate_by_name=True)

    profile: Text = None
    version: int | None = None
    message_id: Text = None
    issued_at: Moment = None
    event_type: Text = None
    episode_reference: Text = None
    subject_reference: UUID | None = None
    ho_reference: Text = None
    port_reference: Text = None
    arc_number: Text = None
    nrm_reference: Text = None
    police_reference: Text = None
    police_force: Gss = None
    pnc_circulated: bool | None = None
    surname: Text = None
    forenames: Text = None
    aliases: Texts = ()
    date_of_birth: Day = None
    date_of_birth_disputed: bool | None = None
    age_apparent: int | None = None
    sex: Annotated[Sex | None, _known(Sex)] = None
    nationality: Text = None
    description: Text = None
    restriction_ground: Annotated[RestrictionGround | None, _known(RestrictionGround)] = None
    responsible_la: Gss = None
    placement: Text = None
    missing_since: Moment = None
    missing_from: Text = None
    contact_with: Texts = ()
    contact_by: Text = None
    found_at: Moment = None
    found_place: Text = None
    found_la: Gss = None
    found_by: Annotated[FinderKind | None, _known(FinderKind)] = None
    sighted_at: Moment = None
    sighted_place: Text = None
    sighted_what: Text = None
    reported_by: Text = None

    @model_validator(mode="before")
    @classmethod
    def _null_means_absent(cls, raw: Any) -> Any:
        return {name: value for name, value in raw.items() if value is not None} if isinstance(raw, dict) else raw
