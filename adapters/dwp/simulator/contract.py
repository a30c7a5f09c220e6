"""The Citizen API's contract at work: routes, required headers and request bodies, straight from openapi.yml."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

SPEC = Path(__file__).parent.parent / "spec"


@dataclass(frozen=True)
class Operation:
    """One method on one path, with its header parameters and its body's schema."""

    path: str
    method: str
    headers: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any] | None


@dataclass(frozen=True)
class Fault:
    """Something that breaks the contract: a header's name, or a JSON pointer into the body."""

    detail: str
    parameter: str | None = None
    pointer: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the fault as the contract's JSONAPIErrorData."""
        source = {"parameter": self.parameter} if self.parameter else {"pointer": self.pointer}
        return {"status": "400", "code": "1001", "title": "Bad Request", "detail": self.detail, "source": source}


class Contract:
    """The OpenAPI document, walked as far as this API needs: references, objects, arrays and strings."""

    def __init__(self, text: bytes) -> None:
        self._document: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        self.operations = tuple(self._operations())

    def faults(self, operation: Operation, headers: Mapping[str, str], body: Any) -> list[Fault]:
        """Name everything in a request that breaks the contract; header names are lower-case."""
        found = [fault for header in operation.headers for fault in self._header(header, headers)]
        if operation.body is not None:
            found += self._value(operation.body, body, "")
        return found

    def _operations(self) -> Iterator[Operation]:
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                parameters = tuple(item for item in operation.get("parameters", ()) if item["in"] == "header")
                content = operation.get("requestBody", {}).get("content", {})
                yield Operation(path, method.upper(), parameters, content.get("application/json", {}).get("schema"))

    def _header(self, parameter: Mapping[str, Any], headers: Mapping[str, str]) -> Iterator[Fault]:
        name = parameter["name"]
        value = headers.get(name.lower())
        if value is None:
            if parameter.get("required"):
                yield Fault("is required", parameter=name)
        elif problem := _scalar(parameter["schema"], value, from_header=True):
            yield Fault(problem, parameter=name)

    def _value(self, schema: Mapping[str, Any], value: Any, pointer: str) -> list[Fault]:
        schema = self._resolved(schema)
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, value, pointer)
        if kind == "array":
            if not isinstance(value, list):
                return [Fault("must be an array", pointer=pointer)]
            return [
                fault for n, item in enumerate(value) for fault in self._value(schema["items"], item, f"{pointer}/{n}")
            ]
        problem = _scalar(schema, value)
        return [Fault(problem, pointer=pointer)] if problem else []

    def _object(self, schema: Mapping[str, Any], value: Any, pointer: str) -> list[Fault]:
        if not isinstance(value, dict):
            return [Fault("must be an object", pointer=pointer)]
        missing = [
            Fault("is required", pointer=f"{pointer}/{name}")
            for name in schema.get("required", ())
            if name not in value
        ]
        properties = schema.get("properties", {})
        inner = [
            fault
            for name, item in value.items()
            if name in properties
            for fault in self._value(properties[name], item, f"{pointer}/{name}")
        ]
        return missing + inner

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            target: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            schema = target
        return schema


def _scalar(schema: Mapping[str, Any], value: Any, *, from_header: bool = False) -> str | None:
    """Say what is wrong with a single value, or None."""
    if schema.get("type") == "integer":
        if from_header and isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value)
        if type(value) is not int:
            return "must be an integer"
    elif not isinstance(value, str):
        return "must be a string"
    elif "maxLength" in schema and len(value) > schema["maxLength"]:
        return f"is longer than {schema['maxLength']}"
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        return "does not match the pattern"
    elif schema.get("format") == "date" and not _is_date(value):
        return "must be a date, yyyy-mm-dd"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {schema['enum']}"
    return None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def load_contract() -> Contract:
    """Read the copy of openapi.yml in this adapter's spec folder."""
    return Contract((SPEC / "openapi.yml").read_bytes())
