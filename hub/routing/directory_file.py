"""Reading the directory's file: every mistake with its line and the remedy, before anything is sent. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from contracts.adapter import Endpoint
from contracts.codes import GssCode, OdsCode, Role
from contracts.dispatch import Recipient
from hub.routing.directory import Beside, Directory
from hub.routing.geography import Geography
from hub.routing.rules import BookError, LineOf, explain_item
from hub.routing.steps import Steps


class Entry(BaseModel):
    """One line of the directory: a role at an authority, care board (`area`) or organisation, or national.

    `endpoint`, `out_of_hours` and `manager` name endpoints.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    authority: GssCode | None = None
    area: OdsCode | None = None
    organisation: str | None = None
    endpoint: str
    out_of_hours: str | None = None
    manager: str | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "Entry":
        if sum(place is not None for place in (self.authority, self.area, self.organisation)) > 1:
            raise ValueError("`authority`, `area` and `organisation` exclude each other; keep one")
        if self.role is Role.UNKNOWN:
            raise ValueError("the role is not in the closed list of contracts/codes.py; mend its spelling")
        return self

    @property
    def recipient(self) -> Recipient:
        """The recipient that this line reaches."""
        return Recipient(role=self.role, authority=self.authority, organisation=self.organisation or self.area)

    @property
    def named(self) -> tuple[str, ...]:
        """The endpoints that it names."""
        return tuple(name for name in (self.endpoint, self.out_of_hours, self.manager) if name is not None)


@dataclass(frozen=True)
class Against:
    """What a directory is checked against. `adapters` are the names of those there are; None leaves them unchecked."""

    geography: Geography
    adapters: Collection[str] | None = None


def read_directory(name: str, raw: Any, against: Against, line_of: LineOf | None = None) -> Directory:
    """Read the directory from its parsed YAML. Raises BookError, a line for each mistake: where, and the remedy."""
    if not isinstance(raw, Mapping) or set(raw) - {"escalation"} != {"endpoints", "entries"}:
        raise BookError(
            f"{name}: `endpoints` and `entries` are needed at the top, and `escalation` may be; nothing else"
        )
    if not isinstance(raw["endpoints"], Mapping) or not isinstance(raw["entries"], list):
        raise BookError(f"{name}: `endpoints` is a mapping of names to endpoints, `entries` a list; write them so")
    reading = _Reading(name, raw, against, line_of)
    endpoints = {key: one for key in raw["endpoints"] if (one := reading.endpoint(key)) is not None}
    numbered = ((number, reading.entry(number)) for number in range(len(raw["entries"])))
    entries = [(number, entry) for number, entry in numbered if entry is not None]
    directory = reading.directory(endpoints, entries)
    if reading.mistakes:
        raise BookError("\n".join(reading.mistakes))
    return directory


class _Reading:
    """One file being read; `mistakes` gathers what is wrong, so that all of it is said at once."""

    def __init__(self, name: str, raw: Mapping[str, Any], against: Against, line_of: LineOf | None) -> None:
        self._name = name
        self._raw = raw
        self._against = against
        self._line_of = line_of
        self.mistakes: list[str] = []

    def endpoint(self, key: str) -> Endpoint | None:
        value = self._raw["endpoints"][key]
        path: tuple[str | int, ...] = ("endpoints", key)
        if not isinstance(value, Mapping):
            self._wrong(path, f"endpoint {key}: adapter, channel and address are needed")
            return None
        for unknown in sorted(set(value) - set(Endpoint.model_fields)):
            said = f"`{unknown}` is no field of an endpoint; mend or drop it"
            self._wrong((*path, unknown), f"endpoint {key}: {said}")
        known = {field: part for field, part in value.items() if field in Endpoint.model_fields}
        try:
            found = Endpoint.model_validate({**known, "id": key})
        except ValidationError as error:
            self._explain(path, f"endpoint {key}", error)
            return None
        adapters = self._against.adapters
        if adapters is not None and found.adapter not in adapters:
            listed = ", ".join(sorted(adapters))
            self._wrong((*path, "adapter"), f"endpoint {key}: no adapter is called `{found.adapter}`; one of {listed}")
        return found

    def entry(self, number: int) -> Entry | None:
        path: tuple[str | int, ...] = ("entries", number)
        try:
            entry = Entry.model_validate(self._raw["entries"][number])
        except ValidationError as error:
            self._explain(path, f"entry {number + 1}", error)
            return None
        for place in entry.named:
            if place not in self._raw["endpoints"]:
                self._wrong(path, f"entry {number + 1}: no endpoint is called `{place}`; add or rename it")
        if entry.authority is None:
            return entry
        wrong = self._against.geography.what_is_wrong_with(entry.authority)
        if wrong is not None:
            self._wrong((*path, "authority"), f"entry {number + 1}: authority: {wrong}; mend the code")
        return entry.model_copy(update={"authority": self._against.geography.seated(entry.authority)})

    def directory(self, endpoints: Mapping[str, Endpoint], entries: Iterable[tuple[int, Entry]]) -> Directory:
        """Put it together; of what stands twice the first counts, and the second is a mistake."""
        found: dict[str, Entry] = {}
        for number, entry in entries:
            if entry.recipient.key in found:
                self._wrong(("entries", number), f"entry {number + 1}: {entry.recipient.key} stands twice; keep one")
            found.setdefault(entry.recipient.key, entry)
        return Directory(
            endpoints,
            {key: entry.endpoint for key, entry in found.items()},
            {key: Beside(entry.out_of_hours, entry.manager) for key, entry in found.items() if len(entry.named) > 1},
            self._against.geography.icbs_of,
            self._steps(),
        )

    def _steps(self) -> Steps:
        try:
            return Steps.model_validate(self._raw.get("escalation") or {})
        except ValidationError as error:
            self._explain(("escalation",), "escalation", error)
            return Steps()

    def _explain(self, path: tuple[str | int, ...], what: str, error: ValidationError) -> None:
        for item in error.errors(include_input=False):
            where = "".join(f"{part}: " for part in item["loc"])
            self._wrong((*path, *item["loc"]), f"{what}: {where}{explain_item(item)}")

    def _wrong(self, path: tuple[str | int, ...], said: str) -> None:
        line = self._line_of(path) if self._line_of else None
        self.mistakes.append(f"{self._name}: {f'line {line}: ' if line else ''}{said}")


def repeated(name: str, keys: Iterable[tuple[int, str]]) -> Iterator[str]:
    """Say of each key that stands twice, by line, what to do: YAML silently keeps the last of them."""
    return (f"{name}: line {line}: `{key}` stands twice in one mapping; keep one" for line, key in keys)
