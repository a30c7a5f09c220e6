"""What the suite finds by itself: the adapters, their folders, their samples, and where the demo's directory leads."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import adapters
from contracts.adapter import Adapter, Channel, Endpoint
from contracts.dispatch import Kind, Recipient
from hub.procedures import load_book
from hub.procedures.loading import load_directory, read_yaml
from hub.routing.book import Book
from hub.routing.directory_file import Entry
from hub.routing.disclosure import Row
from hub.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
ADAPTERS: tuple[Adapter, ...] = adapters.ADAPTERS
NAMES = [adapter.name for adapter in ADAPTERS]
DIRECTORY = ROOT / Settings.model_fields["directory_file"].default
# The hub serves these two itself: an adapter only renders for them.
OWN_CHANNELS = (Channel.INBOX, Channel.TOPIC)


def folder(name: str) -> Path:
    """Return an adapter's folder."""
    return ROOT / "adapters" / name


@cache
def book() -> Book:
    """Return the demo's book: procedures, disclosure table and directory."""
    return load_book(DIRECTORY, ROOT / "hub" / "procedures")


@dataclass(frozen=True)
class Duty:
    """Something that a row of the disclosure table lets a recipient of the directory have, and where it goes."""

    recipient: Recipient
    kind: Kind
    row: Row
    endpoint: Endpoint

    @property
    def name(self) -> str:
        """A name for the test report."""
        return f"{self.endpoint.adapter}: {self.kind.value} to {self.recipient.key}"


def duties(adapter: str | None = None) -> list[Duty]:
    """Return every (role, kind) of the disclosure table that the demo's directory routes to an adapter."""
    return [duty for duty in _duties() if adapter in (None, duty.endpoint.adapter)]


def _duties() -> Iterator[Duty]:
    known = book()
    for entry in entries():
        for row in known.disclosure.rows:
            if row.role is entry.role:
                for kind in row.kinds:
                    yield Duty(entry.recipient, kind, row, known.directory.endpoints[entry.endpoint])


@cache
def entries() -> tuple[Entry, ...]:
    """Return the lines of the demo's directory: role, place, endpoint."""
    return tuple(Entry.model_validate(raw) for raw in read_yaml(DIRECTORY, os.environ)["entries"])


def endpoints(adapter: str, urls: Mapping[str, str]) -> list[Endpoint]:
    """Return an adapter's endpoints with `HUB_<NAME>_URL` of the directory's file filled in."""
    environment = {**os.environ, **{f"HUB_{name.upper()}_URL": url for name, url in urls.items()}}
    directory = load_directory(DIRECTORY, environment)
    return [one for one in directory.endpoints.values() if one.adapter == adapter]


def speaks_mesh(adapter: str) -> bool:
    """Say whether an adapter reaches anybody over MESH: then its simulator needs the NHS's sandbox behind it."""
    return any(one.channel is Channel.MESH for one in book().directory.endpoints.values() if one.adapter == adapter)
