"""Secrets of the directory's endpoints: from files of one folder, or from the environment. Never logged."""

from collections.abc import Mapping
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
        files = sorted(path for path in folder.iterdir() if path.is_file()) if folder else []
        self._known = known | {path.name.lower(): path.read_text(encoding="utf-8").strip() for path in files}

    def of(self, endpoint: Endpoint) -> Mapping[str, str]:
        """Return the secrets of an endpoint by part; empty when it has no credential."""
        if endpoint.credential is None:
            return {}
        start = f"{endpoint.credential.lower()}_"
        return {name.removeprefix(start): text for name, text in self._known.items() if name.startswith(start)}
