"""Every setting of the hub, read from the environment (prefix `HUB_`) or a `.env` file; docs/settings.md is generated.

The broker and the database keep the names that every platform gives them: KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL.
"""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1024 * 1024


class Settings(BaseSettings):
    """The hub's settings; the text under each field is its documentation."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        use_attribute_docstrings=True,
    )

    environment: str = "demo"
    """Name of this installation, shown in logs and pages: `demo`, `test`, `live`."""

    instance: str = "1"
    """This process's own name beside the host's: unique on a host, and the same again after a restart."""

    database_url: SecretStr = Field(
        SecretStr("sqlite+aiosqlite:///var/hub.db"), validation_alias=AliasChoices("DATABASE_URL", "HUB_DATABASE_URL")
    )
    """The ledger: `postgresql+asyncpg://user:password@host/name`, or `sqlite+aiosqlite:///path` for one process."""

    kafka_bootstrap_servers: str | None = Field(
        None, validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "HUB_KAFKA_BOOTSTRAP_SERVERS")
    )
    """Brokers, `host:port,host:port`. Empty: the embedded in-memory broker, for trying out only."""

    kafka_security_protocol: Literal["PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """`PLAINTEXT` or `SASL_SSL`; a password is never sent without TLS."""

    kafka_username: str | None = None
    """User of SASL_SSL (SCRAM-SHA-512)."""

    kafka_password: SecretStr | None = None
    """Password of SASL_SSL."""

    kafka_authority: Path | None = None
    """PEM file of the certificate authority that signed the brokers' certificates; empty: the system's."""

    kafka_admin_username: str | None = None
    """User that `hub partner` makes and removes partners' Kafka users as; only where that command runs."""

    kafka_admin_password: SecretStr | None = None
    """Password of that user."""

    kafka_replication_factor: int = Field(1, ge=1)
    """Replicas of every topic that the hub creates; 3 in production."""

    kafka_partitions: int = Field(6, ge=1)
    """Partitions of every topic that the hub creates."""

    api_host: str = "127.0.0.1"
    """Address the API listens on; `0.0.0.0` inside a container."""

    api_port: int = Field(8000, ge=0, le=65535)
    """Port the API listens on; 0 asks the system for a free one."""

    public_url: str = ""
    """How partners and people reach the API from outside, without a trailing slash; empty: host and port above."""

    directory_file: Path = Path("hub/demo/directory.yaml")
    """The directory: which endpoint each role is reached at. Deployment data, never part of the code."""

    procedures_folder: Path = Path("hub/procedures")
    """Folder of the written procedures as rules."""

    secrets_folder: Path | None = None
    """Folder with one file per secret, `<credential>_<part>`; beside it `HUB_SECRET_<CREDENTIAL>_<PART>` is read."""

    max_body_bytes: int = Field(10 * MEGABYTE, ge=1024)
    """Largest message taken in; a longer one is answered 413 without being read to its end."""

    max_batch_events: int = Field(500, ge=1)
    """Most events in one batch on `POST /events`."""

    rate_per_second: float = Field(200.0, gt=0)
    """Requests a second that each partner may send to one API process on the average; what it states counts apart."""

    rate_burst: int = Field(400, ge=1)
    """Requests that a partner may send at once after a pause; then it is answered 429 with `Retry-After`."""

    failures_per_minute: int = Field(60, ge=1)
    """Requests a minute without a valid token that one address is answered 401 for; then it is answered 429."""

    token_days: int = Field(365, ge=1)
    """Days until a new partner token expires."""

    token_overlap_hours: int = Field(72, ge=0)
    """Hours during which the earlier token still works after `hub partner rotate`."""

    delivery_poll_seconds: float = Field(1.0, gt=0)
    """How often deliverers look for due dispatches when nobody wakes them."""

    relay_poll_seconds: float = Field(0.5, gt=0)
    """How often the relay looks for unpublished records when nobody wakes it."""

    clock_poll_seconds: float = Field(5.0, gt=0)
    """How often due clocks are looked for."""

    partner_poll_seconds: float = Field(300.0, gt=0)
    """How often partners that must be asked (MESH mailboxes) are asked; under 300 only on loopback."""

    receipt_poll_seconds: float = Field(30.0, gt=0)
    """How often the progress of transported dispatches is asked for where the channel can tell."""

    ledger_seconds: float = Field(10.0, gt=0)
    """A statement that the database has not answered by then is given up (PostgreSQL); intake then answers 503."""

    retry_after_seconds: int = Field(5, ge=1)
    """`Retry-After` of a 503: when a sender should try again."""

    intake_outbox_seconds: float = Field(30.0, gt=0)
    """Intake keeps a message and yet answers 503 while the oldest record not passed on is older: nobody is told."""

    ready_outbox_seconds: float = Field(60.0, gt=0)
    """`/health/ready` answers 503 when the oldest unpublished record is older."""

    ready_idle_seconds: float = Field(120.0, gt=0)
    """`/health/ready` answers 503 when records wait and none was handled for so long."""

    ready_lag_records: int = Field(10_000, ge=0)
    """`/health/ready` answers 503 when more records wait in the log."""

    log_level: str = "INFO"
    """`DEBUG`, `INFO`, `WARNING` or `ERROR`."""

    @model_validator(mode="after")
    def _kafka_signs_in_whole(self) -> Self:
        """Refuse half a sign-in: what would connect without TLS, as nobody, or to the broker for trying out."""
        own, admin = (self.kafka_username, self.kafka_password), (self.kafka_admin_username, self.kafka_admin_password)
        if any(any(pair) and not all(pair) for pair in (own, admin)):
            raise ValueError("a Kafka user needs its password, and a password its user")
        if not self.kafka_secured and (any(own) or any(admin)):
            raise ValueError("a Kafka user is given without TLS; set HUB_KAFKA_SECURITY_PROTOCOL to SASL_SSL")
        if self.kafka_secured and not (self.kafka_bootstrap_servers and (any(own) or any(admin))):
            raise ValueError("SASL_SSL needs KAFKA_BOOTSTRAP_SERVERS, HUB_KAFKA_USERNAME and HUB_KAFKA_PASSWORD")
        return self

    @property
    def kafka_secured(self) -> bool:
        """Whether the brokers ask who connects, over TLS."""
        return self.kafka_security_protocol == "SASL_SSL"

    @property
    def url(self) -> str:
        """The API's address as partners reach it, without a trailing slash."""
        return (self.public_url or f"http://{self.api_host}:{self.api_port}").rstrip("/")


def environment_name(field: str) -> str:
    """Return the environment variable that sets a field."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"HUB_{field.upper()}"


def table() -> str:
    """Return the settings as a Markdown table: variable, default, meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        meaning = " ".join((field.description or "").split())
        rows.append(f"| `{environment_name(name)}` | {_shown(field.default)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _shown(default: Any) -> str:
    plain = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "" if plain is None or plain == "" else f"`{plain}`"
