"""The words of `authority-message`: how codes, texts, dates and lists are written in its JSON.

Reading is forgiving where the meaning is certain (blanks in an NHS number, one text where a list is meant) and never
beyond that.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel

from contracts.codes import (
    AgencyName,
    FinderKind,
    GssCode,
    LegalStatus,
    NhsNumber,
    OdsCode,
    RestrictionGround,
    RiskFlag,
    RiskLevel,
    Role,
    SafeToTell,
    SchoolUrn,
    Sex,
    SubjectKind,
)
from contracts.lenient import clean

_OWN_WORDS: Mapping[str, str] = {
    LegalStatus.ACCOMMODATED: "section20",
    LegalStatus.INTERIM_CARE_ORDER: "interimCareOrder",
    LegalStatus.CARE_ORDER: "careOrder",
    LegalStatus.PLACEMENT_ORDER: "placementOrder",
    Role.SERVICE_0_19: "service0To19",
}


@cache
def word_of(value: StrEnum) -> str:
    """Return the word that this profile writes for a canonical code."""
    return _OWN_WORDS.get(value, to_camel(value.value))


@cache
def field_word(name: str) -> str:
    """Return the name that this profile writes for a field."""
    return "service0To19" if name == "service_0_19" else to_camel(name)


def _words(kind: type[StrEnum]) -> BeforeValidator:
    known = {word_of(member): member for member in kind} | {member.value: member for member in kind}

    def read(raw: object) -> object:
        if raw is None or isinstance(raw, kind):
            return raw
        if isinstance(raw, str) and raw.strip() in known:
            return known[raw.strip()]
        raise ValueError("is not one of: " + ", ".join(word_of(member) for member in kind))

    return BeforeValidator(read)


def _text(raw: object) -> object:
    return (clean(raw) or None) if isinstance(raw, str) else raw


def _code(raw: object) -> object:
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    return ("".join(raw.split()).replace("-", "").upper() or None) if isinstance(raw, str) else raw


def _list(raw: object) -> object:
    if raw is None:
        return ()
    return (raw,) if isinstance(raw, str | dict) else raw


def _written(raw: object) -> object:
    if raw is None or isinstance(raw, str | date | datetime):
        return raw
    raise ValueError("must be written as text after ISO 8601")


def _word(value: StrEnum) -> str:
    return word_of(value)


_WORD = PlainSerializer(_word, return_type=str, when_used="json-unless-none")
CODE = BeforeValidator(_code)

Text = Annotated[str | None, BeforeValidator(_text)]
Texts = Annotated[tuple[Annotated[str, BeforeValidator(_text)], ...], BeforeValidator(_list)]
LIST = BeforeValidator(_list)
Day = Annotated[date | None, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime | None, BeforeValidator(_written)]
Nhs = Annotated[NhsNumber | None, CODE]
Gss = Annotated[GssCode | None, CODE]
Urn = Annotated[SchoolUrn | None, CODE]
Agencies = Annotated[tuple[AgencyName, ...], BeforeValidator(_list)]
Ods = Annotated[OdsCode | None, CODE]
KindWord = Annotated[SubjectKind | None, _words(SubjectKind), _WORD]
SexWord = Annotated[Sex | None, _words(Sex), _WORD]
LegalStatusWord = Annotated[LegalStatus | None, _words(LegalStatus), _WORD]
RestrictionWord = Annotated[RestrictionGround | None, _words(RestrictionGround), _WORD]
SafeToTellWord = Annotated[SafeToTell, _words(SafeToTell), _WORD]
RoleWord = Annotated[Role, _words(Role), _WORD]
FinderWord = Annotated[FinderKind | None, _words(FinderKind), _WORD]
RiskLevelWord = Annotated[RiskLevel | None, _words(RiskLevel), _WORD]
RiskFlagWords = Annotated[tuple[Annotated[RiskFlag, _words(RiskFlag), _WORD], ...], LIST]


class Wire(BaseModel):
    """The base of every shape: camelCase outside, lenient to fields that a newer sender knows."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=field_word, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _null_means_absent(cls, raw: Any) -> Any:
        return {name: value for name, value in raw.items() if value is not None} if isinstance(raw, dict) else raw
