"""The API's description holds: whatever fits it is answered as described, and nothing makes the hub fail."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from hub.cli.generating import documents, openapi
from tests.unit.api.conftest import Desk, tell

ROOT = Path(__file__).resolve().parents[3]
OPERATIONS = [(path, method) for path, methods in openapi()["paths"].items() for method in methods]


def test_generated_documents_are_up_to_date() -> None:
    made = documents()
    stale = [name for name, content in made.items() if (ROOT / name).read_text(encoding="utf-8") != content]
    assert len(made) > 30
    assert stale == [], "run `hub docs`"


def test_every_reference_of_the_description_leads_somewhere() -> None:
    text = json.dumps(openapi())
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted
    assert wanted <= set(openapi()["components"]["schemas"])


def cases(path: str, method: str) -> list[Any]:
    """Requests that fit the description, made up at random but the same each time."""
    made: list[Any] = []

    @seed(1)
    @settings(
        max_examples=15, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(schemathesis.openapi.from_dict(openapi())[path][method].as_strategy())
    def collect(case: Any) -> None:
        made.append(case)

    collect()
    return made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
async def test_whatever_fits_the_description_gets_a_described_answer(desk: Desk, path: str, method: str) -> None:
    await tell(desk)
    described = openapi()["paths"][path][method]["responses"]
    for number, case in enumerate(cases(path, method)):
        partner = ("operator", "lambeth-council", "norfolk-police")[number % 3]
        headers = {name: str(value) for name, value in (case.headers or {}).items() if name == "Message-Id"}
        body = case.body if isinstance(case.body, bytes) else json.dumps(case.body, default=str).encode()
        kind = {"Content-Type": case.media_type} if case.media_type else {}
        address = quote(case.formatted_path, safe="/%")
        answer = await desk.client.request(
            method, address, params=case.query, content=body, headers=headers | kind | desk.headers(partner)
        )
        assert str(answer.status_code) in described, (answer.status_code, answer.text)
        if answer.status_code >= 400 and not path.startswith("/health"):
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
