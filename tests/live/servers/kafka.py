"""A throwaway Apache Kafka (KRaft) of one or three nodes on free loopback ports."""

import base64
import contextlib
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.live.servers.kafka_jars import jars
from tests.live.servers.process import accepts, end, free_ports, spawn, tail, wait_for


@dataclass
class KafkaNode:
    """One broker and controller: its number, ports, folder and process."""

    id: int
    port: int
    controller_port: int
    folder: Path
    directory_id: str
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where clients reach it, host:port."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.folder / "node.log"

    @property
    def properties(self) -> Path:
        """Its settings."""
        return self.folder / "node.properties"


@dataclass
class LocalKafka:
    """A cluster whose nodes can be killed and started again one by one; the data stays until its folder goes."""

    nodes: list[KafkaNode]
    libs: Path
    cluster_id: str = field(default_factory=lambda: kafka_uuid())
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def bootstrap(self) -> str:
        """The bootstrap servers, comma-separated."""
        return ",".join(node.address for node in self.nodes)

    def start(self, *numbers: int) -> None:
        """Start the nodes named (all when none is) and wait until the cluster lists every running one."""
        for node in self._named(numbers):
            node.process = spawn(self._java("kafka.Kafka", node.properties), node.log)
        self.wait_until_whole()

    def kill(self, *numbers: int) -> None:
        """End nodes as a power cut would."""
        for node in self._named(numbers):
            if node.process is not None:
                end(node.process, signal.SIGKILL)
                node.process = None

    def stop(self, *numbers: int) -> None:
        """End nodes as an operator would."""
        for node in self._named(numbers):
            if node.process is not None:
                end(node.process, patience=10)
                node.process = None

    def lose_data(self) -> None:
        """Kill every node, delete all that it has stored, and start the same cluster empty."""
        self.kill()
        for node in self.nodes:
            shutil.rmtree(node.folder)
        self.format(self.settings)
        self.start()

    def wait_until_whole(self) -> None:
        """Wait until every running node lists every running node: an open port is not a ready cluster."""
        running = [node for node in self.nodes if node.process is not None]
        numbers = {node.id for node in running}
        for node in running:
            wait_for(partial(_lists, node, numbers), what=f"Kafka lists nodes {numbers}", log=node.log)

    def format(self, settings: Mapping[str, str], more: Sequence[str] = ()) -> None:
        """Write each node's settings and prepare its empty storage; `more` are arguments for Kafka's own tool."""
        voters = ",".join(f"{n.id}@127.0.0.1:{n.controller_port}:{n.directory_id}" for n in self.nodes)
        tools = []
        for node in self.nodes:
            node.folder.mkdir(parents=True)
            lines = {**_settings(node, self.nodes), **settings}
            node.properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
            what = ["format", "-t", self.cluster_id, "-c", str(node.properties), "--initial-controllers", voters, *more]
            # The tool lives for a second: the quick compiler alone halves it.
            tools.append(spawn(self._java("-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", *what), node.log))
        for node, tool in zip(self.nodes, tools, strict=True):
            assert tool.wait(60) == 0, f"Kafka could not format its storage: {tail(node.log)}"

    def _java(self, *arguments: str | Path) -> list[str | Path]:
        return ["java", "-Xmx256m", "-XX:+UseSerialGC", "-cp", f"{self.libs}/*", *arguments]

    def _named(self, numbers: tuple[int, ...]) -> list[KafkaNode]:
        return [node for node in self.nodes if not numbers or node.id in numbers]


@contextlib.contextmanager
def local_kafka(folder: Path, nodes: int = 1, settings: Mapping[str, str] | None = None) -> Iterator[LocalKafka]:
    """Run a cluster in a new folder, whole and ready; `settings` are server.properties on top of the usual ones."""
    libs = jars()
    ports = free_ports(2 * nodes)
    members = [
        KafkaNode(i + 1, ports[2 * i], ports[2 * i + 1], folder / f"node{i + 1}", kafka_uuid()) for i in range(nodes)
    ]
    cluster = LocalKafka(members, libs, settings=settings or {})
    cluster.format(cluster.settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.kill()  # nobody reads its data again, and an orderly end of a majority waits in vain for the others


def cluster_nodes(bootstrap: str) -> dict[int, str]:
    """Ask a cluster for its nodes, number to host:port; empty while it does not answer."""
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0, "socket.timeout.ms": 2000})
    try:
        answer = client.describe_cluster(request_timeout=2.0).result()
    except KafkaException:
        return {}
    return {node.id: f"{node.host}:{node.port}" for node in answer.nodes}


def _lists(node: KafkaNode, numbers: set[int]) -> bool:
    if node.process is not None and node.process.poll() is not None:
        raise RuntimeError(f"Kafka node {node.id} ended by itself\n{tail(node.log)}")
    return accepts(node.port) and cluster_nodes(node.address).keys() >= numbers


def _settings(node: KafkaNode, nodes: list[KafkaNode]) -> dict[str, str]:
    copies, enough = str(len(nodes)), str(min(2, len(nodes)))
    listeners = f"PLAINTEXT://{node.address},CONTROLLER://127.0.0.1:{node.controller_port}"
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.id),
        "controller.quorum.bootstrap.servers": ",".join(f"127.0.0.1:{n.controller_port}" for n in nodes),
        "listeners": listeners,
        "advertised.listeners": listeners,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "log.dirs": str(node.folder / "data"),
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": enough,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "3",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "transaction.state.log.num.partitions": "3",
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": enough,
        "group.initial.rebalance.delay.ms": "0",
        "log.cleaner.dedupe.buffer.size": "4194304",
    }


def kafka_uuid() -> str:
    """Make an id in Kafka's own spelling, which may not begin with a dash."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()).startswith("-"):
        pass
    return text
