"""`POST /receipts`: what became of what the hub told a partner; always about its own dispatches only."""

from uuid import UUID

from fastapi import APIRouter, Request

from contracts.adapter import Partner
from contracts.errors import Problem
from contracts.receipt import Receipt, Stage
from hub.api.body import read_json
from hub.api.describing import ERRORS, json_body
from hub.api.problems import ApiProblem
from hub.api.refusals import Refusal
from hub.api.security import Lent, Sender
from hub.api.services import Services
from hub.api.taking import admit
from hub.api.views import ReceiptNote, ReceiptNotes, ReceiptsTaken
from hub.ledger import dispatches
from hub.ledger import receipts as stated_receipts
from hub.standing import addressed_to

router = APIRouter(tags=["receipts"])
NAMED = (Stage.ACCEPTED, Stage.ACTED_ON)
# So many of others' dispatches are named in one audit entry; the count says how many there were.
MOST_NAMED = 20


@router.post("/receipts", status_code=202, responses=ERRORS, openapi_extra=json_body(ReceiptNotes))
async def receipts(request: Request, partner: Sender, lent: Lent) -> ReceiptsTaken:
    """Take receipts, all or none. A stage that was reached before changes nothing; the first word stands.

    `accepted` and `acted_on` name who did it, for only a person can say that it stands on a record.
    """
    await admit(lent)
    notes = (await read_json(request, ReceiptNotes, lent.limits.body_bytes)).receipts
    _check(notes)
    foreign = await _foreign(notes, partner, lent)
    if foreign:
        raise _refusal(foreign, notes)
    now = lent.now()
    async with lent.ledger.begin() as tx:
        stated = [Receipt(**dict(note)) for note in notes]
        episode_of = await dispatches.episodes_of(tx, {receipt.dispatch_id for receipt in stated})
        new = await stated_receipts.state(tx, stated, episode_of, partner.source, now)
    lent.wake()
    return ReceiptsTaken(taken=len(notes), new=len(new))


def _check(notes: list[ReceiptNote]) -> None:
    problems = [
        Problem(f"receipts.{number}.{field}", detail, remedy)
        for number, note in enumerate(notes)
        for field, detail, remedy in _wrong(note)
    ]
    if problems:
        raise ApiProblem(422, "receipts", "The receipts cannot be used.", problems=problems)


def _wrong(note: ReceiptNote) -> list[tuple[str, str, str]]:
    wrong = []
    if note.stage is Stage.UNKNOWN:
        wrong.append(
            ("stage", "is not one of the words known here", "send transported, opened, accepted, acted_on, ...")
        )
    if note.stage in NAMED and not note.by:
        wrong.append(("by", "is missing", "name who accepted it or acted on it"))
    return wrong


async def _foreign(notes: list[ReceiptNote], partner: Partner, services: Services) -> set[UUID]:
    """Return the dispatches that are not there or went to somebody else."""
    wanted = {note.dispatch_id for note in notes}
    async with services.ledger.read() as tx:
        rows = await dispatches.get(tx, wanted)
    return {id for id in wanted if id not in rows or not addressed_to(rows[id], partner, services.directory)}


def _refusal(foreign: set[UUID], notes: list[ReceiptNote]) -> Refusal:
    problems = [
        Problem(f"receipts.{number}.dispatch_id", "is not a dispatch of yours", "send the id that the hub gave you")
        for number, note in enumerate(notes)
        if note.dispatch_id in foreign
    ]
    answer = ApiProblem(404, "not-found", "No such dispatch.", "None of the receipts was taken.", problems=problems)
    named = " ".join(str(id) for id in sorted(foreign)[:MOST_NAMED])
    return Refusal(answer, "not_theirs", dispatches=named, count=len(foreign))
