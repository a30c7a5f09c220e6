"""Partners and their tokens. A token is shown once; only its SHA-256 is kept, which is enough for 256 random bits."""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam, select, update

from contracts.adapter import Partner, PartnerKind
from contracts.codes import Role
from hub.ledger import tables
from hub.ledger.engine import Tx
from hub.ledger.sql import upsert

_token = tables.partner_token
# Every request asks this: put together once, for that costs as much as the asking.
_BY_TOKEN = (
    select(tables.partner, _token.c.hash)
    .join(_token, _token.c.partner == tables.partner.c.name)
    .where(
        _token.c.hash == bindparam("token_hash"),
        _token.c.expires_at > bindparam("now"),
        _token.c.revoked_at.is_(None) | (_token.c.revoked_at > bindparam("now")),
    )
)


def new_token() -> str:
    """Return a fresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the form in which a token is kept and looked up."""
    return sha256(token.encode()).hexdigest()


async def add(tx: Tx, partner: Partner, token_hash: str, now: datetime, expires_at: datetime) -> None:
    """Add a partner, or overwrite what is known of it, and give it one more token."""
    roles = [role.value for role in partner.roles]
    row = {"name": partner.name, "kind": partner.kind.value, "code": partner.code, "roles": roles, "added_at": now}
    await upsert(tx, tables.partner, [row], ["kind", "code", "roles"])
    token = {"hash": token_hash, "partner": partner.name, "made_at": now, "expires_at": expires_at}
    await tx.execute(tables.partner_token.insert(), [token])


async def rotate(
    tx: Tx, name: str, token_hash: str, now: datetime, expires_at: datetime, old_until: datetime | None = None
) -> bool:
    """Give a partner a new token and let its old ones end at `old_until` (at once if None). False: no such partner."""
    if await by_name(tx, name) is None:
        return False
    await _end_tokens(tx, name, old_until or now)
    token = {"hash": token_hash, "partner": name, "made_at": now, "expires_at": expires_at}
    await tx.execute(tables.partner_token.insert(), [token])
    return True


async def revoke(tx: Tx, name: str, now: datetime) -> int:
    """End all of a partner's tokens at once; returns how many were ended."""
    return await _end_tokens(tx, name, now)


async def by_token_hash(tx: Tx, token_hash: str, now: datetime) -> Partner | None:
    """Return whose token this is; None when it is unknown, expired or revoked."""
    row = (await tx.execute(_BY_TOKEN, {"token_hash": token_hash, "now": now})).one_or_none()
    # The index compares hashes, whose beginnings nobody can choose or learn from; the last word is in constant time.
    if row is None or not hmac.compare_digest(row.hash, token_hash):
        return None
    return _partner(row.name, row.kind, row.code, row.roles)


async def by_name(tx: Tx, name: str) -> Partner | None:
    """Return a partner by its name."""
    row = (await tx.execute(select(tables.partner).where(tables.partner.c.name == name))).one_or_none()
    return None if row is None else _partner(row.name, row.kind, row.code, row.roles)


async def list_all(tx: Tx) -> list[Partner]:
    """Return every partner by name."""
    rows = await tx.execute(select(tables.partner).order_by(tables.partner.c.name))
    return [_partner(row.name, row.kind, row.code, row.roles) for row in rows]


async def _end_tokens(tx: Tx, name: str, at: datetime) -> int:
    table = tables.partner_token
    running = (table.c.partner == name, table.c.revoked_at.is_(None) | (table.c.revoked_at > at))
    return (await tx.execute(update(table).where(*running).values(revoked_at=at))).rowcount


def _partner(name: str, kind: str, code: str | None, roles: list[str]) -> Partner:
    return Partner(name=name, kind=PartnerKind(kind), code=code, roles=tuple(Role(role) for role in roles))
