"""The samples of every adapter, found by their names.

In: `<name>.<ext>` beside `<name>.canonical.json`, the events that it means. Out: `<name>.dispatch.json` beside a
second file `<name>.<anything but dispatch>.json`, what the partner reads. `out/` or the folder itself, as the adapter
likes.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.adapter import Adapter, Document, Partner, PartnerKind, Reading, Route
from contracts.codes import Role
from contracts.dispatch import Dispatch
from contracts.errors import InvalidMessage
from hub.demo.cast import PARTNERS
from tests.conformance.found import ADAPTERS, book, folder

CANONICAL, DISPATCH = ".canonical.json", ".dispatch.json"


@dataclass(frozen=True)
class Incoming:
    """A document of a partner, and the events that it means."""

    adapter: Adapter
    document: Path
    events: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """A name for the test report."""
        return f"{self.adapter.name}: {self.document.name}"

    def documents(self) -> list[Document]:
        """Return the document once for every way in through which its partner might send it."""
        return [
            Document(
                partner=partner(str(self.events[0]["source"]), route),
                route=route.path,
                body=self.document.read_bytes(),
                content_type=content_type,
                received_at=datetime.fromisoformat(str(self.events[0]["recordedtime"])),
                message_id=_transport_id(self.events),
            )
            for route in self.adapter.routes
            for content_type in route.content_types
            if _fits(content_type, self.document.suffix)
        ]


@dataclass(frozen=True)
class Outgoing:
    """A dispatch, and what the partner reads."""

    adapter: Adapter
    path: Path
    wire: Path

    @property
    def name(self) -> str:
        """A name for the test report."""
        return f"{self.adapter.name}: {self.path.name}"

    @property
    def dispatch(self) -> Dispatch:
        """The dispatch."""
        return Dispatch.model_validate_json(self.path.read_bytes())


def incoming() -> list[Incoming]:
    """Return every document with its events."""
    return [
        Incoming(adapter, document, tuple(json.loads(path.read_bytes())))
        for adapter in ADAPTERS
        for path in sorted(_samples(adapter).rglob(f"*{CANONICAL}"))
        for document in beside(path, CANONICAL)
    ]


def outgoing() -> list[Outgoing]:
    """Return every dispatch with what the partner reads."""
    return [
        Outgoing(adapter, path, wire)
        for adapter in ADAPTERS
        for path in sorted(_samples(adapter).rglob(f"*{DISPATCH}"))
        for wire in beside(path, DISPATCH)
    ]


def beside(path: Path, ending: str) -> list[Path]:
    """Return the other files of a pair: `<name>.<ext>`, `<name>.<word>.<ext>`."""
    stem = path.name.removesuffix(ending)
    return sorted(one for one in path.parent.glob(f"{stem}.*") if one != path and one.name.startswith(f"{stem}."))


def _samples(adapter: Adapter) -> Path:
    return folder(adapter.name) / "samples"


def files(adapter: Adapter) -> list[Path]:
    """Return every sample file of an adapter."""
    return sorted(path for path in _samples(adapter).rglob("*") if path.is_file())


def partner(source: str, route: Route) -> Partner:
    """Return the sender that a sample's events name: of the cast, else of the directory, else any of the right kind."""
    name = source.removeprefix("/partners/")
    known = next((one for one in PARTNERS if one.name == name), None)
    if known is not None:
        return Partner(name=known.name, kind=PartnerKind(known.kind), code=known.code)
    endpoints = book().directory.of_partner(name)
    entries = book().directory.entries.items()
    roles = (Role(key.partition("@")[0]) for key, endpoint in entries if endpoint in {one.id for one in endpoints})
    code = next((one.address for one in endpoints), None)
    return Partner(name=name, kind=route.partner_kinds[0], code=code, roles=tuple(roles))


def read_any(adapter: Adapter, document: Document) -> Reading | None:
    """Return the reading of a document, or None when this way in does not take it."""
    try:
        return adapter.read(document)
    except InvalidMessage:
        return None


def _transport_id(events: tuple[dict[str, Any], ...]) -> str | None:
    """Return the id under which the transport brought a receipt, which the receipt then names."""
    named = (receipt.get("reference") for event in events for receipt in event["data"].get("receipts", ()))
    return next((str(reference) for reference in named if reference), None)


def _fits(content_type: str, suffix: str) -> bool:
    return suffix.removeprefix(".") in content_type or suffix not in (".json", ".xml")
