"""`hub identity`: pairs of subjects that may be one child, and what a person decides about them."""

from typing import Annotated, Any

import typer

from hub.cli.common import console, run, settings

app = typer.Typer(help="Who may be the same child: look, and decide.", no_args_is_help=True)
PairId = Annotated[str, typer.Argument(help="The pair's id, as the task and `hub identity pending` show it.")]
By = Annotated[str, typer.Option(help="Who decided: a name that can be asked later.")]
Revises = Annotated[int, typer.Option(help="The version of an earlier decision that this one puts right.")]
Url = Annotated[str, typer.Option(help="The running hub; default: the one of the settings.")]
Token = Annotated[str, typer.Option(envvar="HUB_TOKEN", help="An operator's token.")]


@app.command("pending")
def pending(url: Url = "", token: Token = "") -> None:
    """List the pairs that wait for a person."""
    from hub.cli.showing import show_rows

    rows = [
        {"pair": pair["id"], "since": pair["proposed_at"], "score": sum(one["points"] for one in pair["reasons"])}
        for pair in _call("GET", "", url, token)["pairs"]
    ]
    show_rows("waiting for a person", rows, console())


@app.command("show")
def show(pair: PairId, url: Url = "", token: Token = "") -> None:
    """Show both records and every reason. That you looked is recorded."""
    from hub.cli.showing import show_rows

    found = _call("GET", f"/{pair}", url, token)
    standing = f"by {found['decided_by']} at {found['decided_at']}" if found.get("decided_by") else ""
    console().print(f"{found['state']} (version {found['version']}) {standing}")
    show_rows("reasons", found["reasons"], console())
    show_rows("the two", [_flat(one) for one in found["subjects"]], console())


@app.command("accept")
def accept(pair: PairId, by: By, revises: Revises = 0, url: Url = "", token: Token = "") -> None:
    """They are one child: what is told of them is told as one, until somebody unlinks them."""
    _decide("accept", pair, by, revises, url, token)


@app.command("reject")
def reject(pair: PairId, by: By, url: Url = "", token: Token = "") -> None:
    """They are two children: nobody is asked about them again."""
    _decide("reject", pair, by, 0, url, token)


@app.command("unlink")
def unlink(pair: PairId, by: By, url: Url = "", token: Token = "") -> None:
    """The link was wrong: they part, and what was told because of it alone is recalled."""
    _decide("unlink", pair, by, 0, url, token)


def _decide(decision: str, pair: str, by: str, revises: int, url: str, token: str) -> None:
    import orjson

    said = {"decision": decision, "by": by} | ({"revises": revises} if revises else {})
    answer = _call("POST", f"/{pair}/decision", url, token, orjson.dumps(said))
    typer.echo(f"{answer['state']}: decided by {answer['decided_by']} at {answer['decided_at']}")


def _call(method: str, path: str, url: str, token: str, body: bytes = b"") -> Any:
    from urllib.parse import quote

    from hub.cli.calling import call, need_token

    need_token(token)
    address = f"{url or settings().url}/identity{quote(path)}"
    return run(call(method, address, token, body, "application/json" if body else ""))


def _flat(subject: dict[str, Any]) -> dict[str, Any]:
    """Return a subject's fields in one row, one column each."""
    inner = (subject.get(group) or {} for group in ("person", "residence", "identifiers"))
    return {key: value for key, value in subject.items() if not isinstance(value, dict)} | {
        key: value for one in inner for key, value in one.items()
    }
