"""What reaches each recipient is what the disclosure table says: no field more, none fewer (promise G5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from contracts.codes import FinderKind, RiskLevel, SubjectKind
from contracts.dispatch import Action, Content, Dispatch
from contracts.envelope import Event, dump_data
from contracts.events import (
    CareContextKnown,
    ClockFell,
    Data,
    DecisionRecorded,
    EpisodeUpdated,
    Found,
    MissingReported,
    ReturnInterviewHeld,
    SafeAndWellChecked,
    TracingInformationReceived,
    WhereaboutsBelieved,
)
from contracts.person import (
    Facts,
    FoundDetails,
    Informant,
    KnownLink,
    LastSeen,
    Missing,
    PoliceCase,
    Risk,
    SubjectFacts,
    Unborn,
    Whereabouts,
)
from hub.routing.disclosure import FIELDS, Row
from hub.routing.plan import Issued, Plan, plan
from hub.routing.wanted import Wanted
from tests.journeys.canary import Canary
from tests.journeys.everywhere import everywhere
from tests.stories.events import CHILD, LAMBETH, NORFOLK, NORFOLK_POLICE, ROTHERHAM, SIBLING, START, at
from tests.unit.procedures.examples import ESSEX

SOUTHWARK = "E09000028"
# What routing needs to be real, and what the model checks; each value occurs once.
FIXED: dict[str, Any] = {
    "subject.subject_id": CHILD,
    "subject.kind": "child",
    "subject.doubtful": (),
    "identifiers.nhs_number": "9990000018",
    "identifiers.national_insurance_number": "AA123456A",
    "identifiers.child_benefit_number": "CHB12345678AB",
    "care.looked_after": True,
    "care.home_authority": "E08000016",
    "care.responsible_authority": ROTHERHAM,
    "care.host_authority": NORFOLK,
    "care.record_sensitive": False,
    "care.gp_practice": "YROTHGP1",
    "care.service_0_19": "YROTH019",
    "care.midwifery": "YROTHMID",
    "care.school_urn": "987654",
    "care.known_agencies": ("rotherham-youth-justice",),
    "risk.flags": ("sexual_exploitation", "criminal_exploitation", "significant_harm"),
    "police.force": NORFOLK_POLICE,
    "risk.level": RiskLevel.HIGH,
    "whereabouts.areas[].authority": SOUTHWARK,
    "found.authority": "E08000017",
    "found.by": FinderKind.HOME_OFFICE,
}
SUBJECT_GROUPS: dict[str, type[Facts]] = {
    name: field.annotation
    for name, field in SubjectFacts.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Facts)
}
SHARED_GROUPS: dict[str, type[Facts]] = {
    "missing": Missing,
    "last_seen": LastSeen,
    "risk": Risk,
    "police": PoliceCase,
    "informant": Informant,
}
# A case team's numbers are given as whom to call; what to do is the rule's own text, not a fact about anybody.
SAID_AS = {"guidance.phone": "care.case_team_phone", "guidance.out_of_hours_phone": "care.out_of_hours_phone"}
RESPONSIBLE, HOST = "care.responsible_authority", "care.host_authority"


@dataclass(frozen=True)
class Story:
    """Whose child it is and where it is placed (each value occurs once), what else differs, and what else is said."""

    responsible: str
    host: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[Data, ...] = ()


# Together they reach every role of every procedure. Lambeth tells of a child at home, with a closed case and a brother
# or sister missing too, otherwise than of one in care, and asks of abduction what nobody asks of the flags above.
STORIES: dict[str, Story] = {
    "rotherham": Story(ROTHERHAM, NORFOLK),
    "essex": Story(ESSEX, "E06000033"),
    "norfolk": Story(NORFOLK, "E06000034"),
    "lambeth": Story(LAMBETH, "E06000039", {"risk.flags": ("abduction", "sexual_exploitation")}),
    "lambeth, at home": Story(
        LAMBETH,
        "E06000039",
        {"care.looked_after": False, "care.case_open": False},
        (
            CareContextKnown(authority=LAMBETH, subjects=(SubjectFacts(subject_id=CHILD),)),
            MissingReported(subjects=(SubjectFacts(subject_id=SIBLING, kind=SubjectKind.CHILD),)),
        ),
    ),
    "placed in lambeth": Story(ROTHERHAM, LAMBETH),
}
REMINDED = tuple(rule.id for one in everywhere().procedures for rule in one.rules if rule.every)
ADDRESSES = {
    "residence.home_address",
    "residence.home_postcode",
    "residence.placement_type",
    "residence.placement_name",
    "residence.placement_address",
    "residence.placement_postcode",
    "missing.missing_from",
    "last_seen.place",
    "last_seen.postcode",
    "relations.likely_places",
    "found.place",
}


class Told:
    """One episode in which everybody is told everything that they may be told."""

    def __init__(self, story: Story, *, sensitive: bool = False) -> None:
        self.responsible, self.more = story.responsible, story.more
        care = {RESPONSIBLE: story.responsible, HOST: story.host, "care.record_sensitive": sensitive}
        self.canary = Canary({**FIXED, **care, **story.fixed})
        self.history, self.ends = self._history(), self._ends()
        self.missing, self.find = self._routed(self.history), self._routed([*self.history, *self.ends])
        self.heard = self._routed(
            [*self.history, *self.ends, at(102, SafeAndWellChecked()), at(103, ReturnInterviewHeld())]
        )

    def _routed(self, events: list[Event]) -> Plan:
        return plan(events, [], everywhere(), START + timedelta(days=9))

    def _subject(self) -> SubjectFacts:
        groups = {name: self.canary.fill(model, name) for name, model in SUBJECT_GROUPS.items()}
        unborn = self.canary.fill(Unborn, "unborn")
        return SubjectFacts.model_validate({"subject_id": CHILD, "kind": "child", "unborn": unborn, **groups})

    def _history(self) -> list[Event]:
        subject = self._subject()
        whereabouts = self.canary.fill(Whereabouts, "whereabouts")
        assert isinstance(whereabouts, Whereabouts)
        report = {name: self.canary.fill(model, name) for name, model in SHARED_GROUPS.items()}
        everything = EpisodeUpdated.model_validate({"subjects": [subject], **report})
        bare = MissingReported(
            subjects=(
                SubjectFacts.model_validate({"subject_id": CHILD, "care": {"responsible_authority": self.responsible}}),
            )
        )
        belief = WhereaboutsBelieved(
            believed_left_area=True, believed_left_uk=True, areas=whereabouts.areas, stated_by="somebody"
        )
        decisions = [
            DecisionRecorded(decision=rule.id, answer=True, decided_by="a person", areas=(SOUTHWARK,))
            for procedure in everywhere().procedures
            for rule in procedure.rules
            if rule.ask
        ]
        ticks = [ClockFell(rule=rule, subject_id=CHILD, due_at=START + timedelta(days=7)) for rule in REMINDED]
        said = [bare, everything, *self.more, belief, *decisions, *ticks, TracingInformationReceived(agency="dwp")]
        return [at(hours, data) for hours, data in enumerate(said)]

    def _ends(self) -> list[Event]:
        details = self.canary.fill(FoundDetails, "found")
        assert isinstance(details, FoundDetails)
        police = details.model_copy(update={"by": FinderKind.POLICE})
        return [at(100, Found(found=details)), at(101, Found(found=police))]

    @property
    def dispatches(self) -> list[Dispatch]:
        """Everything that is told of this child: while missing, at the find, and once the child has been heard."""
        all_told = (*self.missing.dispatches, *self.find.dispatches, *self.heard.dispatches)
        return [one for one in all_told if one.subject_id != SIBLING]


@cache
def told_in(story: str, *, sensitive: bool = False) -> Told:
    """Return one story, routed once for all the tests that look at it."""
    return Told(STORIES[story], sensitive=sensitive)


@pytest.fixture(params=STORIES)
def everybody(request: pytest.FixtureRequest) -> Told:
    """An ordinary record, of each child in turn."""
    return told_in(request.param)


@pytest.fixture(params=STORIES)
def guarded(request: pytest.FixtureRequest) -> Told:
    """A record marked sensitive, of each child in turn."""
    return told_in(request.param, sensitive=True)


def row_of(dispatch: Dispatch) -> Row:
    """Return the row of the disclosure table that a dispatch stands on."""
    row = everywhere().disclosure.row(dispatch.recipient.role, dispatch.kind)
    assert row is not None
    return row


def expected_fields(dispatch: Dispatch) -> set[str]:
    """Return what must be filled: the row's fields, but for what an unborn child has not."""
    fields = set(row_of(dispatch).fields)
    grounds = {ground.rule for ground in dispatch.grounds}
    rules = [rule for one in everywhere().procedures for rule in one.rules if rule.id in grounds]
    assert rules
    if not any(rule.action for rule in rules):
        fields.discard("guidance.action")
    if dispatch.subject_kind == "unborn_child":
        fields.discard("care.looked_after")
    return fields


def shown_fields(dispatch: Dispatch) -> set[str]:
    """Return which fields a dispatch fills, questions and answers of its own kind aside."""
    content = dump_data(dispatch.content)
    return {f"{group}.{name}" for group, values in content.items() if group in GROUPS for name in values}


GROUPS = {name.split(".")[0] for name in FIELDS}


def tokens_in(text: str, told: Told) -> set[str]:
    """Return the fields of which a token stands in a text."""
    return {path for path, tokens in told.canary.tokens.items() if any(token in text for token in tokens)}


def allowed_tokens(dispatch: Dispatch) -> set[str]:
    """Return the fields of which a dispatch may carry a token."""
    return {SAID_AS.get(path, path) for path in row_of(dispatch).fields}


def test_the_canary_fills_every_field_of_the_model_with_a_value_of_its_own(everybody: Told) -> None:
    known = {path for path in everybody.canary.tokens if "[]" not in path and not path.startswith("informant.")}
    own = {path for path in FIELDS if path.split(".")[0] != "guidance"}
    assert own == known
    tokens = [token for path, some in everybody.canary.tokens.items() if "[]" not in path for token in some]
    assert len(tokens) == len(set(tokens)), "a token that stands for two fields proves nothing"
    assert all(not any(a != b and a in b for b in tokens) for a in tokens), "nor does one that is part of another"


def test_every_row_of_the_disclosure_table_is_used() -> None:
    told = {(one.recipient.role, one.kind) for name in STORIES for one in told_in(name).dispatches}
    rows = {(row.role, kind) for row in everywhere().disclosure.rows for kind in row.kinds}
    assert rows == told


def test_every_procedure_reaches_every_role_that_it_names() -> None:
    told = {
        (ground.procedure, one.recipient.role)
        for name in STORIES
        for one in told_in(name).dispatches
        for ground in one.grounds
    }
    named = {
        (one.procedure, tell.role)
        for one in everywhere().procedures
        for rule in one.rules
        for tell in (*rule.tell, *rule.ask)
    }
    assert named - told == set()


def test_every_dispatch_fills_exactly_the_fields_of_its_row(everybody: Told) -> None:
    for dispatch in everybody.dispatches:
        assert shown_fields(dispatch) == expected_fields(dispatch), (dispatch.recipient.key, dispatch.kind)


def test_every_dispatch_carries_exactly_the_tokens_of_its_row(everybody: Told) -> None:
    for dispatch in everybody.dispatches:
        addressed = {"recipient", "grounds"}
        text = dispatch.model_dump_json(exclude_defaults=True, exclude=addressed)
        found = {path for path in tokens_in(text, everybody) if "[]" not in path}
        with_tokens = {path for path in allowed_tokens(dispatch) if everybody.canary.tokens.get(path)}
        assert found == with_tokens, (dispatch.recipient.key, dispatch.kind)


def test_the_informant_reaches_nobody(everybody: Told) -> None:
    for dispatch in everybody.dispatches:
        found = tokens_in(dispatch.model_dump_json(), everybody)
        assert not {path for path in found if path.startswith("informant.")}, dispatch.recipient.key
    assert any(path.startswith("informant.") for path in everybody.canary.tokens)


def test_what_is_withheld_is_recorded_field_by_field(everybody: Told) -> None:
    for dispatch in (one for one in everybody.missing.dispatches if one.subject_id == CHILD):
        withheld = {path for one in everybody.missing.withheld if one.dispatch_id == dispatch.id for path in one.fields}
        known = {path for path in FIELDS if path.split(".")[0] not in ("guidance", "found")}
        missing = known - row_of(dispatch).fields
        assert missing - {"care.looked_after"} <= withheld, dispatch.recipient.key


def test_withdrawals_carry_nothing(everybody: Told) -> None:
    issued = [Issued(one, "sent", True) for one in everybody.missing.dispatches]
    ended = plan([*everybody.history, *everybody.ends], issued, everywhere(), START + timedelta(days=9))
    withdrawals = [one for one in ended.dispatches if one.action is Action.WITHDRAW]
    assert len(withdrawals) > (10 if everybody.responsible == ROTHERHAM else 5)
    for dispatch in withdrawals:
        assert dispatch.content == Content()
        assert tokens_in(dispatch.model_dump_json(exclude={"recipient"}), everybody) == set(), dispatch.recipient.key


def test_of_a_sensitive_record_no_address_leaves(guarded: Told) -> None:
    postcode = guarded.canary.tokens["whereabouts.areas[].seen_postcode"]
    for dispatch in guarded.dispatches:
        text = dispatch.model_dump_json(exclude={"recipient"})
        assert not tokens_in(text, guarded) & ADDRESSES, dispatch.recipient.key
        assert not any(token in text for token in postcode), dispatch.recipient.key
        assert shown_fields(dispatch) == expected_fields(dispatch) - ADDRESSES, dispatch.recipient.key


def test_sensitive_withholds_with_its_own_reason(guarded: Told, everybody: Told) -> None:
    fields = {path for one in guarded.missing.withheld if "sensitive" in one.reason for path in one.fields}
    assert fields >= {"residence.home_address", "last_seen.place", "missing.missing_from"}
    assert not [one for one in everybody.missing.withheld if "sensitive" in one.reason]
    assert isinstance(guarded.missing.assessment.wanted[0], Wanted)
    assert KnownLink.model_fields.keys() == {"authority", "link", "seen_postcode"}, "a new field may be an address"
