"""Seats by the codes that directory and procedures know: a district's, a former or a later code is read as today's.

Only who is told goes by these; what recipients are told keeps the code that was reported. Pure.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from contracts.codes import GssCode
from hub.episode.episode import Decision, Subject
from hub.episode.fold import Step
from hub.routing.geography import Geography

Seated = Callable[[GssCode], GssCode]
_SEATS = ("home_authority", "responsible_authority", "host_authority")


def in_todays_codes(steps: Iterable[Step], geography: Geography) -> tuple[Step, ...]:
    """Return the steps with every authority that may be told, or whose procedure may apply, in today's code."""
    return tuple(_step(step, geography.seated) for step in steps)


def _step(step: Step, seated: Seated) -> Step:
    episode = step.episode
    subjects = tuple(_subject(one, seated) for one in episode.subjects)
    decisions = tuple(_decision(one, seated) for one in episode.decisions)
    if all(new is old for new, old in zip(subjects + decisions, episode.subjects + episode.decisions, strict=True)):
        return step
    return replace(step, episode=episode.model_copy(update={"subjects": subjects, "decisions": decisions}))


def _subject(subject: Subject, seated: Seated) -> Subject:
    facts, found, whereabouts = subject.facts, subject.found, subject.whereabouts
    codes = {name: getattr(facts.care, name) for name in _SEATS}
    read = {name: code and seated(code) for name, code in codes.items()}
    place = found.authority and seated(found.authority)
    areas = tuple(seated(one.authority) for one in whereabouts.areas)
    if read == codes and place == found.authority and areas == tuple(one.authority for one in whereabouts.areas):
        return subject
    links = (one.model_copy(update={"authority": area}) for one, area in zip(whereabouts.areas, areas, strict=True))
    return subject.model_copy(
        update={
            "facts": facts.model_copy(update={"care": facts.care.model_copy(update=read)}),
            "found": found.model_copy(update={"authority": place}),
            "whereabouts": whereabouts.model_copy(update={"areas": tuple(links)}),
        }
    )


def _decision(decision: Decision, seated: Seated) -> Decision:
    areas = tuple(map(seated, decision.data.areas))
    if areas == tuple(decision.data.areas):
        return decision
    return decision.model_copy(update={"data": decision.data.model_copy(update={"areas": areas})})
