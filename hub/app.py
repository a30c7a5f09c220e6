"""The one composition root: it alone knows every room and every adapter, makes the clock and the ids, and runs them."""

import asyncio
import os
import random
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uvicorn
from aiokafka.errors import KafkaError
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

import adapters
from contracts.adapter import Adapter, Document, Endpoint, Partner, Polled, Reading, Warmed
from contracts.errors import Fate, InvalidMessage, Problem
from hub.answers import Answers
from hub.api.app import create_api, create_health
from hub.api.services import Limits, Probe, Reader, Services
from hub.channel.broker import Connection, make_broker
from hub.channel.clocks import Ticker
from hub.channel.comparing import compare
from hub.channel.consumer import BatchConsumer
from hub.channel.embedded import embedded_broker
from hub.channel.letters import topic_record
from hub.channel.losses import LossWatch
from hub.channel.partners_in import GROUP as PARTNERS_GROUP
from hub.channel.partners_in import PartnersIn
from hub.channel.relay import Relay
from hub.channel.router import GROUP as ROUTER_GROUP
from hub.channel.router import Router
from hub.channel.topics import EPISODE, Topic, all_topics, ensure_topics, from_topic
from hub.delivery.deliverer import Deliverer
from hub.delivery.following import follow
from hub.delivery.port import Delivery
from hub.garbage import look_seldom
from hub.http import HttpClient
from hub.ledger import partners, positions
from hub.ledger.bell import Bell, Work
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.ledger.purging import purge_for_ever
from hub.procedures import load_book
from hub.routing.book import Book
from hub.secrets import Secrets
from hub.settings import Settings

PARTS = ("api", "router", "relay", "deliver")
PARTNER_LOOK_SECONDS = 2.0
ALL_READ_SECONDS = 0.5


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


class _Server(uvicorn.Server):
    """A web server that leaves signals to whoever runs the hub."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Hub:
    """Everything, put together and not yet running."""

    settings: Settings
    ledger: Ledger
    book: Book
    connection: Connection
    http: HttpClient
    secrets: Secrets
    registry: Mapping[str, Adapter]
    wakers: dict[Work, list[Relay | Deliverer | LossWatch]] = field(default_factory=dict)
    consumers: list[BatchConsumer] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    @cached_property
    def readers(self) -> Mapping[str, Reader]:
        """Every adapter's way in."""
        return {name: Reader(adapter.routes, adapter.read) for name, adapter in self.registry.items()}

    @cached_property
    def services(self) -> Services:
        """What the API works with."""
        chosen = self.settings
        return Services(
            ledger=self.ledger,
            readers=self.readers,
            directory=self.book.directory,
            now=now,
            wake=partial(self.ring, Work.OUTBOX),
            limits=Limits(
                body_bytes=chosen.max_body_bytes,
                batch_events=chosen.max_batch_events,
                retry_seconds=chosen.retry_after_seconds,
                intake_seconds=chosen.intake_outbox_seconds,
                rate_per_second=chosen.rate_per_second,
                rate_burst=chosen.rate_burst,
                failures_per_minute=chosen.failures_per_minute,
                outbox_seconds=chosen.ready_outbox_seconds,
                idle_seconds=chosen.ready_idle_seconds,
                lag_records=chosen.ready_lag_records,
            ),
            probes={"consumers": self._consumers_well, "restored": self._read_through},
        )

    async def _consumers_well(self) -> Probe:
        """Say whether this process's consumers run; the lag of all processes is read from the ledger."""
        stopped = [f"{one.group}: {one.stopped_by or 'does not run'}" for one in self.consumers if not one.running]
        return Probe(not stopped, "; ".join(stopped) or f"{len(self.consumers)} run")

    @cached_property
    def delivery(self) -> Delivery:
        """What delivery works with."""
        return Delivery(
            ledger=self.ledger,
            adapters=self.registry,
            directory=self.book.directory,
            http=self.http,
            now=now,
            new_id=uuid4,
            jitter=random.random,
            secrets_of=self.secrets.of,
            topic_record=topic_record,
            wake=partial(self.ring, Work.OUTBOX),
        )

    @cached_property
    def answers(self) -> Answers:
        """What takes in the documents that partners give when asked."""
        return Answers(self.ledger, self.book.directory, self._read, now, wake=partial(self.ring, Work.OUTBOX))

    @cached_property
    def bell(self) -> Bell:
        """What wakes the hub's other processes."""
        return Bell(self.settings.database_url.get_secret_value(), self._wake)

    def ring(self, *there_is: Work) -> None:
        """Say in every process that there is work; call it after the transaction has committed."""
        for work in there_is:
            self._wake(work)
            self.bell.ring(work)

    def _wake(self, work: Work) -> None:
        for one in self.wakers.get(work, ()):
            one.wake()

    def topic_partners(self) -> list[str]:
        """Return the partners that have Kafka topics of their own: those that the directory reaches by topic."""
        return self.book.directory.topic_partners()

    def topics(self) -> list[Topic]:
        """Return every topic that the hub needs."""
        return all_topics(self.topic_partners(), self.settings.kafka_partitions)

    async def serve(self, chosen: Collection[str] = PARTS, stop: asyncio.Event | None = None) -> None:
        """Run all parts, or some, until `stop` is set."""
        stopped = stop or asyncio.Event()
        async with AsyncExitStack() as running:
            await running.enter_async_context(_background(self.bell.run()))
            if {"relay", "router"}.intersection(chosen):
                # Once for both, before either of them looks.
                await ensure_topics(self.connection, self.topics(), replication=self.settings.kafka_replication_factor)
            await self._compare_with_log()
            if "relay" in chosen:
                await running.enter_async_context(self._relaying())
            if "router" in chosen:
                await running.enter_async_context(self._routing())
            if "deliver" in chosen:
                await running.enter_async_context(self._delivering())
            application = create_api(self.services) if "api" in chosen else create_health(self.services)
            await running.enter_async_context(self._listening(application))
            look_seldom()
            self.ready.set()
            await stopped.wait()

    async def _compare_with_log(self) -> None:
        """Find out, before anything is sent or taken in, whether the ledger was restored from a backup."""
        if not self.connection.embedded:
            topics = {one.name: one for one in self.topics()}
            heard = {_group(name): [topics[from_topic(name)]] for name in self.topic_partners()}
            await compare(self.ledger, self.connection, {ROUTER_GROUP: [topics[EPISODE]], **heard}, now())

    async def _all_read(self) -> bool:
        async with self.ledger.read() as tx:
            return not await positions.reading_again(tx)

    async def _once_all_read(self, work: Callable[[], Awaitable[None]]) -> None:
        """Begin when a restored ledger knows again what was told and received after its backup; mostly at once."""
        while True:
            with suppress(DBAPIError, OSError):
                if await self._all_read():
                    await work()
                    return
            await asyncio.sleep(ALL_READ_SECONDS)

    async def _read_through(self) -> Probe:
        """Say whether a restored ledger knows again what came in after its backup."""
        read = await self._all_read()
        return Probe(read, "knows what the log holds" if read else "restored: reading the log again")

    @asynccontextmanager
    async def _listening(self, application: object) -> AsyncIterator[None]:
        chosen = self.settings
        config = uvicorn.Config(
            application,  # type: ignore[arg-type]
            host=chosen.api_host,
            port=chosen.api_port,
            log_config=None,
            access_log=False,
            lifespan="off",
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve())
        while not server.started and not task.done():  # noqa: ASYNC110 - the server offers no event for it
            await asyncio.sleep(0.01)
        try:
            yield
        finally:
            server.should_exit = True
            await task

    @asynccontextmanager
    async def _relaying(self) -> AsyncIterator[None]:
        chosen = self.settings
        relay = Relay(
            self.ledger,
            self.connection,
            self.topics(),
            holder="the-hub" if self.ledger.kind == "sqlite" else self._instance,
            clock=now,
            poll_seconds=chosen.relay_poll_seconds,
            replication=chosen.kafka_replication_factor,
            lost=partial(self.ring, Work.LOST_LOG),
        )
        self.wakers.setdefault(Work.OUTBOX, []).append(relay)
        relaying = asyncio.create_task(relay.run())
        async with _background(purge_for_ever(self.ledger, now)):
            try:
                yield
            finally:
                relay.stop()
                await asyncio.gather(relaying, return_exceptions=True)

    @asynccontextmanager
    async def _routing(self) -> AsyncIterator[None]:
        chosen = self.settings
        topics = self.topics()
        episode = next(topic for topic in topics if topic.name == EPISODE)
        broker = make_broker(self.connection)
        router = Router(
            broker,
            self.connection,
            episode,
            self.ledger,
            self.book,
            clock=now,
            wake=partial(self.ring, Work.DISPATCHES, Work.OUTBOX),
            instance=self._instance,
        )
        ticker = Ticker(
            self.ledger,
            self.book,
            clock=now,
            wake=partial(self.ring, Work.OUTBOX),
            poll_seconds=chosen.clock_poll_seconds,
        )
        watch = LossWatch(self.ledger, lambda: tuple(self.consumers))
        self.wakers.setdefault(Work.LOST_LOG, []).append(watch)
        self.consumers.append(router.consumer)
        await broker.start()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(broker.stop)
            stack.callback(router.consumer.stop_waiting)
            await stack.enter_async_context(_background(self._hear_partners(self._instance)))
            # It ends first: it may be telling the consumers to read again, and one that is closed never answers.
            await stack.enter_async_context(_background(watch.run()))
            await stack.enter_async_context(_background(self._once_all_read(ticker.run)))
            yield

    @property
    def _instance(self) -> str:
        """The name of this process among the hub's."""
        return f"{socket.gethostname()}-{self.settings.instance}"

    async def _hear_partners(self, instance: str) -> None:
        """Read each partner's own topic from the moment that it is known, which may be long after the start."""
        unheard = set(self.topic_partners())
        async with AsyncExitStack() as heard:
            while unheard:
                with suppress(DBAPIError, KafkaError, OSError):
                    for partner in await self._partners(sorted(unheard)):
                        await heard.enter_async_context(self._hearing(partner, f"{instance}-{partner.name}"))
                        unheard.remove(partner.name)
                await asyncio.sleep(PARTNER_LOOK_SECONDS)
            await asyncio.Event().wait()

    @asynccontextmanager
    async def _hearing(self, partner: Partner, instance: str) -> AsyncIterator[None]:
        broker = make_broker(self.connection)
        # A group for each: one partner's back-off, or its coming and going, holds up nobody else.
        incoming = PartnersIn(
            broker,
            self.connection,
            [partner],
            self.settings.kafka_partitions,
            self.ledger,
            self._read,
            self.book.directory,
            clock=now,
            wake=partial(self.ring, Work.OUTBOX),
            instance=instance,
            group=_group(partner.name),
        )
        self.consumers.append(incoming.consumer)
        await broker.start()
        try:
            yield
        finally:
            self.consumers.remove(incoming.consumer)
            incoming.consumer.stop_waiting()
            await broker.stop()

    @asynccontextmanager
    async def _delivering(self) -> AsyncIterator[None]:
        chosen = self.settings
        deliverer = Deliverer(
            self.delivery,
            self.answers.take,
            worker=self._instance,
            poll_seconds=chosen.delivery_poll_seconds,
        )
        self.wakers.setdefault(Work.DISPATCHES, []).append(deliverer)
        following = partial(
            follow,
            self.delivery,
            self.mailboxes(),
            self.answers.take,
            interval_of=self._interval,
            receipts_every=chosen.receipt_poll_seconds,
        )
        # Beside the rest of the start: the first alert waits for it only if it comes sooner.
        warming = [asyncio.to_thread(one.warm) for one in self.registry.values() if isinstance(one, Warmed)]
        working = (self._once_all_read(deliverer.run), self._once_all_read(following), *warming)
        tasks = [asyncio.create_task(work) for work in working]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def mailboxes(self) -> list[Endpoint]:
        """Return the endpoints that the hub must ask for what waits there."""
        return [one for one in self.book.directory.endpoints.values() if one.partner is None and self._polled(one)]

    def _polled(self, endpoint: Endpoint) -> bool:
        return isinstance(self.registry[endpoint.adapter], Polled)

    def _interval(self, endpoint: Endpoint) -> float:
        adapter = self.registry[endpoint.adapter]
        return adapter.poll_interval(endpoint) if isinstance(adapter, Polled) else self.settings.partner_poll_seconds

    def _read(self, adapter: str, document: Document) -> Reading:
        reader = self.readers.get(adapter)
        way = next((one for one in reader.routes if one.path == document.route), None) if reader else None
        if reader is None or way is None or document.partner.kind not in way.partner_kinds:
            problem = Problem("route", "is no way in for this partner", "see the routes in the partner's guide")
            raise InvalidMessage(Fate.UNUSABLE, "There is no such way in for this partner.", [problem])
        return reader.read(document)

    async def _partners(self, names: Sequence[str]) -> list[Partner]:
        async with self.ledger.read() as tx:
            found = [await partners.by_name(tx, name) for name in names]
        return [one for one in found if one is not None]


def adapter_names() -> frozenset[str]:
    """Return what the directory may name as an adapter."""
    return frozenset(adapter.name for adapter in adapters.ADAPTERS)


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Hub]:
    """Open everything that the hub stands on, give the hub, and close it all again.

    Raises LedgerBusy, BookError or ClusterUnready, each with a readable sentence.
    """
    book = load_book(settings.directory_file, settings.procedures_folder, adapter_names())
    url = settings.database_url.get_secret_value()
    _make_folder(url)
    await upgrade(url)
    async with AsyncExitStack() as stack:
        ledger = await open_ledger(url, settings.ledger_seconds)
        stack.push_async_callback(ledger.close)
        connection = await stack.enter_async_context(_connected(settings))
        http = await stack.enter_async_context(HttpClient())
        registry = {adapter.name: adapter for adapter in adapters.ADAPTERS}
        secrets = Secrets(os.environ, settings.secrets_folder)
        yield Hub(settings, ledger, book, connection, http, secrets, registry)


@asynccontextmanager
async def _connected(settings: Settings) -> AsyncIterator[Connection]:
    if settings.kafka_bootstrap_servers is None:
        async with embedded_broker(_cluster_id(uuid4())) as connection:
            yield connection
        return
    tls = settings.kafka_secured
    context = ssl.create_default_context(cafile=settings.kafka_authority) if tls else None
    password = settings.kafka_password.get_secret_value() if settings.kafka_password else None
    yield Connection(
        settings.kafka_bootstrap_servers,
        ssl_context=context,
        username=settings.kafka_username if tls else None,
        password=password,
    )


@asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something beside the block, and cancel it at its end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _group(partner: str) -> str:
    return f"{PARTNERS_GROUP}-{partner}"


def _cluster_id(id: UUID) -> str:
    return f"embedded-{id}"


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
