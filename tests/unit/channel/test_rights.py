"""A partner's Kafka user may use what is its own, and its own never reaches into another partner's."""

import re

from hypothesis import given
from hypothesis import strategies as st

from hub.channel.rights import Operation, Resource, Right, partner_rights

NAMES = st.from_regex(re.compile(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", re.ASCII), fullmatch=True)


def allows(rights: tuple[Right, ...], resource: Resource, name: str, operation: Operation) -> bool:
    """Decide as the brokers do."""
    return any(
        right.resource is resource
        and right.operation is operation
        and (name.startswith(right.name) if right.prefixed else name == right.name)
        for right in rights
    )


def test_norfolk_may_do_this_and_nothing_else() -> None:
    assert sorted(partner_rights("norfolk-council")) == sorted(
        [
            Right(Resource.TOPIC, "missing.from.norfolk-council.v1", Operation.WRITE),
            Right(Resource.TOPIC, "missing.from.norfolk-council.v1", Operation.DESCRIBE),
            Right(Resource.TOPIC, "missing.to.norfolk-council.v1", Operation.READ),
            Right(Resource.TOPIC, "missing.to.norfolk-council.v1", Operation.DESCRIBE),
            Right(Resource.GROUP, "norfolk-council.", Operation.READ, prefixed=True),
        ]
    )


@given(one=NAMES, other=NAMES, tail=st.text(alphabet="abcz09.-", max_size=8))
def test_no_partner_reaches_anothers(one: str, other: str, tail: str) -> None:
    if one == other:
        return
    for right in partner_rights(other):
        name = right.name + tail if right.prefixed else right.name
        assert not allows(partner_rights(one), right.resource, name, right.operation)
        assert allows(partner_rights(other), right.resource, name, right.operation)


@given(one=NAMES)
def test_the_hubs_own_groups_are_nobodys(one: str) -> None:
    for group in ("hub-router", "hub-partners", f"hub-partners-{one}"):
        for partner in (one, group):
            assert not allows(partner_rights(partner), Resource.GROUP, group, Operation.READ)
