"""Checking by shape says the same as asking the FHIR models about the message itself, and asks them seldom."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.health import ADAPTER
from adapters.health.translate import checking
from adapters.health.translate.checking import shape, validate, validate_fully
from contracts.errors import Undeliverable
from tests.unit.adapters.health.support import bundle_of, dispatch_of, endpoint_for, message_of, names

Json = Any
BUNDLES = [bundle_of(name) for name in names(".bundle.json")]
MESSAGES = [message_of(name) for name in names(".message.json") if not name.startswith("report")]
SAMPLES = [*BUNDLES, *MESSAGES]
MANY = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FORMS = [
    *("", " ", "  ", "a", "A-b", "a b", "a  b", " a", "a ", "a\n", "a\nb", "a\tb", "a\u00a0b", "a\u2003b", "\u0085"),
    *("é", "O'Brien", "é é", "é b", "Anne Marie", "x" * 64, "X" * 64, "X" * 65, "A_b", "a.b", "A.b", "mesh:Y", "a/b"),
    *("Patient", "0", "1", "-1", "1.5", "1e9", "true", "false", "True", "null", "9990000018", "2026", "2026-02"),
    *("2026-02-28", "2026-02-30", "1899-12-31", "2101-01-01", "0000-01-01", "2026-13-01", "2026-02-28T10:00:00+00:00"),
    *("2026-02-28T24:00:00+00:00", "2026-02-28T10:00:00Z", "2026-02-28T10:00:00", "2026-02-30T10:00:00+00:00"),
    *("10:00:00", "00000000-0000-5000-8000-000000000000", "00000000-0000-0000-0000-000000000000", "{00000000}"),
    *("urn:oid:1.2.3", "urn:uuid:6f1f6c1e-3f0a-5d0b-9a52-6d9f7c1e8b11", "urn:uuid:x", "http://a.example/b", "AAAA"),
    *("AAAA BBBB", "#a", "data:,a"),
]
TEXTS = st.sampled_from(FORMS) | st.text(max_size=20) | st.uuids().map(str)
ANYTHING = (
    TEXTS
    | st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([[], {}, [None], ["a"], [{}], {"a": "b"}, {"text": "a b"}, {"reference": "urn:uuid:x"}, 1.5])
)


def verdict(judge: Callable[[Json], None], bundle: Json) -> str:
    try:
        judge(bundle)
    except Undeliverable as wrong:
        return wrong.reason
    except (LookupError, TypeError, AttributeError) as fault:
        return type(fault).__name__
    return "valid"


def same(bundle: Json) -> bool:
    return verdict(validate, bundle) == verdict(validate_fully, bundle)


def places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a message, leaves and branches."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield (*path, name)
        yield from places(item, (*path, name))


def changed(bundle: Json, path: tuple[Any, ...], value: Json) -> Json:
    copy = deepcopy(bundle)
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return copy


PLACES = [(number, path) for number, bundle in enumerate(SAMPLES) for path in places(bundle)]


@pytest.mark.parametrize("bundle", SAMPLES)
def test_every_sample_has_the_same_verdict(bundle: Json) -> None:
    assert same(bundle)


@MANY
@given(st.sampled_from(PLACES), ANYTHING)
def test_whatever_stands_at_a_place_the_verdict_is_the_same(place: tuple[int, tuple[Any, ...]], value: Json) -> None:
    number, path = place
    assert same(changed(SAMPLES[number], path, value))


def test_every_form_of_text_at_every_kind_of_place_has_the_same_verdict() -> None:
    """Each type of the models is met once, with every form: what stands for a form must be as good as any other."""
    met: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}
    for number, path in PLACES:
        holder: Json = SAMPLES[number]
        for step in path:
            holder = holder[step]
        if isinstance(holder, str):
            met.setdefault(tuple(step for step in path[-3:] if isinstance(step, str)), (number, path))
    for number, path in met.values():
        for text in FORMS:
            assert same(changed(SAMPLES[number], path, text)), (path, text)


@MANY
@given(st.sampled_from(PLACES), st.sampled_from(["x", "_status", "valueString", "deceasedBoolean"]), ANYTHING)
@example((0, ("entry", 0)), "resource", None)
def test_a_field_too_many_or_too_few_has_the_same_verdict(
    place: tuple[int, tuple[Any, ...]], name: str, value: Json
) -> None:
    number, path = place
    more = deepcopy(SAMPLES[number])
    holder = more
    for step in path[:-1]:
        holder = holder[step]
    fewer = deepcopy(more)
    if isinstance(holder, dict):
        holder[name] = value
        inner = fewer
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
    assert same(more)
    assert same(fewer)


@pytest.mark.parametrize("name", names(".dispatch.json"))
def test_another_child_is_another_message_of_the_same_shape(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(surname: str) -> bytes:
        dispatch = dispatch_of(name)
        person = dispatch.content.person.model_copy(update={"surname": surname, "forenames": f"{surname}a"})
        content = dispatch.content.model_copy(update={"person": person} if dispatch.content.person.surname else {})
        mine = dispatch.model_copy(update={"id": uuid4(), "subject_id": uuid4(), "content": content})
        return ADAPTER.render(mine, endpoint_for(mine)).body

    other("Example")
    asked = checking._fits.cache_info().misses
    monkeypatch.setattr(checking, "validate_fully", lambda _: pytest.fail("the models were asked about the message"))
    assert len({other(surname) for surname in ("Okafor", "Smith-Jones", "O'Brien", "Müller", "Ó")}) == 5
    assert checking._fits.cache_info().misses <= asked + 3


def test_a_shape_holds_nothing_about_anybody() -> None:
    written = str(shape(bundle_of("alert-1-raise")))
    person = dispatch_of("alert-1-raise").content
    said = [person.person.surname, person.identifiers.nhs_number, str(person.person.date_of_birth)]
    assert not [one for one in said if one and one in written]
