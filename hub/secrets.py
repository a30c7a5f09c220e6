"""Secrets of the directory's endpoints: from files of one folder, or from the environment. Never logged."""

import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.adapter import Endpoint

PREFIX = "HUB_SECRET_"


class Secrets:
    """Resolves an endpoint's `credential` to its parts.

    In the environment the part `token` of the credential `dwp` is `HUB_SECRET_DWP_TOKEN`; in the folder it is the file
    `dwp_token`, which wins.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path | None) -> None:
        known = {
            name.removeprefix(PREFIX).lower(): text for name, text in environment.items() if name.startswith(PREFIX)
        }
        self._known = known | {path.name.lower(): path.read_text(encoding="utf-8").strip() for path in files_of(folder)}

    def of(self, endpoint: Endpoint) -> Mapping[str, str]:
        """Return the secrets of an endpoint by part; empty when it has no credential."""
        if endpoint.credential is None:
            return {}
        start = f"{endpoint.credential.lower()}_"
        return {name.removeprefix(start): text for name, text in self._known.items() if name.startswith(start)}


@dataclass(frozen=True)
class Exposed:
    """Files with secrets that others than their owner may read, or may even change."""

    readable: tuple[Path, ...]
    writable: tuple[Path, ...]


def files_of(folder: Path | None) -> list[Path]:
    """Return the files of the secrets' folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder else []


def exposed(files: Iterable[Path]) -> Exposed:
    """Look at who else may read or change files with secrets."""
    modes = {path: path.stat().st_mode for path in files}
    readable = tuple(path for path, mode in modes.items() if mode & (stat.S_IRGRP | stat.S_IROTH))
    return Exposed(readable, tuple(path for path, mode in modes.items() if mode & (stat.S_IWGRP | stat.S_IWOTH)))
