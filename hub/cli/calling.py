"""Calling the hub's own API from the command line."""

from typing import Any

import orjson

from hub.cli.common import USAGE, fail

REACHED = 300


async def call(
    method: str, url: str, token: str, body: bytes = b"", content_type: str = "", headers: dict[str, str] | None = None
) -> Any:
    """Return the answer's JSON; a problem document is shown with its remedies and ends the command."""
    from contracts.errors import RetryLater, Undeliverable
    from hub.http import HttpClient

    sent = {"Authorization": f"Bearer {token}", **(headers or {})} | (
        {"Content-Type": content_type} if content_type else {}
    )
    try:
        async with HttpClient() as http:
            answer = await http.request(method, url, headers=sent, body=body)
    except (RetryLater, Undeliverable) as error:
        fail(f"The hub cannot be reached: {error.reason}.", "Is it running? Give its address with --url.")
    try:
        content = orjson.loads(answer.body) if answer.body else None
    except orjson.JSONDecodeError:
        fail(f"The address answered {answer.status}, but not as a hub does.", "Give the hub's address with --url.")
    if answer.status >= REACHED:
        _explain(answer.status, content if isinstance(content, dict) else {})
    return content


def need_token(token: str) -> None:
    """End the command with a remedy when there is no token."""
    if not token:
        fail(
            "A token is needed.",
            "Set HUB_TOKEN to an operator's token (hub partner add NAME --kind operator).",
            code=USAGE,
        )


def _explain(status: int, problem: dict[str, Any]) -> None:
    wrong = [f"  {item['field']} {item['detail']}: {item.get('remedy', '')}" for item in problem.get("errors", [])]
    fail(f"{status}: {problem.get('title', 'the hub refused')}", "\n".join([problem.get("detail", ""), *wrong]).strip())
