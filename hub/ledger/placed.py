"""What a document's events became before it is written, and taking together what proves to be one. Pure."""

from dataclasses import dataclass, field
from uuid import UUID

from contracts.envelope import Event, Reference, derived_id
from contracts.errors import Problem
from hub.identity.keys import Key
from hub.ledger.picture import Picture
from hub.ledger.tasks import Task


@dataclass(frozen=True)
class Absorbed:
    """The episode that an unreported one proved to be part of, and the subjects meant by whoever named nobody."""

    into: UUID
    subject_ids: tuple[UUID, ...]


@dataclass
class Placed:
    """What a document's events became, to be written in one go.

    `before`: events that are stored already. `joined`: (episode, subject) to whether the subject is missing there.
    `met`: subjects whose early context is due now, and the episode. `moved`: one
    subject proved to be another; `absorbed`: one episode did. `conflicts`: episode, and two reported subjects whose
    identifiers came together: a person decides whether they are one.
    """

    events: list[Event] = field(default_factory=list)
    before: dict[UUID, UUID] = field(default_factory=dict)
    names: dict[UUID, list[Reference]] = field(default_factory=dict)
    keys: dict[UUID, list[Key]] = field(default_factory=dict)
    joined: dict[tuple[UUID, UUID], bool] = field(default_factory=dict)
    met: dict[UUID, UUID] = field(default_factory=dict)
    moved: dict[UUID, UUID] = field(default_factory=dict)
    absorbed: dict[UUID, Absorbed] = field(default_factory=dict)
    ahead: list[tuple[UUID, Event]] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    conflicts: list[tuple[UUID, UUID, UUID]] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    settled: list[UUID] = field(default_factory=list)

    @property
    def kept_something(self) -> bool:
        """Whether anything of the document is kept."""
        return bool(self.events or self.before or self.ahead)

    def add(self, other: "Placed") -> None:
        """Take in what became of another document that has nothing to do with this one."""
        self.names |= other.names
        self.keys |= other.keys
        self.joined |= other.joined
        self.met |= other.met
        self.moved |= other.moved
        self.conflicts += other.conflicts
        self.tasks += other.tasks
        self.settled += other.settled


def unreported_task_id(episode_id: UUID) -> UUID:
    """Return the id of the task that stands open while an episode has no report."""
    return derived_id("task-unreported", episode_id)


def take_over(picture: Picture, other: UUID, subject_id: UUID, placed: Placed) -> None:
    """Let a subject have all that is known of another, which it proved to be."""
    placed.moved[other] = subject_id
    for key in picture.keys.pop(other, set()):
        picture.holders[key] = subject_id
        picture.keys.setdefault(subject_id, set()).add(key)


def absorb(picture: Picture, old: UUID, into: UUID, subject_ids: list[UUID], placed: Placed) -> None:
    """Let an episode have all that was said of an unreported one, which it proved to be."""
    members, target = picture.episodes[old].members, picture.episodes[into]
    for member in members:
        placed.joined[old, member] = False
        if picture.open_in.get(member) == old:
            del picture.open_in[member]
        if member in subject_ids or member in placed.moved:
            continue
        if len(members) == len(subject_ids) == 1:
            take_over(picture, member, subject_ids[0], placed)
        elif member not in target.members:
            target.members[member] = placed.joined[into, member] = False
        picture.latest[member] = into
    placed.absorbed[old] = Absorbed(into, tuple(subject_ids))
    placed.settled.append(unreported_task_id(old))
    picture.named = {ref: into if episode == old else episode for ref, episode in picture.named.items()}
    moments = [moment for moment in (target.last, picture.episodes[old].last) if moment is not None]
    target.last = max(moments, default=None)
