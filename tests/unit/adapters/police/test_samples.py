"""Every sample is a pair: what a force sends and the event that it means; what the hub says and what a force reads."""

import json
from pathlib import Path

import pytest

from adapters.police import ADAPTER
from contracts.adapter import Channel, Endpoint
from contracts.dispatch import Dispatch
from contracts.envelope import from_structured, to_structured
from contracts.errors import Undeliverable
from tests.unit.adapters.police.support import FORCES, SAMPLES, document

DOCUMENTS = sorted(
    path for path in SAMPLES.iterdir() if path.suffix in (".xml", ".json") and ".canonical" not in path.name
)
OUTGOING = sorted((SAMPLES / "out").glob("*.dispatch.json"))
ENDPOINT = Endpoint(id="norfolk-police", adapter="police", channel=Channel.HTTPS, address="https://police.example")


def canonical_of(path: Path) -> list[dict[str, object]]:
    loaded: list[dict[str, object]] = json.loads((SAMPLES / f"{path.stem}.canonical.json").read_text())
    return loaded


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_means_its_canonical_events(path: Path) -> None:
    expected = canonical_of(path)
    partner = FORCES[str(expected[0]["source"]).removeprefix("/partners/")]
    reading = ADAPTER.read(document(path.read_bytes(), f"application/{path.suffix[1:]}", partner))
    assert [json.loads(to_structured(event)) for event in reading.events] == expected
    assert reading.warnings == ()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_canonical_events_read_back_as_they_were_written(path: Path) -> None:
    for line in canonical_of(path):
        assert json.loads(to_structured(from_structured(json.dumps(line).encode()))) == line


def test_no_canonical_file_is_without_its_document() -> None:
    stems = {path.stem for path in DOCUMENTS}
    assert {path.name.removesuffix(".canonical.json") for path in SAMPLES.glob("*.canonical.json")} == stems
    assert len(OUTGOING) == len(list((SAMPLES / "out").glob("*.wire.json"))) > 0


@pytest.mark.parametrize("path", OUTGOING, ids=lambda path: path.name)
def test_a_dispatch_is_written_as_its_wire_file(path: Path) -> None:
    dispatch = Dispatch.model_validate_json(path.read_bytes())
    wire = ADAPTER.render(dispatch, ENDPOINT)
    assert json.loads(wire.body) == json.loads(path.with_name(path.name.replace(".dispatch.", ".wire.")).read_bytes())
    assert wire.content_type == "application/json"
    assert wire.headers == {"Idempotency-Key": str(dispatch.id)}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"recipient": {"role": "gp_practice"}}, "role"),
        ({"kind": "alert"}, "kind"),
        ({"kind": "trace_request"}, "kind"),
    ],
)
def test_what_is_not_for_police_is_undeliverable(change: dict[str, object], why: str) -> None:
    raw = json.loads((SAMPLES / "out" / "information.dispatch.json").read_bytes()) | change
    with pytest.raises(Undeliverable, match=why):
        ADAPTER.render(Dispatch.model_validate(raw), ENDPOINT)


def test_a_withdrawal_says_why_and_nothing_about_the_person() -> None:
    wire = json.loads((SAMPLES / "out" / "withdrawal.wire.json").read_bytes())
    assert wire["reason"] == "found"
    assert "content" not in wire
