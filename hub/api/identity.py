"""`/identity`: pairs of subjects that may be one child, and what a person decides about them; operators only."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from contracts.errors import Problem
from hub.api.body import read_json
from hub.api.describing import ERRORS, READING_ERRORS, json_body
from hub.api.pair_views import ComparedSubject, IdentityDecision, PairDetail, PairList, PairView
from hub.api.problems import ApiProblem, not_found
from hub.api.security import Lent, Operator
from hub.episode.episode import Subject
from hub.ledger import audit, deciding, filing, pairs
from hub.ledger.deciding import Decision
from hub.ledger.pairs import Pair

router = APIRouter(tags=["identity"])
DECISION_BYTES = 10_000
SHOWN = 500


@router.get("/identity", responses=READING_ERRORS)
async def pending(_: Operator, lent: Lent) -> PairList:
    """List the pairs that wait for a person, oldest first: ids and reasons, nothing about anybody."""
    async with lent.ledger.read() as tx:
        rows = await pairs.waiting(tx, SHOWN)
    return PairList(pairs=[_view(pair) for pair in rows])


@router.get("/identity/{pair}", responses=READING_ERRORS)
async def show(pair: UUID, operator: Operator, lent: Lent) -> PairDetail:
    """Return a pair with what is known of both, to compare them. That somebody looked is in the audit."""
    now = lent.now()
    async with lent.ledger.begin() as tx:
        found = (await pairs.get(tx, [pair])).get(pair)
        if found is None:
            raise not_found("pair")
        known = await filing.known(tx, [found.one, found.other])
        await audit.append(tx, "identity_viewed", {"pair": pair, "partner": operator.name}, now)
    compared = [_compared(id, *known[id]) for id in (found.one, found.other) if id in known]
    return PairDetail(**dict(_view(found)), subjects=compared)


@router.post("/identity/{pair}/decision", responses=ERRORS, openapi_extra=json_body(IdentityDecision))
async def decide(pair: UUID, request: Request, operator: Operator, lent: Lent) -> PairView:
    """Record that a person accepts, rejects or unlinks a pair. The same decision again gets the same answer.

    409 when somebody has decided otherwise before, or when what is known of the two forbids to link them.
    """
    said = await read_json(request, IdentityDecision, DECISION_BYTES)
    try:
        async with lent.ledger.begin() as tx:
            decided = await deciding.decide(
                tx,
                pair,
                Decision(said.decision),
                by=said.by,
                partner=operator.name,
                now=lent.now(),
                revises=said.revises,
            )
    except deciding.NoSuchPair:
        raise not_found("pair") from None
    except deciding.NotSo as standing:
        raise _not_so(standing.pair, said.decision) from None
    except deciding.Forbidden:
        raise _forbidden() from None
    if decided.events:
        lent.wake()
    return _view(decided.pair)


def _view(pair: Pair) -> PairView:
    return PairView.model_validate(vars(pair) | {"state": pair.state.value})


def _compared(id: UUID, episode_id: UUID, subject: Subject) -> ComparedSubject:
    facts = subject.facts
    shown: dict[str, Any] = {
        "subject": id,
        "episode": episode_id,
        "status": subject.status.value,
        "person": facts.person,
        "residence": facts.residence,
        "identifiers": facts.identifiers,
        "school": facts.care.school,
        "school_urn": facts.care.school_urn,
        "gp_practice": facts.care.gp_practice,
    }
    return ComparedSubject.model_validate(shown)


def _not_so(pair: Pair, wanted: str) -> ApiProblem:
    who = f" by {pair.decided_by} at {pair.decided_at:%Y-%m-%d %H:%M} UTC" if pair.decided_at else ""
    remedy = f"look at the pair; to put an earlier decision right send revises: {pair.version}"
    return ApiProblem(
        409,
        "pair-decided",
        "The pair stands otherwise.",
        f"It is {pair.state.value}{who}: it cannot be changed by `{wanted}` as it stands.",
        problems=[Problem("decision", f"does not fit a pair that is {pair.state.value}", remedy)],
    )


def _forbidden() -> ApiProblem:
    return ApiProblem(
        409,
        "pair-forbidden",
        "These two are never linked.",
        "They have two NHS numbers, or an identity of one of them is protected. If a number is wrong, its sender "
        "corrects it first.",
    )
