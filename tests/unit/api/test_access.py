"""Who may do what: no way in without a token but health, and nobody sees what is somebody else's."""

from datetime import timedelta

import pytest

from hub.ledger import audit, partners, tables
from tests.unit.api.conftest import ASKED, EPISODE, NOTICE, START, UNSENT, Desk, tell

ALL = [
    ("POST", "/intake/police/reports"),
    ("POST", "/events"),
    ("GET", "/episodes"),
    ("GET", f"/episodes/{EPISODE}"),
    ("GET", f"/episodes/{EPISODE}/as-known"),
    ("GET", "/inbox"),
    ("POST", "/receipts"),
    ("GET", "/tasks"),
    ("POST", f"/tasks/{EPISODE}/settle"),
    ("GET", "/identity"),
    ("GET", f"/identity/{EPISODE}"),
    ("POST", f"/identity/{EPISODE}/decision"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
]


def test_no_route_is_forgotten_here(desk: Desk) -> None:
    described = desk.app.openapi()["paths"]
    paths = {path.replace("{adapter}", "police").replace("{route}", "reports") for path in described}
    for name in ("{episode}", "{task}", "{pair}"):
        paths = {path.replace(name, str(EPISODE)) for path in paths}
    assert {path for path in paths if not path.startswith("/health/")} == {path for _, path in ALL}


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize("given", [None, "Bearer wrong", "Bearer ", "Basic YTpi", f"Bearer {'x' * 5000}"])
async def test_every_route_needs_a_token(desk: Desk, method: str, path: str, given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    answer = await desk.client.request(method, path, headers=headers, content=b"never read")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_health_needs_none(desk: Desk, path: str) -> None:
    assert (await desk.client.get(path)).status_code == 200


async def test_token_expires(desk: Desk) -> None:
    assert (await desk.get("/inbox", "lambeth-council")).status_code == 200
    desk.clock.now = START + timedelta(days=30)
    assert (await desk.get("/inbox", "lambeth-council")).status_code == 401


async def test_rotation_overlaps_and_revocation_does_not(desk: Desk) -> None:
    async def works(token: str) -> bool:
        answer = await desk.client.get("/inbox", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    old, new, later = desk.tokens["lambeth-council"], partners.new_token(), START + timedelta(days=300)
    async with desk.ledger.begin() as tx:
        overlap = START + timedelta(hours=1)
        assert await partners.rotate(tx, "lambeth-council", partners.hash_token(new), START, later, overlap)
    assert (await works(old), await works(new)) == (True, True)
    desk.clock.now = overlap
    assert (await works(old), await works(new)) == (False, True)
    async with desk.ledger.begin() as tx:
        await partners.revoke(tx, "lambeth-council", overlap)
    assert not await works(new)


async def test_token_is_kept_as_its_hash_only(desk: Desk) -> None:
    async with desk.ledger.read() as tx:
        kept = [str(row) for table in tables.metadata.sorted_tables for row in await tx.execute(table.select())]
    assert kept
    assert not [row for row in kept for token in desk.tokens.values() if token in row]


@pytest.mark.parametrize("path", ["/episodes", "/tasks", "/metrics", "/identity", f"/identity/{EPISODE}"])
@pytest.mark.parametrize("partner", ["norfolk-police", "lambeth-council"])
async def test_operators_only(desk: Desk, path: str, partner: str) -> None:
    assert (await desk.get(path, partner)).status_code == 403


@pytest.mark.parametrize(
    ("partner", "status", "dispatches"),
    [
        ("operator", 200, {str(ASKED.id), str(NOTICE.id), str(UNSENT.id)}),
        ("rotherham-council", 200, {str(ASKED.id)}),
        ("lambeth-council", 200, {str(NOTICE.id)}),
        ("norfolk-police", 404, set()),
    ],
)
async def test_an_episode_shows_each_partner_its_own_part(
    desk: Desk, partner: str, status: int, dispatches: set[str]
) -> None:
    await tell(desk)
    answer = await desk.get(f"/episodes/{EPISODE}", partner)
    assert answer.status_code == status
    assert {one["id"] for one in answer.json().get("dispatches", [])} == dispatches
    assert ("CANARY-SURNAME" in answer.text) == (partner in ("rotherham-council", "lambeth-council"))


async def test_anothers_episode_is_not_told_apart_from_none_and_is_audited(desk: Desk) -> None:
    await tell(desk)
    theirs = await desk.get(f"/episodes/{EPISODE}", "norfolk-police")
    nobodys = await desk.get("/episodes/00000000-0000-5000-8000-000000000000", "norfolk-police")
    assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json())
    async with desk.ledger.read() as tx:
        rows = (await tx.execute(tables.audit.select())).all()
        assert await audit.verify(tx)
    common = {"partner": "norfolk-police", "route": "GET /episodes/{episode}", "left_out": "0"}
    assert [row.ids for row in rows if row.kind == "access_refused"] == [
        common | {"reason": "not_theirs", "episode": str(EPISODE)},
        common | {"reason": "not_found"},
    ]


async def test_an_episode_is_found_by_its_reference_too(desk: Desk) -> None:
    await tell(desk)
    listed = (await desk.get("/episodes")).json()["episodes"]
    by_reference = await desk.get(f"/episodes/{listed[0]['reference']}")
    assert by_reference.json()["id"] == str(EPISODE)


async def test_operator_sees_why_and_until_when_but_no_content(desk: Desk) -> None:
    await tell(desk)
    shown = {one["id"]: one for one in (await desk.get(f"/episodes/{EPISODE}")).json()["dispatches"]}
    notice = shown[str(NOTICE.id)]
    assert (notice["role"], notice["authority"], notice["state"]) == ("duty_team", "E09000022", "sent")
    assert notice["grounds"][0]["clause"] == "rotherham P9"
    assert notice["attempts"][0]["outcome"] == "sent"
    assert "content" not in notice
