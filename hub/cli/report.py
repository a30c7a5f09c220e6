"""`hub report`: a night-duty officer types in a report taken by phone while the police system is down.

It enters by the same way as the police system's own reports, under the officer's force's token, with the same checks.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.common import USAGE, fail, run, settings

PATH = "/intake/police/reports"
SOURCE_SYSTEM = "night-duty-form"


def report(
    file: Annotated[Path | None, typer.Option(help="A report in the police profile (JSON) to send as it is.")] = None,
    force_code: Annotated[str, typer.Option(help="The force's GSS code, such as E23000024.")] = "",
    force_name: Annotated[str, typer.Option(help="The force's name.")] = "",
    reference: Annotated[str, typer.Option(help="Your reference of the report.")] = "",
    version: Annotated[int, typer.Option(help="1 for a new report, higher for a correction.", min=1)] = 1,
    surname: Annotated[str, typer.Option(help="Leave empty when not known.")] = "",
    forenames: Annotated[str, typer.Option()] = "",
    birth: Annotated[str, typer.Option(help="Date of birth, such as 2012-03-14; empty when not known.")] = "",
    sex: Annotated[str, typer.Option(help="female, male, indeterminate or unknown.")] = "",
    description: Annotated[str, typer.Option(help="Clothing and marks, in a few words.")] = "",
    home_authority: Annotated[str, typer.Option(help="GSS code of the authority where the child lives.")] = "",
    missing_since: Annotated[str, typer.Option(help="With time zone, such as 2026-07-01T21:30:00+01:00.")] = "",
    last_seen: Annotated[str, typer.Option(help="Where the child was last seen.")] = "",
    category: Annotated[str, typer.Option(help="missing or absconder, as police recorded it.")] = "missing",
    risk: Annotated[str, typer.Option(help="As police graded it: no_apparent_risk, very_low, low, medium, high.")] = "",
    officer: Annotated[str, typer.Option(help="Who takes the report, and how to reach them.")] = "",
    token: Annotated[str, typer.Option(envvar="HUB_TOKEN", help="The force's token.")] = "",
    url: Annotated[str, typer.Option(help="The running hub; default: the one of the settings.")] = "",
    ask: Annotated[bool, typer.Option(help="Ask for what is not given.")] = True,
) -> None:
    """Send a report; prints the receipt, the episode's reference and every warning."""
    if not token:
        fail("A token is needed.", "Set HUB_TOKEN to the force's token.", code=USAGE)
    given = dict(locals())
    answers = {name: str(given[name]) for name in QUESTIONS}
    if file is None and ask:
        answers = {
            name: value or typer.prompt(QUESTIONS[name], default="", show_default=False)
            for name, value in answers.items()
        }
    body = file.read_bytes() if file else _written(answers, version)
    message_id = f"{SOURCE_SYSTEM}:{answers['reference']}:{version}" if not file and answers["reference"] else ""
    _send(f"{url or settings().url}{PATH}", token, body, message_id)


QUESTIONS = {
    "force_code": "Force code",
    "force_name": "Force",
    "reference": "Your reference",
    "surname": "Surname",
    "forenames": "Forenames",
    "birth": "Date of birth (YYYY-MM-DD)",
    "sex": "Sex",
    "description": "Clothing and marks",
    "home_authority": "Home authority (GSS code)",
    "missing_since": "Missing since (with time zone)",
    "last_seen": "Last seen where",
    "category": "Category",
    "risk": "Risk as graded by police",
    "officer": "Officer and how to reach them",
}


def profile(answers: dict[str, str], version: int, issued_at: str) -> dict[str, Any]:
    """Write answers as a report in the police profile (police-missing-report v1); what was not answered is left out."""
    person = {
        "surname": answers["surname"],
        "forenames": answers["forenames"],
        "dob": answers["birth"],
        "sex": answers["sex"],
        "clothing": [answers["description"]] if answers["description"] else [],
        "address": {"homeLA": answers["home_authority"]},
    }
    document = {
        "header": {
            "schemaVersion": 1,
            "variant": "compact",
            "sourceSystem": SOURCE_SYSTEM,
            "forceCode": answers["force_code"],
            "forceName": answers["force_name"],
            "reportReference": answers["reference"],
            "reportVersion": version,
            "reportStatus": "new" if version == 1 else "update",
            "issuedAt": issued_at,
            "recorded": True,
        },
        "risk": {"category": answers["category"], "riskLevel": answers["risk"]},
        "person": [person],
        "missing": {"missingSince": answers["missing_since"], "reportedAt": issued_at},
        "lastSeen": {"place": answers["last_seen"]},
        "officer": {"name": answers["officer"]},
    }
    filled: dict[str, Any] = _filled(document)
    return filled


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _filled(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in ("", None, {}, [])}
    return [_filled(part) for part in value] if isinstance(value, list) else value


def _written(answers: dict[str, str], version: int) -> bytes:
    import orjson

    from hub.app import now as clock

    return orjson.dumps(profile(answers, version, clock().isoformat()))


def _send(url: str, token: str, body: bytes, message_id: str) -> None:
    import orjson

    from hub.cli.calling import call

    headers = {"Message-Id": message_id} if message_id else {}
    answer = run(call("POST", url, token, body, "application/json", headers))
    typer.echo(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode())
