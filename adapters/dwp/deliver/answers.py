"""What an HTTP answer means for a dispatch: try again, or a person must act. Shared by both of DWP's ways."""

from contracts.adapter import Endpoint, HttpResponse, Reach
from contracts.errors import RetryLater, Undeliverable

# Answers of a server that did not take the request at all; after any other 5xx it may have been taken.
_NOT_TAKEN = frozenset({408, 425, 429, 503})


def failure(what: str, answer: HttpResponse, reach: Reach, *, only_reads: bool = False) -> RetryLater | Undeliverable:
    """Return the error for an answer that is no success. `only_reads`: asking twice does no harm."""
    if answer.status in _NOT_TAKEN or answer.status >= 500:
        maybe_received = answer.status not in _NOT_TAKEN and not only_reads
        return RetryLater(
            f"{what} answered {answer.status}",
            maybe_received=maybe_received,
            not_before=answer.retry_after(reach.now()),
        )
    if answer.status in (401, 403):
        return Undeliverable(f"{what} refused the hub's credentials ({answer.status}): renew the endpoint's secret")
    return Undeliverable(
        f"{what} refused the request ({answer.status}): compare the endpoint's settings with the contract"
    )


def secret(reach: Reach, name: str) -> str:
    """Return a secret of the endpoint. Raises Undeliverable naming the secret, never its value."""
    value = reach.secrets.get(name)
    if not value:
        raise Undeliverable(f"the endpoint has no secret called {name}: add it to the deployment's secrets")
    return value


def option(endpoint: Endpoint, name: str) -> str:
    """Return a setting of the endpoint. Raises Undeliverable naming it."""
    value = endpoint.options.get(name)
    if not value:
        raise Undeliverable(f"the directory entry {endpoint.id} lacks the option {name}")
    return value
