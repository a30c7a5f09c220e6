"""Starts `hub` with chosen functions wrapped: `python -m tests.chaos.launcher serve --only router`.

The environment says what for: CHAOS_FOLDER is the folder of armed points, CHAOS_WITHOUT the safeguard to leave out.
The hub's own code has no hooks and knows nothing of this.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tests.chaos import hindrances
from tests.chaos.armed import Armoury
from tests.chaos.points import POINTS, Point, Seam
from tests.chaos.safeguards import remove
from tests.chaos.wrapping import around, replace


def prepare(arguments: Sequence[str], armoury: Armoury, without: str | None) -> None:
    """Wrap the points of the part that is started (of all parts, when all are), then leave the safeguard out."""
    part = arguments[arguments.index("--only") + 1] if "--only" in arguments else None
    # An empty database gets its tables from the migrations, as a database of an older version would.
    replace("hub.ledger.upgrading:create_newest", lambda _: _run_migrations)
    for point in POINTS:
        if part is None or point.part in (part, "any"):
            for seam in point.seams:
                _wrap(seam, point, armoury)
    hindrances.install(armoury)
    if without is not None:
        remove(without, armoury)


def _run_migrations(connection: Any) -> None:
    from hub.ledger.upgrading import run_migrations

    run_migrations(connection)


def _wrap(seam: Seam, point: Point, armoury: Armoury) -> None:
    die = partial(armoury.die_at, point.name)

    def judged(result: Any, arguments: Sequence[Any]) -> None:
        if seam.when(result, arguments):
            die()

    if seam.side == "before":
        replace(seam.where, partial(around, before=die))
    else:
        replace(seam.where, partial(around, after=judged))


if __name__ == "__main__":
    prepare(sys.argv[1:], Armoury(Path(os.environ["CHAOS_FOLDER"])), os.environ.get("CHAOS_WITHOUT"))
    from hub.cli import app

    app()
