import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.live.access.guarded import HUB, Guarded
from tests.live.access.hub_rights import make_hub_user
from tests.live.journeys.stage import SignIn, empty_database, staged
from tests.live.servers.secured_kafka import SecuredKafka


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guarded(secured_kafka: SecuredKafka, database_url: str) -> AsyncIterator[Guarded]:
    """The stage on a Kafka that asks who connects; the hub is an ordinary user there."""
    password = secrets.token_urlsafe(24)
    make_hub_user(secured_kafka, HUB, password)
    own = secured_kafka.environment(HUB, password)
    signing = SignIn(services=own, partner={**secured_kafka.sign_in, **secured_kafka.administration})
    with (
        tempfile.TemporaryDirectory(prefix="hub-guarded-") as folder,
        empty_database(database_url) as database,
    ):
        async with staged(Path(folder), secured_kafka.bootstrap, database, signing=signing) as stage:
            yield Guarded(stage, secured_kafka, signing, Path(folder), password)
