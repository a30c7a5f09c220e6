"""Unsafe and unreadable documents are refused, quickly, and nothing in them is ever followed or expanded."""

import resource
import socket
from threading import Thread

import pytest

from adapters.police import ADAPTER
from adapters.police.model.tree import MAX_BYTES, NAMESPACE
from contracts.errors import Fate, InvalidMessage
from tests.unit.adapters.police.support import COMPLETE, as_xml, document

LAUGHS = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10 if n else 'ha'}'>" for n in range(12))
BODY = f'<missingReport xmlns="{NAMESPACE}"><header/></missingReport>'
REFUSED: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "application/xml", "readable"),
    ("not XML", b"Dear officer, a child is missing.", "application/xml", "readable"),
    ("cut short", b"<missingReport><header>", "application/xml", "readable"),
    ("two roots", b"<missingReport/><missingReport/>", "application/xml", "readable"),
    ("not JSON", b'{"header": }', "application/json", "readable"),
    ("DOCTYPE", f"<!DOCTYPE missingReport>{BODY}".encode(), "application/xml", "DOCTYPE"),
    ("late DOCTYPE", f"<!-- a --><?b c?>\n<!DOCTYPE missingReport>{BODY}".encode(), "application/xml", "DOCTYPE"),
    ("entity bomb", f"<!DOCTYPE x [{LAUGHS}]><missingReport>&a11;</missingReport>".encode(), "text/xml", "DOCTYPE"),
    (
        "external entity",
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><missingReport>&f;</missingReport>',
        "application/xml",
        "DOCTYPE",
    ),
    ("undeclared entity", b"<missingReport>&nbsp;</missingReport>", "application/xml", "readable"),
    ("200,000 nested elements", b"<a>" * 200_000 + b"</a>" * 200_000, "application/xml", "readable"),
    ("200,000 open elements", b"<a>" * 200_000, "application/xml", "readable"),
    ("deep, in small", b"<a>" * 40 + b"</a>" * 40, "application/xml", "deep"),
    ("deep JSON", b'{"a":' * 40 + b"1" + b"}" * 40, "application/json", "deep"),
    ("200,000 nested arrays", b"[" * 200_000 + b"]" * 200_000, "application/json", "readable"),
    ("wide", b"<missingReport>" + b"<a/>" * 100_000 + b"</missingReport>", "application/xml", "large"),
    ("50 MB of XML", b"<a>" + b"x" * 50_000_000 + b"</a>", "application/xml", "large"),
    ("50 MB of JSON", b'{"a":"' + b"x" * 50_000_000 + b'"}', "application/json", "large"),
    ("one byte too many", BODY.encode() + b" " * MAX_BYTES, "application/xml", "large"),
    ("UTF-16", f"<?xml version='1.0' encoding='UTF-16'?>{BODY}".encode("utf-16"), "application/xml", "UTF-8"),
    ("UTF-16 unmarked", BODY.encode("utf-16-le"), "application/xml", "readable"),
    ("UTF-7", f"<?xml version='1.0' encoding='UTF-7'?>{BODY}".encode(), "application/xml", "UTF-8"),
    ("declared Latin-1", f'<?xml version="1.0" encoding="ISO-8859-1"?>{BODY}'.encode(), "application/xml", "UTF-8"),
    ("Latin-1 by header", BODY.encode(), "application/xml; charset=iso-8859-1", "UTF-8"),
    ("Latin-1 in fact", "<missingReport>\xe9</missingReport>".encode("latin-1"), "application/xml", "UTF-8"),
    ("null characters", b"<missingReport>\x00</missingReport>", "application/xml", "readable"),
    ("lone surrogate", b'{"header": {"reportReference": "\\ud800"}}', "application/json", "readable"),
    ("not a number", b'{"header": NaN}', "application/json", "readable"),
]


@pytest.mark.parametrize(("name", "body", "content_type", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(name: str, body: bytes, content_type: str, says: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    with pytest.raises(InvalidMessage) as caught:
        ADAPTER.read(document(body, content_type))
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert caught.value.fate is Fate.REFUSED
    assert says in caught.value.title
    assert caught.value.problems
    # Memory stays in proportion to the limit of size, in kilobytes here: a bomb would take gigabytes.
    assert after.ru_maxrss - before.ru_maxrss < 500_000


def test_nothing_outside_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x.dtd"
        for prolog in (f'<!DOCTYPE m SYSTEM "{address}">', f'<?xml-stylesheet href="{address}"?>'):
            reading = Thread(target=_swallow, args=(f"{prolog}{BODY}".encode(),))
            reading.start()
            reading.join()
        with pytest.raises(BlockingIOError):
            listening.accept()


def _swallow(body: bytes) -> None:
    try:
        ADAPTER.read(document(body))
    except InvalidMessage:
        return


@pytest.mark.parametrize("body", [b"[]", b"42", b'"text"', b"null", b"{}", b"<html><p>Bad gateway</p></html>"])
def test_readable_but_not_a_report_is_kept_for_a_person_to_see(body: bytes) -> None:
    with pytest.raises(InvalidMessage) as caught:
        ADAPTER.read(document(body))
    assert caught.value.fate is Fate.UNUSABLE
    assert "header.reportReference" in {problem.field for problem in caught.value.problems}


def _tolerated() -> list[tuple[str, bytes, str]]:
    plain = as_xml(COMPLETE).body
    return [
        ("byte order mark", b"\xef\xbb\xbf" + plain, "application/xml"),
        ("charset named", b"<?xml version='1.0' encoding='utf-8'?>" + plain, "application/xml; charset=UTF-8"),
        ("comments", plain.replace(b"<header>", b"<!-- <!DOCTYPE x> --><header><!-- a -->"), "application/xml"),
        ("character data", plain.replace(b"slim", b"<![CDATA[slim]]>"), "application/xml"),
        ("comment inside a value", plain.replace(b"slim", b"sl<!-- a -->im"), "application/xml"),
        ("prefixed", plain.replace(b"<", b"<p:").replace(b"<p:/", b"</p:").replace(b"xmlns=", b"xmlns:p="), "text/xml"),
    ]


@pytest.mark.parametrize(("name", "body", "content_type"), _tolerated(), ids=[row[0] for row in _tolerated()])
def test_harmless_differences_change_nothing(name: str, body: bytes, content_type: str) -> None:
    assert ADAPTER.read(document(body, content_type)) == ADAPTER.read(as_xml(COMPLETE))


@pytest.mark.parametrize(
    ("old", "new", "content_type", "field"),
    [
        (NAMESPACE, "urn:another", "application/xml", "body"),
        (f' xmlns="{NAMESPACE}"', "", "application/xml", "body"),
        ("<header>", '<header id="1">', "application/xml", "body"),
        ("<header>", '<x:y xmlns:x="urn:x">1</x:y><header>', "application/xml", "(unnamed)"),
        ("", "", "application/json", "Content-Type"),
    ],
)
def test_odd_outsides_are_accepted_and_warned_of(old: str, new: str, content_type: str, field: str) -> None:
    body = as_xml(COMPLETE).body.decode().replace(old, new) if old else as_xml(COMPLETE).body.decode()
    reading = ADAPTER.read(document(body.encode(), content_type))
    assert [problem.field for problem in reading.warnings] == [field]
    assert reading.events == ADAPTER.read(as_xml(COMPLETE)).events
