"""What a Kafka cluster says of itself: its version, its id, its nodes."""

import re
import socket
import struct

from confluent_kafka.admin import AdminClient

_API_VERSIONS, _REQUEST_VERSION = 18, 3
# Kafka publishes no version string; the highest metadata.version a broker supports tells the release it came with.
_RELEASES = {21: "3.9", 25: "4.0", 27: "4.1", 29: "4.2", 30: "4.3"}


def describe_kafka(bootstrap: str) -> str:
    """Name the cluster as its servers do, in one line."""
    client = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    answer = client.describe_cluster().result()
    nodes = ", ".join(f"{node.id} at {node.host}:{node.port}" for node in answer.nodes)
    level = metadata_level(bootstrap.split(",", maxsplit=1)[0])
    if level is None:
        return f"Kafka protocol server without metadata.version, cluster {answer.cluster_id}, nodes {nodes}"
    return f"Apache Kafka {release(level)} (metadata.version {level}), cluster {answer.cluster_id}, nodes {nodes}"


def release(level: int) -> str:
    """Name the release whose brokers support this metadata.version at most."""
    at_or_above = [known for known in _RELEASES if known >= level]
    if not at_or_above:
        return f"newer than {_RELEASES[max(_RELEASES)]}"
    nearest = min(at_or_above)
    return _RELEASES[nearest] if nearest == level else f"before {_RELEASES[nearest]}"


def metadata_level(address: str) -> int | None:
    """Ask one broker, host:port, which metadata.version it supports at most; None when it names none."""
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(_request())
        size = struct.unpack(">i", _exactly(connection, 4))[0]
        body = _exactly(connection, size)
    # The first mention is among the supported features: a compact string, then the lowest and the highest level.
    found = re.search(rb"\x11metadata\.version(..)(..)", body, re.DOTALL)
    return struct.unpack(">h", found[2])[0] if found else None


def _request() -> bytes:
    def compact(text: bytes) -> bytes:
        return bytes([len(text) + 1]) + text

    header = struct.pack(">hhih", _API_VERSIONS, _REQUEST_VERSION, 1, -1) + b"\0"
    body = header + compact(b"hub-tests") + compact(b"1") + b"\0"
    return struct.pack(">i", len(body)) + body


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError(f"the broker closed the connection after {len(data)} of {size} bytes")
        data += part
    return data
