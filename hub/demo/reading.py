"""Reading the hub's API as an operator, and judging what it says: who was told, who has it, what is still live."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from contracts.dispatch import AGAIN_THREAD, FOUND_THREAD

if TYPE_CHECKING:
    from contracts.adapter import Http

Json = dict[str, Any]
_LIVE = ("alert", "notice", "decision_request", "benefit_request", "task")
_COLLECTED = frozenset({"opened", "accepted", "acted_on"})


@dataclass(frozen=True)
class Api:
    """The operator's way to the hub."""

    http: "Http"
    url: str
    token: str

    async def get(self, path: str) -> Json:
        """Return one answer's JSON. Raises RuntimeError with the status for anything but 200."""
        answer = await self.http.request("GET", self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        if answer.status != 200:
            raise RuntimeError(f"GET {path} answered {answer.status}")
        read: Json = orjson.loads(answer.body)
        return read

    async def episode(self, episode_id: str) -> Json:
        """Return an episode's whole course."""
        return await self.get(f"/episodes/{episode_id}")


def told(timeline: Json) -> list[Json]:
    """Return the dispatches that left."""
    return [one for one in timeline["dispatches"] if one["state"] == "sent"]


def proven(dispatch: Json, adapter_of: Mapping[str, str]) -> bool:
    """Say whether a dispatch is known to have arrived: over MESH that it was collected, elsewhere that it was taken."""
    stages = {receipt["stage"] for receipt in dispatch["receipts"]}
    if adapter_of.get(dispatch["endpoint_id"] or "") == "health":
        return bool(stages & _COLLECTED)
    return bool(stages)


def live(timeline: Json) -> list[Json]:
    """Return the last dispatch of every thread that was raised and not yet withdrawn."""
    last: dict[tuple[str, str, str], Json] = {}
    for one in sorted(timeline["dispatches"], key=lambda one: one["revision"]):
        if (
            one["state"] != "cancelled"
            and one["kind"] in _LIVE
            and not one["thread"].startswith((AGAIN_THREAD, FOUND_THREAD))
        ):
            last[(one["subject_id"], one["recipient"], one["thread"])] = one
    return [one for one in last.values() if one["action"] != "withdraw"]


def has_been_told(timeline: Json, role: str, thread: str) -> bool:
    """Say whether a role (`role` or `role@place`) has been sent something on a thread."""
    return any(
        role in (one["role"], one["recipient"]) and (one["thread"] == thread or one["kind"] == thread)
        for one in told(timeline)
    )


def unsettled(timeline: Json) -> list[Json]:
    """Return the dispatches of which it is not yet decided what became of them."""
    return [one for one in timeline["dispatches"] if one["state"] in ("pending", "claimed", "doubtful")]


def counts_by_adapter(timelines: Iterable[Json], adapter_of: Mapping[str, str], sender: Mapping[str, str]) -> Json:
    """Return per adapter: events in, dispatches out, receipts, withdrawals."""
    counts: dict[str, dict[str, int]] = {}

    def add(adapter: str, what: str, number: int = 1) -> None:
        row = counts.setdefault(adapter, {"in": 0, "out": 0, "receipt": 0, "withdrawn": 0})
        row[what] += number

    for timeline in timelines:
        for event in timeline["events"]:
            name = event["source"].removeprefix("/partners/")
            if name in sender:
                add(sender[name], "in")
        for one in told(timeline):
            adapter = adapter_of.get(one["endpoint_id"] or "", "none")
            add(adapter, "out")
            add(adapter, "receipt", len(one["receipts"]))
            add(adapter, "withdrawn", int(one["action"] == "withdraw"))
    return dict(sorted(counts.items()))
