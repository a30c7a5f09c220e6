"""`hub health`: for a container's healthcheck; only the standard library, so that it costs next to nothing."""

import http.client
from typing import Annotated
from urllib.parse import urlsplit

import typer

from hub.cli.common import fail

TIMEOUT_SECONDS = 5


def health(
    url: Annotated[str, typer.Option(envvar="HUB_HEALTH_URL", help="The address to ask.")] = "",
    live: Annotated[bool, typer.Option(help="Ask only whether the process lives.")] = False,
) -> None:
    """Exit 0 when the hub on this machine is ready."""
    address = urlsplit(url or _own())
    path = "/health/live" if live else "/health/ready"
    connection = http.client.HTTPConnection(
        address.hostname or "127.0.0.1", address.port or 80, timeout=TIMEOUT_SECONDS
    )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read(2000).decode(errors="replace")
    except OSError as error:
        fail(f"The hub does not answer: {type(error).__name__}.", "Is it running, and is HUB_API_PORT right?")
    finally:
        connection.close()
    typer.echo(text)
    raise typer.Exit(0 if answer.status == http.client.OK else 1)


def _own() -> str:
    from hub.cli.common import settings

    chosen = settings()
    host = "127.0.0.1" if chosen.api_host in ("0.0.0.0", "::") else chosen.api_host  # noqa: S104 - compared, not bound
    return f"http://{host}:{chosen.api_port}"
