"""The judgement: lost, second effects, live after found, told too many. Pure, from what the receivers hold."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.chaos import model
from tests.chaos.children import Child
from tests.chaos.messages import Message
from tests.chaos.model import Hold

# Who takes everything that comes: MESH does not know a repeat, and an inbox is read page by page.
_ACTS_ON_EVERY_COPY = ("YROTH", "YLAMB", model.LAMBETH)
Held = Mapping[Hold, Sequence[Message]]


@dataclass
class Verdict:
    """What is wrong, by ids: one line for each lost hold, second effect, live hold and one told too many.

    `repeats` counts copies that a receiver drops by their id: they are at least once on the wire, and no second effect.
    """

    lost: list[str] = field(default_factory=list)
    second_effects: list[str] = field(default_factory=list)
    live_after_found: list[str] = field(default_factory=list)
    told_too_many: list[str] = field(default_factory=list)
    repeats: int = 0

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.lines()

    def lines(self) -> list[str]:
        """Return everything that is wrong, a line each."""
        kinds = {
            "lost": self.lost,
            "second effect": self.second_effects,
            "live after found": self.live_after_found,
            "told too many": self.told_too_many,
        }
        return [f"{kind}: {line}" for kind, found in kinds.items() for line in found]


def judge(children: Iterable[Child], held: Mapping[int, Held]) -> Verdict:
    """Judge what receivers hold of these children, `held` by a child's number; all of their reports were accepted."""
    verdict = Verdict()
    for child in children:
        _judge(child, held.get(child.number, {}), verdict)
    return verdict


def owed(child: Child, held: Held) -> set[Hold]:
    """Return what has not come yet: a hold that nobody raised, or whose withdrawal is missing."""
    missing = {hold for hold in model.told(child) if "raise" not in actions(held, hold)}
    return missing | {hold for hold in model.withdrawn(child) if "withdraw" not in actions(held, hold)}


def actions(held: Held, hold: Hold) -> set[str]:
    """Return what has been done on a hold so far."""
    return {message.action for message in held.get(hold, ())}


def _judge(child: Child, held: Held, verdict: Verdict) -> None:
    verdict.lost += [_line(child, hold) for hold in sorted(owed(child, held))]
    verdict.told_too_many += [_line(child, hold) for hold in sorted(held.keys() - model.allowed(child))]
    each = [(hold, some) for hold, messages in sorted(held.items()) for some in _by_subject(messages)]
    for hold, messages in each:
        verdict.second_effects += [f"{_line(child, hold)} ({why})" for why in _twice(hold, messages)]
        verdict.repeats += sum(message.times - 1 for message in messages)
        if hold in model.withdrawn(child) and _last(messages).action != "withdraw":
            verdict.live_after_found.append(f"{_line(child, hold)} {_last(messages).id}")
        if hold in model.told(child) - model.withdrawn(child) and "withdraw" in actions(held, hold):
            verdict.told_too_many.append(f"{_line(child, hold)} withdrawn")


def _by_subject(messages: Sequence[Message]) -> list[list[Message]]:
    found: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.subject].append(message)
    return list(found.values())


def _twice(hold: Hold, messages: Sequence[Message]) -> list[str]:
    """Say what has been done twice: the same message, or the same thing under two ids."""
    found = []
    if hold.receiver.startswith(_ACTS_ON_EVERY_COPY):
        found += [f"{one.id} came {one.times} times" for one in messages if one.times > 1]
    by_action: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        by_action[message.action].append(message.id)
    found += [
        f"{action} as {', '.join(by_action[action])}" for action in ("raise", "withdraw") if by_action[action][1:]
    ]
    in_order = sorted(messages, key=lambda one: one.revision)
    return found + [
        f"{later.id} says what {earlier.id} said"
        for earlier, later in pairwise(in_order)
        if later.action == "update" and later.digest and later.digest == earlier.digest
    ]


def _last(messages: Sequence[Message]) -> Message:
    return max(messages, key=lambda one: one.revision)


def _line(child: Child, hold: Hold) -> str:
    return f"{child.name}: {hold.receiver} {hold.role} {hold.thread}".replace("  ", " ")
