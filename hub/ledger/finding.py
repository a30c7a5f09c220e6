"""Which known episode an event belongs to (DESIGN section 3, step 4). Pure.

Of two answers the one that keeps an event inside a known episode is the safer: the fold sorts by time, so an old fact
there raises nothing, while an episode of its own might raise what nobody withdraws.
"""

from dataclasses import dataclass
from uuid import UUID

from contracts.envelope import Reference, derived_id
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import CareContextKnown
from hub.ledger.picture import OPENING, Picture
from hub.ledger.said import HUB_KINDS, PERSONAL, Said


@dataclass(frozen=True)
class Meant:
    """The episode that an event belongs to (None: a new one), and unreported episodes that prove to be the same."""

    episode_id: UUID | None
    absorbed: tuple[UUID, ...] = ()


class NeverSent(InvalidMessage):
    """An id that the hub never gave out, or never gave to this sender: the two are never told apart."""

    def __init__(self, kind: str) -> None:
        problem = Problem(f"references.{kind}", "is not known to the hub", "quote it as the hub sent it")
        super().__init__(Fate.UNUSABLE, "The message names something that the hub never sent.", [problem])


def find_episode(picture: Picture, said: Said) -> Meant:
    """Find the episode meant: by the hub's ids, the sender's references, who is missing, time; a reported one first.

    Raises InvalidMessage (unusable) for an id that the hub never gave out.
    """
    by_hub_ids = _by_hub_ids(picture, said)
    ways = [_by_report(picture, said), _by_missing_subject(picture, said), _by_history(picture, said)]
    candidates = [by_hub_ids] if by_hub_ids else [episode for episode in ways if episode is not None]
    if not candidates:
        return Meant(None)
    chosen = next((episode for episode in candidates if picture.episodes[episode].reported), candidates[0])
    return Meant(
        chosen, tuple(near for near in _near(picture, said) if near != chosen and not _reported(picture, near))
    )


def asked_about(picture: Picture, said: Said) -> UUID | None:
    """Return the subject of the dispatch that an event answers, as the dispatch has it: perhaps an unborn child."""
    for reference in said.references:
        dispatch_id = HUB_KINDS["dispatch"](reference.value) if reference.kind == "dispatch" else None
        if dispatch_id in picture.dispatches:
            return picture.dispatches[dispatch_id][1]
    return None


def on_whose_record(members: dict[UUID, bool], subject_id: UUID | None) -> UUID | None:
    """Return the member whose record is meant: the mother for an unborn child."""
    if subject_id is None or subject_id in members:
        return subject_id
    return next((member for member in members if derived_id("unborn", member) == subject_id), None)


def known_subjects(picture: Picture, said: Said) -> list[UUID]:
    """Return the subjects that the event's identifiers and ids mean, strongest identifier first."""
    by_key = [picture.holders[key] for keys in said.keys for key in keys if key in picture.holders]
    given = [id for id in said.subject_ids if id in picture.latest]
    return list(dict.fromkeys((*given, *by_key)))


def _by_hub_ids(picture: Picture, said: Said) -> UUID | None:
    found: UUID | None = None
    for reference in said.references:
        if reference.kind not in HUB_KINDS:
            continue
        episode = _given_out(picture, reference)
        if episode is None or episode not in picture.episodes:
            raise NeverSent(reference.kind)
        found = found or episode
    return found


def _given_out(picture: Picture, reference: Reference) -> UUID | None:
    id = HUB_KINDS[reference.kind](reference.value)
    if id is None or reference in picture.named:
        return picture.named.get(reference)
    return id if reference.kind == "episode" else picture.dispatches.get(id, (None, None))[0]


def _near(picture: Picture, said: Said) -> list[UUID]:
    people = known_subjects(picture, said)
    episodes = [picture.named[reference] for reference in said.own_references if reference in picture.named]
    episodes += [of[subject] for of in (picture.open_in, picture.latest) for subject in people if subject in of]
    return list(dict.fromkeys(episodes))


def _reported(picture: Picture, episode_id: UUID) -> bool:
    return picture.episodes[episode_id].reported


def _by_report(picture: Picture, said: Said) -> UUID | None:
    own = [reference for reference in said.own_references if reference.kind not in PERSONAL]
    return next((picture.named[reference] for reference in own if reference in picture.named), None)


def _by_missing_subject(picture: Picture, said: Said) -> UUID | None:
    people = known_subjects(picture, said)
    open_now = [picture.open_in[subject] for subject in people if subject in picture.open_in]
    by_case = [picture.named[r] for r in said.own_references if r in picture.named]
    return next((episode for episode in (*open_now, *by_case) if picture.episodes[episode].open), None)


def _by_history(picture: Picture, said: Said) -> UUID | None:
    latest = [picture.latest[subject] for subject in known_subjects(picture, said) if subject in picture.latest]
    latest += [picture.named[reference] for reference in said.own_references if reference in picture.named]
    if not latest:
        return None
    facts = picture.episodes[latest[0]]
    happened_within = facts.last is not None and said.event.occurred_at <= facts.last
    if not facts.reported or happened_within:
        return latest[0]
    a_new_report = any(reference.kind not in PERSONAL for reference in said.own_references)
    speaks_of_a_next_one = a_new_report or said.event.type in OPENING or isinstance(said.event.data, CareContextKnown)
    return None if speaks_of_a_next_one else latest[0]
