"""The adapter fills the port that every adapter fills."""

import pytest

import adapters.police
from adapters.police import ADAPTER
from adapters.police.deliver import PoliceAdapter
from contracts.adapter import Adapter, Answer, Channel, Endpoint, PartnerKind
from hub.http import HttpClient
from tests.unit.adapters.police.support import a_dispatch, reach


def test_it_is_one_adapter_with_one_way_in() -> None:
    filled: Adapter = PoliceAdapter()
    assert isinstance(ADAPTER, PoliceAdapter)
    assert ADAPTER is adapters.police.ADAPTER
    assert filled.name == "police"
    assert [(route.path, route.partner_kinds) for route in filled.routes] == [("reports", (PartnerKind.POLICE,))]
    assert {"application/xml", "text/xml", "application/json"} == set(filled.routes[0].content_types)


def test_it_has_no_other_names() -> None:
    with pytest.raises(AttributeError):
        adapters.police.__getattr__("OTHER")


async def test_nothing_is_polled_and_no_later_stage_is_told() -> None:
    endpoint = Endpoint(id="x", adapter="police", channel=Channel.HTTPS, address="http://127.0.0.1:1")
    async with HttpClient() as http:
        lent = reach(http)
        assert await ADAPTER.poll(endpoint, lent) == ()
        assert await ADAPTER.receipts(a_dispatch(), "r", endpoint, lent) is None
        await ADAPTER.acknowledge(Answer("reports", b"", "", "id"), endpoint, lent)
