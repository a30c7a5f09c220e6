"""The API's description holds: whatever fits it is answered as described, and nothing makes the hub fail."""

import json
from pathlib import Path

from hub.cli.generating import documents, openapi

ROOT = Path(__file__).resolve().parents[3]


def test_generated_documents_are_up_to_date() -> None:
    made = documents()
    stale = [name for name, content in made.items() if (ROOT / name).read_text(encoding="utf-8") != content]
    assert len(made) > 30
    assert stale == [], "run `hub docs`"


def test_every_reference_of_the_description_leads_somewhere() -> None:
    text = json.dumps(openapi())
    schemas = openapi()["components"]["schemas"]
    wanted = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted
    assert wanted <= set(schemas)
