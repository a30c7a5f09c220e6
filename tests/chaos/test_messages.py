"""Messages at the receivers are read as their samples mean them."""

import json
from typing import Any

import pytest

from tests.chaos import messages
from tests.chaos.children import ADAPTERS
from tests.chaos.model import CIRCULATE, DWP, HOME_OFFICE, NURSE, SOUTH_YORKSHIRE, Hold

EPISODE, SPOKEN = "0e000000-0000-5000-8000-000000000001", "MC-7F3K-2Q9D"


def sample(path: str) -> Any:
    return json.loads((ADAPTERS / path).read_text())


@pytest.mark.parametrize(
    ("name", "hold", "action", "revision"),
    [
        ("decision-request", Hold("there", "caseTeam", CIRCULATE), "raise", 1),
        ("notice-to-receiving-authority", Hold("there", "dutyTeam", "notice"), "raise", 1),
        ("withdrawal", Hold("there", "dutyTeam", "notice"), "withdraw", 2),
    ],
)
def test_an_authoritys_message(name: str, hold: Hold, action: str, revision: int) -> None:
    read = messages.of_authority("there", sample(f"authorities/samples/out/{name}.wire.json"))
    assert (read.about, read.hold, read.action, read.revision) == (EPISODE, hold, action, revision)


@pytest.mark.parametrize(
    ("name", "hold", "action", "revision"),
    [
        ("alert-1-raise", Hold("box", "", "alert"), "raise", 1),
        ("alert-2-update", Hold("box", "", "alert"), "update", 2),
        ("alert-3-withdraw-found", Hold("box", "", "alert"), "withdraw", 3),
        ("notice-1-raise", Hold("box", "", "notice"), "raise", 1),
        ("notice-2-withdraw-found", Hold("box", "", "notice"), "withdraw", 2),
    ],
)
def test_a_message_in_a_mailbox(name: str, hold: Hold, action: str, revision: int) -> None:
    read = messages.of_mesh("box", "an id", (ADAPTERS / f"health/samples/{name}.bundle.json").read_bytes())
    assert (read.about, read.hold, read.action, read.revision) == (SPOKEN, hold, action, revision)


def test_a_question_to_the_nurse_is_a_thread_of_its_own() -> None:
    document = (ADAPTERS / "health/samples/decision-request-1-raise.bundle.json").read_bytes()
    assert messages.of_mesh(NURSE, "an id", document).hold.thread == "decision_request:rotherham.P10.onward-to-areas"


def test_polices_home_offices_and_dwps_messages() -> None:
    information = {**sample("police/samples/out/information.wire.json"), "thread": "information:an-event"}
    information["recipient"] = {"role": "police_force", "force": SOUTH_YORKSHIRE}
    assert messages.of_police(information).hold == Hold(SOUTH_YORKSHIRE, "police_force", "information")
    task = {**information, "thread": "found:task:a-rule"}
    assert messages.of_police(task).hold == Hold(SOUTH_YORKSHIRE, "police_force", "found:task:a-rule")
    missing = messages.of_home_office(sample("homeoffice/samples/out/missing.wire.json"))
    assert (missing.hold, missing.action) == (Hold(HOME_OFFICE, "home_office_notifications", "notice"), "raise")
    request = {"kind": "child-benefit-request", "body": sample("dwp/samples/out/child-benefit-request.wire.json")}
    assert messages.of_dwp("an id", request).hold == Hold(DWP, "", "benefit_request")
    trace = {"kind": "trace", "body": sample("dwp/samples/out/trace-request.wire.json")}
    assert messages.of_dwp("an id", trace).about == "Ashgrove"


def test_what_is_said_anew_every_time_does_not_make_two_messages_different() -> None:
    body = sample("authorities/samples/out/notice-to-receiving-authority.wire.json")
    again = {**body, "messageId": "another", "revision": 2, "action": "update", "issuedAt": "later"}
    first, same = messages.of_authority("there", body), messages.of_authority("there", again)
    other = messages.of_authority("there", {**again, "missing": {}})
    assert first.digest == same.digest != other.digest
