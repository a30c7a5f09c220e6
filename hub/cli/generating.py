"""The generated documents, as text by file name."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from contracts.topics import Topic

ASYNCAPI = "3.0.0"
_HEADER = "<!-- Written by `hub docs` from the code; change it there. -->\n\n"


def documents() -> dict[str, str]:
    """Return every generated document: path in the project -> content."""
    from contracts.schemas import rendered
    from contracts.topics import load_topics
    from hub.api import metrics
    from hub.settings import table

    found = {
        "docs/openapi.json": _json(openapi()),
        "docs/asyncapi.json": _json(asyncapi(load_topics())),
        "docs/settings.md": f"{_HEADER}# Settings\n\n{table()}",
        "docs/metrics.md": f"{_HEADER}# Metrics\n\n`GET /metrics`, with an operator's token.\n\n{metrics.table()}",
    }
    return found | {f"contracts/schemas/{name}": content.decode() for name, content in rendered().items()}


def openapi() -> dict[str, Any]:
    """Return the API's description."""
    from hub.api.app import create_api
    from hub.api.services import Limits

    # The description needs the routes only; nothing is served from this application.
    services: Any = SimpleNamespace(limits=Limits())
    return create_api(services).openapi()


def asyncapi(topics: "Sequence[Topic]") -> dict[str, Any]:
    """Return the channels as an AsyncAPI document: one channel a topic, one message a schema that travels on it."""
    names = sorted({name for topic in topics for name in topic.schemas})
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Missing Children Hub",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka's binary mode; neither key nor headers carry personal data.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.topic: _channel(topic) for topic in topics},
        "operations": {name: body for topic in topics for name, body in _operations(topic)},
        "components": {"messages": {name: _message(name) for name in names}},
    }


def _message(name: str) -> dict[str, Any]:
    return {"name": name, "payload": {"$ref": f"../contracts/schemas/{name}.json"}}


def _channel(topic: "Topic") -> dict[str, Any]:
    channel = {
        "address": topic.topic,
        "description": f"{' '.join(topic.purpose.split())} Key: {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in topic.schemas},
    }
    partner = {"partner": {"description": "The partner's name, such as norfolk-council."}}
    return channel | ({"parameters": partner} if topic.is_template else {})


def _operations(topic: "Topic") -> Iterator[tuple[str, dict[str, Any]]]:
    for action, who in (("send", topic.producers), ("receive", topic.consumers)):
        if any(name.startswith("hub") for name in who):
            yield f"{action}.{topic.topic}", {"action": action, "channel": {"$ref": f"#/channels/{topic.topic}"}}


def _json(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"
