"""Reads the procedures, the disclosure table and the directory from their files, and checks them as one."""

import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from hub.procedures.accounting import Accounts, read_accounts
from hub.procedures.writing import Lines, repeated_keys
from hub.reference.geography import load_geography
from hub.routing.book import Book, check_book
from hub.routing.directory import Directory
from hub.routing.directory_file import Against, read_directory, repeated
from hub.routing.disclosure import Disclosure, read_disclosure
from hub.routing.reconcile import StandDown
from hub.routing.rules import BookError, Procedure, read_procedure

HERE = Path(__file__).parent
_NOT_PROCEDURES = ("disclosure.yaml", "stand_down.yaml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z0-9_]+)(?::-(?P<default>[^}]*))?\}")


def load_book(directory_file: Path | None, procedures: Path = HERE, adapters: Collection[str] | None = None) -> Book:
    """Read everything that routing goes by; without a directory every recipient is unrouted.

    `adapters` are the names that the directory may use; None leaves them unchecked.
    Raises BookError, whose lines say file, place, mistake and remedy.
    """
    read = load_procedures(procedures)
    disclosure = load_disclosure(procedures)
    check_ids(read)
    check_book(read, disclosure)
    directory = load_directory(directory_file, adapters=adapters) if directory_file else Directory({}, {})
    return Book(read, disclosure, directory, load_geography(), _stand_down(procedures, disclosure))


def load_procedures(folder: Path = HERE) -> tuple[Procedure, ...]:
    """Read every procedure of a folder, each on its own. Raises BookError."""
    files = sorted(path for path in folder.glob("*.yaml") if path.name not in _NOT_PROCEDURES)
    if not files:
        raise BookError(f"{folder}: no procedure (*.yaml) lies here")
    return tuple(load_procedure(path) for path in files)


def load_procedure(path: Path) -> Procedure:
    """Read one procedure. Raises BookError, whose lines say where in the file each mistake stands."""
    return read_procedure(path.name, read_yaml(path), Lines(path.read_text(encoding="utf-8")))


def load_disclosure(folder: Path = HERE) -> Disclosure:
    """Read the disclosure table of a folder. Raises BookError."""
    return read_disclosure("disclosure.yaml", read_yaml(folder / "disclosure.yaml"))


def load_accounts(folder: Path = HERE) -> tuple[Accounts, ...]:
    """Read what every written procedure's sentences came to, one file a document. Raises BookError."""
    files = sorted((folder / "accounts").glob("*.yaml"))
    return tuple(read_accounts(path.name, read_yaml(path), Lines(path.read_text(encoding="utf-8"))) for path in files)


def load_directory(
    path: Path, environment: Mapping[str, str] = os.environ, adapters: Collection[str] | None = None
) -> Directory:
    """Read a directory; `${NAME}` and `${NAME:-default}` in it come from the environment. Raises BookError."""
    raw = read_yaml(path, environment)
    text = _filled(path.name, path.read_text(encoding="utf-8"), environment)
    twice = list(repeated(path.name, repeated_keys(text)))
    if twice:
        raise BookError("\n".join(twice))
    return read_directory(path.name, raw, Against(load_geography(), adapters), Lines(text))


def read_yaml(path: Path, environment: Mapping[str, str] | None = None) -> Any:
    """Read one YAML file, with variables when an environment is given. Raises BookError with the line of a mistake."""
    try:
        text = path.read_text(encoding="utf-8")
        if environment is not None:
            text = _filled(path.name, text, environment)
        return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader either way
    except FileNotFoundError as error:
        raise BookError(f"{path.name}: the file is missing") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BookError(f"{path.name}: line {line}: {error.problem}; mend the YAML there") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BookError(f"{path.name}: not readable as UTF-8 YAML; remove the signs that cannot be printed") from error


def _filled(name: str, text: str, environment: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        found = environment.get(match["name"], match["default"])
        if found is None:
            raise BookError(f"{name}: ${{{match['name']}}} is not set; set it, or give a default with :-")
        return found

    lines = (line if line.lstrip().startswith("#") else _VARIABLE.sub(value, line) for line in text.splitlines())
    return "\n".join(lines)


def check_ids(procedures: Iterable[Procedure]) -> None:
    """Refuse a rule id that stands in two procedures. Raises BookError naming both."""
    seen: dict[str, str] = {}
    for procedure in procedures:
        for rule in procedure.rules:
            if rule.id in seen:
                raise BookError(f"{procedure.procedure}: rule {rule.id} already stands in {seen[rule.id]}; rename one")
            seen[rule.id] = procedure.procedure


def _stand_down(procedures: Path, disclosure: Disclosure) -> StandDown:
    raw = read_yaml(procedures / "stand_down.yaml")
    try:
        return StandDown(**raw)
    except TypeError as error:
        raise BookError(f"stand_down.yaml: {error}; rule, clause, procedure, version, purpose, lawful_basis") from error
