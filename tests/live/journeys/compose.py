"""docker-compose.yml as these tests use it: each service's command, environment and healthcheck, read from the file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<how>[-?])(?P<text>[^}]*))?\}")


@dataclass(frozen=True)
class ComposeService:
    """What the file says of one service of the hub."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthcheck: tuple[str, ...]


def hub_services(values: Mapping[str, str]) -> list[ComposeService]:
    """Return the services that run the hub's image; `values` is the environment that compose would be called in."""
    found = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    return [_service(name, one, values) for name, one in found.items() if one.get("build", {}).get("target") == "hub"]


def _service(name: str, service: Mapping[str, Any], values: Mapping[str, str]) -> ComposeService:
    test = service["healthcheck"]["test"]
    assert test[0] == "CMD", f"{name}: the healthcheck is no command"
    environment = {
        key: values.get(key) if text is None else _filled(str(text), values)
        for key, text in service["environment"].items()
    }
    known = {key: text for key, text in environment.items() if text is not None}
    return ComposeService(name, tuple(service["command"]), known, tuple(test[1:]))


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        given = values.get(match["name"], "")
        if given or match["how"] is None:
            return given
        assert match["how"] == "-", f"{match['name']}: {match['text']}"
        return match["text"]

    return _VARIABLE.sub(value, text)
