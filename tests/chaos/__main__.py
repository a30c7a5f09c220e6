"""`python -m tests.chaos [--short | --proofs] [--seed N]`: exit code 0 only if everything held."""

import argparse
import asyncio
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.chaos.plans import FULL, SHORT, Plan
from tests.chaos.proofs import prove
from tests.chaos.run import run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; the logs are kept, and their folder named, when anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the form that runs before a change goes in")
    parser.add_argument("--proofs", action="store_true", help="leave out one safeguard at a time: each run must go red")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    chosen = parser.parse_args(arguments)
    # What was started is ended, and the disk unmounted, also when somebody else ends this program.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if chosen.proofs:
        return in_folder(_proofs)
    return in_folder(lambda folder: _chaos(SHORT if chosen.short else FULL, chosen.seed, folder))


def in_folder(work: Callable[[Path], bool]) -> int:
    """Work in a new folder; it goes when all went well."""
    folder = Path(tempfile.mkdtemp(prefix="hub-chaos-"))
    well = False
    try:
        well = work(folder)
    finally:
        if well:
            shutil.rmtree(folder)
        else:
            say(f"the logs are in {folder}")
    return 0 if well else 1


def say(text: str) -> None:
    """Say one line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _chaos(plan: Plan, seed: int, folder: Path) -> bool:
    say(f"chaos, seed {seed}: {plan.reports} reports; the same again with --seed {seed}")
    outcome = asyncio.run(run(plan, seed, folder, say))
    wrong = outcome.faults_found()
    for line in wrong:
        say(f"  {line}")
    say(outcome.line)
    return not wrong


def _proofs(folder: Path) -> bool:
    return asyncio.run(prove(folder, say, lambda _: None))


if __name__ == "__main__":
    sys.exit(main())
