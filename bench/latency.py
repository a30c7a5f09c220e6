"""Latency at a steady rate: from the 202 to the moment when the alert can be read in the 0-19 service's MESH mailbox.

Open loop: every report has its time, kept whether or not the ones before it were answered, so a slow moment is not
hidden by sending less. The moment of reading is when the sandbox has answered for the message, seen by a pass-through
in front of it; at the end an independent client counts what stands in the mailbox. Alerts to the practice are laid
ready, and the authority is told by a webhook, which in the second phase stops answering.
"""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from secrets import token_urlsafe
from subprocess import Popen
from uuid import UUID

import psutil

from bench.children import POLICE, Child, children
from bench.figures import Figure, at_most
from bench.hub import ROOT, environment, running
from bench.ledger import Ledger, await_count
from bench.loading import await_groups
from bench.processor import Meter
from bench.sending import Sender, Taken, sending
from bench.servers import Servers
from bench.tap import Tap, tapped
from bench.throughput import GROUPS, TOPICS, hold_ahead
from tests.live.servers.mesh import MeshSandbox, local_mesh_sandbox
from tests.live.servers.process import running as ending
from tests.live.servers.process import spawn, wait_for

# As on two cores in real use: the API, the router and the deliverer do not wait for each other.
PARTS = ("api", "router+relay", "deliver")
CONNECTIONS = 64
MAILBOX = "YROTH019"
LANE = "service_0_19@"
GOAL_MILLISECONDS = 150
GOAL_RATIO = 1.2
PATIENCE = 60.0


@dataclass(frozen=True)
class Pace:
    """Reports a second, and the seconds of warming up, of all being well, and of one recipient's server stopped."""

    rate: int = 50
    warm: int = 5
    steady: int = 120
    down: int = 30


@dataclass(frozen=True)
class Sent:
    """One report: when it was due, and the hub's answer."""

    due: float
    taken: Taken


@dataclass(frozen=True)
class Phase:
    """Seconds of one phase's reports, sorted: from the 202 and from when each was due, until readable."""

    since_taken: Sequence[float]
    since_due: Sequence[float]

    def milliseconds(self, share: float) -> float:
        """Return a percentile from the 202, in milliseconds."""
        return 1000 * _percentile(self.since_taken, share)


@dataclass(frozen=True)
class Scene:
    """Everything that runs: the hub's sender, the ledger, the pass-through, the authority's server."""

    sender: Sender
    ledger: Ledger
    tap: Tap
    webhook: Popen[bytes]
    meter: Meter
    mesh: MeshSandbox


async def measure(servers: Servers, folder: Path, pace: Pace) -> list[Figure]:
    """Measure with every recipient up, then with the authority's server stopped."""
    counts = [pace.rate * seconds for seconds in (pace.warm, pace.steady, pace.down)]
    wanted = children(sum(counts))
    warm, up, without = (tuple(islice(wanted, count)) for count in counts)
    async with _scene(servers, folder, [*warm, *up, *without]) as scene:
        await _send_all(scene.sender, warm, pace.rate)
        begun, before = time.perf_counter(), scene.meter.read()
        sent_up = await _send_all(scene.sender, up, pace.rate)
        used = {name: each - before[name] for name, each in scene.meter.read().items()}
        seconds = time.perf_counter() - begun
        with _stopped(scene.webhook):
            sent_without = await _send_all(scene.sender, without, pace.rate)
        readable = await _readable(scene, sum(counts))
        stood = await asyncio.to_thread(_messages, scene.mesh)
    return [
        *_figures(pace, _phase(sent_up, readable), _phase(sent_without, readable)),
        Figure("processor share of a core meanwhile", _shares(used, seconds)),
        Figure("messages in the mailbox, counted by mesh-client", f"{stood} of {sum(counts)}"),
    ]


@asynccontextmanager
async def _scene(servers: Servers, folder: Path, wanted: Sequence[Child]) -> AsyncIterator[Scene]:
    with ExitStack() as stack:
        mesh = stack.enter_context(local_mesh_sandbox(folder))
        database = stack.enter_context(servers.database())
        webhook, address = stack.enter_context(_webhook(folder))
        async with tapped(mesh.url) as (url, tap):
            settings = environment(
                database,
                servers.kafka,
                HUB_DIRECTORY_FILE=str(ROOT / "bench" / "directory-mesh.yaml"),
                BENCH_MESH_URL=url,
                BENCH_WEBHOOK_URL=address,
                HUB_SECRET_MESH_PASSWORD=mesh.mailboxes["HUB001"],
                HUB_SECRET_MESH_SHARED_KEY=mesh.shared_key,
                HUB_SECRET_WEBHOOK_SIGNING_KEY=token_urlsafe(),
            )
            hub = await asyncio.to_thread(stack.enter_context, running(folder, settings, PARTS))
            await asyncio.to_thread(await_groups, servers.kafka, GROUPS, TOPICS)
            ledger = await Ledger.open(database)
            await hold_ahead(servers, ledger, wanted)
            meter = Meter(hub.pids | servers.processes | {"MESH sandbox": _sandbox_pid()})
            async with sending(hub.urls["hub api"], hub.tokens[POLICE], CONNECTIONS) as sender:
                yield Scene(sender, ledger, tap, webhook, meter, mesh)
            await ledger.close()


async def _send_all(sender: Sender, wanted: Sequence[Child], rate: int) -> list[Sent]:
    begun = time.perf_counter()

    async def one(number: int, child: Child) -> Sent:
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        return Sent(due, await sender.send(child))

    async with asyncio.TaskGroup() as work:
        tasks = [work.create_task(one(number, child)) for number, child in enumerate(wanted)]
    return [task.result() for task in tasks]


async def _readable(scene: Scene, count: int) -> Mapping[UUID, float]:
    """Return when each episode's alert stood in the mailbox, once all do."""

    async def stood() -> int:
        return len(scene.tap.taken)

    await await_count(stood, count, "alerts in the mailbox", PATIENCE)
    raises = await scene.ledger.raises(LANE)
    return {episode: scene.tap.taken[id] for id, episode in raises.items()}


def _phase(sent: Sequence[Sent], readable: Mapping[UUID, float]) -> Phase:
    stood = [(readable[one.taken.episode], one) for one in sent]
    return Phase(sorted(at - one.taken.at for at, one in stood), sorted(at - one.due for at, one in stood))


def _figures(pace: Pace, up: Phase, without: Phase) -> list[Figure]:
    what = f"{pace.rate} reports/s for {pace.steady} s, 202 to readable in the mailbox"
    ratio = without.milliseconds(0.95) / up.milliseconds(0.95)
    stopped = f"p95 of the mailbox while the authority's server is stopped for {pace.down} s"
    return [
        Figure(f"{what}: p50, p95", f"{up.milliseconds(0.5):.0f} ms, {up.milliseconds(0.95):.0f} ms"),
        at_most(f"{what}: p99", up.milliseconds(0.99), GOAL_MILLISECONDS, "ms"),
        Figure("the same from when each was due: p99", f"{1000 * _percentile(up.since_due, 0.99):.0f} ms"),
        Figure(stopped, f"{without.milliseconds(0.95):.0f} ms"),
        at_most("that against before", ratio, GOAL_RATIO, "x", digits=2),
    ]


def _shares(used: Mapping[str, float], seconds: float) -> str:
    return ", ".join(f"{name} {100 * each / seconds:.0f} %" for name, each in used.items())


def _percentile(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]


@contextmanager
def _webhook(folder: Path) -> Iterator[tuple[Popen[bytes], str]]:
    log = folder / "webhook.log"
    process = spawn([sys.executable, "-m", "bench.webhook"], log, env={"PYTHONPATH": str(ROOT)})
    with ending(process, signal.SIGKILL):
        wait_for(lambda: log.read_text().endswith("\n"), what="the webhook names its address", log=log)
        yield process, log.read_text().strip()


@contextmanager
def _stopped(process: Popen[bytes]) -> Iterator[None]:
    """Stop a process for as long as the block runs: it takes connections and answers none."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def _sandbox_pid() -> int:
    mine = psutil.Process().children()
    return next(one.pid for one in mine if any("mesh_sandbox_launcher" in part for part in one.cmdline()))


def _messages(mesh: MeshSandbox) -> int:
    with mesh.client(MAILBOX) as mailbox:
        return sum(1 for _ in mailbox.iterate_message_ids())
