"""Every sample is a pair, and every pair holds in its direction."""

import json
from pathlib import Path

import pytest

from contracts.adapter import Adapter
from contracts.envelope import from_structured, to_structured
from contracts.errors import Undeliverable
from tests.conformance.found import ADAPTERS, NAMES, book, folder
from tests.conformance.samples import (
    CANONICAL,
    DISPATCH,
    Incoming,
    Outgoing,
    beside,
    files,
    incoming,
    outgoing,
    read_any,
)

each_adapter = pytest.mark.parametrize("adapter", ADAPTERS, ids=NAMES)
each_incoming = pytest.mark.parametrize("sample", incoming(), ids=lambda sample: sample.name)
each_outgoing = pytest.mark.parametrize("sample", outgoing(), ids=lambda sample: sample.name)


@each_adapter
def test_an_adapter_shows_both_directions(adapter: Adapter) -> None:
    assert [sample for sample in incoming() if sample.adapter is adapter]
    assert [sample for sample in outgoing() if sample.adapter is adapter], (
        f"adapters/{adapter.name}/samples has no <name>{DISPATCH} with what the partner reads beside it"
    )


@each_adapter
def test_no_sample_is_alone(adapter: Adapter) -> None:
    paired: set[Path] = set()
    for path in files(adapter):
        ending = next((one for one in (CANONICAL, DISPATCH) if path.name.endswith(one)), None)
        if ending:
            others = beside(path, ending)
            assert others, f"{path.relative_to(folder(adapter.name))} stands alone"
            paired |= {path, *others}
    assert paired == set(files(adapter))


@each_incoming
def test_a_document_means_its_events(sample: Incoming) -> None:
    readings = [read_any(sample.adapter, document) for document in sample.documents()]
    meant = [[json.loads(to_structured(event)) for event in reading.events] for reading in readings if reading]
    assert list(sample.events) in meant


@each_incoming
def test_canonical_events_read_back_as_they_were_written(sample: Incoming) -> None:
    for event in sample.events:
        assert json.loads(to_structured(from_structured(json.dumps(event).encode()))) == event


@each_outgoing
def test_a_dispatch_becomes_what_the_partner_reads(sample: Outgoing) -> None:
    written = set()
    for endpoint in book().directory.endpoints.values():
        if endpoint.adapter == sample.adapter.name:
            try:
                wire = sample.adapter.render(sample.dispatch, endpoint)
            except Undeliverable:
                continue
            written.add(_comparable(wire.body, endpoint.address))
    wanted = sample.wire.read_bytes()
    assert any(_comparable(wanted, address) in written for address in _addresses(sample.adapter))


def _addresses(adapter: Adapter) -> list[str]:
    return [one.address for one in book().directory.endpoints.values() if one.adapter == adapter.name]


def _comparable(body: bytes, address: str) -> str:
    """Return a JSON message in one order, and without the address that it was rendered for."""
    return json.dumps(json.loads(body), sort_keys=True).replace(address, "<address>")
