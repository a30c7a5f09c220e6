"""Anti-corruption layers, one folder an agency. `ADAPTERS` is the registry: a new agency adds its folder here."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.adapter import Adapter

    ADAPTERS: tuple[Adapter, ...]

FOLDERS = ("police", "health", "homeoffice", "dwp", "authorities")


def __getattr__(name: str) -> object:
    """Make `ADAPTERS` when it is first asked for: a simulator of one folder starts without the others."""
    if name != "ADAPTERS":
        raise AttributeError(name)
    globals()["ADAPTERS"] = adapters = tuple(import_module(f"adapters.{folder}").ADAPTER for folder in FOLDERS)
    return adapters
