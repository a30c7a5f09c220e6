"""The health services of the demo, in one process: they poll their mailboxes, keep records and answer.

Settings (`--set name=value`): mesh, shared_key, password, mailboxes, hub_mailbox, interval (seconds), answer (yes, no,
none), areas (GSS codes that a yes names). With the mode `accept-then-drop-the-reply` a message is collected and never
answered; `reject` answers with a rejection; `duplicate` answers twice; `slow` waits first; `down` collects nothing.
The same modes act on `/messageexchange/...`, which passes every request on to MESH, so that the hub can be tried
against a MESH that fails.
"""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.health.simulator import replies
from adapters.health.simulator.mailbox import Mailbox, now
from adapters.simulation import SLOW_SECONDS, Sending, Simulation

SAMPLES = Path(__file__).parent.parent / "samples"
MAILBOXES = "YROTH019,YROTHGP1,YROTHMID,YROTHNUR,YLAMBNUR,YLAMB019,YLAMBGP1,YNORFNUR"
_PASSED_ON = ("authorization", "accept", "content-type")


def services(hub: str, tokens: dict[str, str], settings: dict[str, str]) -> Starlette:
    """Return the web application of the health services."""
    sim = Services(name="health", samples=SAMPLES, hub=hub, tokens=tokens, settings=settings)
    sim.sending = sim.sent_by
    sim.background = [sim.collect_for_ever]
    verbs = ["GET", "POST", "PUT", "HEAD"]
    return sim.app(
        [
            Route("/records", sim.show_records),
            Route("/messageexchange/{path:path}", sim.guarded(sim.pass_on), methods=verbs),
        ]
    )


@dataclass
class Services(Simulation):
    """All services' mailboxes, and the flags on their records: by mailbox and flag, the highest sequence wins."""

    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open the mailboxes of the settings."""
        names = self.settings.get("mailboxes", MAILBOXES).split(",")
        self.mailboxes = {name: self._mailbox(name) for name in names if name and "mesh" in self.settings}

    def _mailbox(self, name: str) -> Mailbox:
        known = self.settings
        key, password = known.get("shared_key", "TestKey"), known.get("password", "password")
        return Mailbox(self.client, known["mesh"].rstrip("/"), name, password, key)

    async def collect_for_ever(self) -> None:
        """Poll every mailbox; a failure of MESH is tried again at the next turn."""
        while True:
            if self.mode != "down":
                turns = (self.collect(mailbox) for mailbox in self.mailboxes.values())
                await asyncio.gather(*turns, return_exceptions=True)
            await asyncio.sleep(float(self.settings.get("interval", "0.5")))

    async def collect(self, mailbox: Mailbox) -> None:
        """Fetch, keep, acknowledge and answer all that waits in one mailbox."""
        for message_id in await mailbox.waiting():
            headers, body = await mailbox.fetch(message_id)
            if self.mode == "slow":
                await asyncio.sleep(SLOW_SECONDS)
            bundle = self._kept(mailbox, message_id, headers.get("mex-localid") or message_id, body)
            await mailbox.acknowledge(message_id)
            if bundle is not None and self.mode != "accept-then-drop-the-reply":
                await self._answer(mailbox, bundle)

    def _kept(self, mailbox: Mailbox, message_id: str, local_id: str, body: bytes) -> dict[str, Any] | None:
        bundle: dict[str, Any] | None
        try:
            bundle = json.loads(body)
            noted = replies.summary(bundle or {})
        except (ValueError, KeyError, TypeError, AttributeError):
            bundle, noted = None, {"event": "unreadable"}
        document = body.decode(errors="replace")
        what = {"mailbox": mailbox.id, "local_id": local_id, "message_id": message_id, **noted, "document": document}
        self.keep(local_id, what)
        if noted.get("flag"):
            self._record(mailbox.id, noted)
        return bundle

    def _record(self, mailbox: str, noted: dict[str, Any]) -> None:
        place = (mailbox, noted["flag"])
        known = self.records.get(place)
        if known is None or known["sequence"] < noted["sequence"]:
            self.records[place] = {name: noted[name] for name in ("flag_status", "sequence", "reason")}

    async def _answer(self, mailbox: Mailbox, bundle: dict[str, Any]) -> None:
        reply = self._reply(mailbox, bundle)
        local_id = reply["identifier"]["value"]
        for _ in range(2 if self.mode == "duplicate" else 1):
            await mailbox.send(self._hub_mailbox, json.dumps(reply).encode(), local_id)

    def _reply(self, mailbox: Mailbox, bundle: dict[str, Any]) -> dict[str, Any]:
        destination = replies.resource_of(bundle, "MessageHeader")["destination"][0]
        post = destination.get("receiver", {}).get("display", "service")
        common = (bundle, mailbox.id, self._hub_mailbox, f"Duty officer, {post}", now().isoformat())
        answer, asked = self.settings.get("answer", "yes"), _question(bundle)
        if asked is None or asked in self.answered or answer == "none" or self.mode == "reject":
            return replies.acknowledgement(*common, accepted=self.mode != "reject")
        self.answered.add(asked)
        areas = [area for area in self.settings.get("areas", "").split(",") if area]
        return replies.decision(*common, answer=answer == "yes", areas=areas)

    @property
    def _hub_mailbox(self) -> str:
        return self.settings.get("hub_mailbox", "HUB001")

    def sent_by(self, sample: str, partner: str | None) -> Sending:
        """Return the mailbox that a sample is sent from."""
        return Sending("", "", partner or next(iter(self.mailboxes)))

    async def post(self, sending: Sending, body: bytes) -> tuple[int, Any]:
        """Send bytes to the hub's mailbox, twice in mode `duplicate`: MESH is the only way from here to the hub."""
        local_id = str(uuid5(NAMESPACE_URL, body.hex()))
        for _ in range(2 if self.mode == "duplicate" else 1):
            answer = await self.mailboxes[sending.partner].send(self._hub_mailbox, body, local_id)
        return answer

    async def show_records(self, _: Request) -> Response:
        """Show the flag on each record."""
        return JSONResponse(
            {"records": [{"mailbox": box, "flag": flag, **what} for (box, flag), what in self.records.items()]}
        )

    async def pass_on(self, request: Request) -> Response:
        """Pass a request on to MESH."""
        kept = {name: value for name, value in request.headers.items() if name in _PASSED_ON or name.startswith("mex-")}
        url = f"{self.settings['mesh'].rstrip('/')}/{request.path_params['path']}"
        query = f"?{request.url.query}" if request.url.query else ""
        answer = await self.client.request(request.method, url + query, headers=kept, content=await request.body())
        back = {
            name: value for name, value in answer.headers.items() if name.startswith("mex-") or name == "content-type"
        }
        return Response(answer.content, answer.status_code, back)


def _question(bundle: dict[str, Any]) -> str | None:
    if not replies.is_question(bundle):
        return None
    return str(replies.resource_of(bundle, "Task")["identifier"][0]["value"])
