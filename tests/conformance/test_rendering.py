"""Everything that the directory routes to an adapter can be said there; a withdrawal says references only."""

import pytest

from contracts.adapter import Adapter, Wire
from contracts.dispatch import Action, Content, Dispatch
from contracts.errors import Undeliverable
from hub.routing.reconcile import _LEFT_ALONE as NEVER_WITHDRAWN
from tests.conformance.filling import (
    TELLING,
    a_dispatch,
    bare_content,
    everything,
    full_content,
    tokens,
)
from tests.conformance.found import ADAPTERS, Duty, duties

each_duty = pytest.mark.parametrize("duty", duties(), ids=lambda duty: duty.name)
each_withdrawn = pytest.mark.parametrize(
    "duty", [duty for duty in duties() if duty.kind not in NEVER_WITHDRAWN], ids=lambda duty: duty.name
)
ADAPTER_OF = {adapter.name: adapter for adapter in ADAPTERS}
# What names a person or a place; codes of the recipient itself may stand in a withdrawal.
PERSONAL = tokens(everything(), TELLING)


def adapter_of(duty: Duty) -> Adapter:
    return ADAPTER_OF[duty.endpoint.adapter]


def said(wire: Wire) -> set[str]:
    """Return the fields of which a wire carries the token."""
    headers = " ".join(f"{name}: {value}" for name, value in wire.headers.items()).encode()
    return {field for token, field in tokens(everything()).items() if token.encode() in wire.body + headers}


def said_or_refused(duty: Duty, dispatch: Dispatch) -> str:
    """Return what is sent, or the reason why nothing can be; anything else fails the test that asks."""
    try:
        return adapter_of(duty).render(dispatch, duty.endpoint).body.replace(b",", b" ").decode()
    except Undeliverable as refusal:
        return refusal.reason


def test_the_directory_leads_to_every_adapter() -> None:
    assert {duty.endpoint.adapter for duty in duties()} == set(ADAPTER_OF)


@each_duty
@pytest.mark.parametrize("action", [Action.RAISE, Action.UPDATE])
def test_what_the_table_discloses_can_be_said(duty: Duty, action: Action) -> None:
    wire = adapter_of(duty).render(a_dispatch(duty, action), duty.endpoint)
    assert wire.body
    assert wire.content_type
    assert said(wire) & set(tokens(full_content(duty)).values())


@each_duty
def test_nothing_is_said_that_the_table_withholds(duty: Duty) -> None:
    allowed = set(tokens(full_content(duty)).values())
    wire = adapter_of(duty).render(a_dispatch(duty), duty.endpoint)
    own = {f"care.{duty.recipient.role.value}", "police.force"}
    assert said(wire) - allowed - own == set()


@each_duty
def test_rendering_is_repeatable(duty: Duty) -> None:
    adapter, dispatch = adapter_of(duty), a_dispatch(duty)
    assert adapter.render(dispatch, duty.endpoint) == adapter.render(dispatch, duty.endpoint)


@each_duty
@pytest.mark.parametrize("action", [Action.RAISE, Action.UPDATE])
def test_of_somebody_unknown_it_is_said_or_refused_with_what_is_lacking(duty: Duty, action: Action) -> None:
    for content in (bare_content(duty), Content()):
        assert len(said_or_refused(duty, a_dispatch(duty, action, content=content)).split()) > 4


@each_withdrawn
def test_a_withdrawal_names_its_references_and_nobody(duty: Duty) -> None:
    adapter, dispatch = adapter_of(duty), a_dispatch(duty, Action.WITHDRAW, revision=2)
    wire = adapter.render(dispatch, duty.endpoint)
    assert str(dispatch.id) in wire.body.decode() or str(dispatch.episode_id) in wire.body.decode()
    assert not [field for token, field in PERSONAL.items() if token.encode() in wire.body]


@each_withdrawn
def test_a_withdrawal_looks_at_no_content_even_if_there_were_some(duty: Duty) -> None:
    dispatch = a_dispatch(duty, Action.WITHDRAW, revision=2)
    slipped_in = dispatch.model_copy(update={"content": everything()})
    wire = adapter_of(duty).render(slipped_in, duty.endpoint)
    assert not [field for token, field in PERSONAL.items() if token.encode() in wire.body]
