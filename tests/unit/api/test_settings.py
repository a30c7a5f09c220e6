"""Settings come from the environment, show no secret, and are documented one by one."""

from pathlib import Path
from ssl import create_default_context

import pytest
from pydantic import ValidationError

from hub.channel.broker import Connection
from hub.channel.users import Administrator
from hub.secrets import Secrets
from hub.settings import Settings, environment_name, table

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(environment_name(name), raising=False)


def test_platform_names_are_read_without_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://hub:s3cret@db/hub")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    monkeypatch.setenv("HUB_API_PORT", "0")
    chosen = Settings()
    assert chosen.database_url.get_secret_value() == "postgresql+asyncpg://hub:s3cret@db/hub"
    assert (chosen.kafka_bootstrap_servers, chosen.api_port) == ("kafka:9092", 0)
    assert "s3cret" not in repr(chosen)


def test_empty_means_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "")
    assert Settings().kafka_bootstrap_servers is None


def test_a_wrong_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_API_PORT", "70000")
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    "given",
    [
        {"HUB_KAFKA_SECURITY_PROTOCOL": "sasl_ssl"},  # would else connect without TLS
        {"HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
        {"HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9093"},
        {"HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "HUB_KAFKA_USERNAME": "hub", "HUB_KAFKA_PASSWORD": "CANARY"},
        {"HUB_KAFKA_USERNAME": "hub", "HUB_KAFKA_PASSWORD": "CANARY"},
        {"HUB_KAFKA_ADMIN_USERNAME": "admin", "HUB_KAFKA_ADMIN_PASSWORD": "CANARY"},
        {"HUB_KAFKA_USERNAME": "hub"},
        {"HUB_KAFKA_PASSWORD": "CANARY"},
    ],
)
def test_half_a_sign_in_to_kafka_is_refused(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(ValidationError) as refused:
        Settings()
    told = refused.value.errors(include_input=False)
    assert "CANARY" not in str([one["msg"] for one in told])


def test_no_secret_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"HUB_KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_BOOTSTRAP_SERVERS": "kafka:9093"}
    given |= {"HUB_KAFKA_USERNAME": "hub", "HUB_KAFKA_PASSWORD": "CANARY"}
    given |= {"HUB_KAFKA_ADMIN_USERNAME": "admin", "HUB_KAFKA_ADMIN_PASSWORD": "CANARY"}
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    chosen = Settings()
    assert "CANARY" not in f"{chosen!r} {chosen} {chosen.model_dump()} {chosen.model_dump_json()}"
    assert "CANARY" not in repr(Connection("kafka:9093", ssl_context=create_default_context(), password="CANARY"))
    assert "CANARY" not in repr(Administrator("kafka:9093", "admin", "CANARY"))
    assert "CANARY" not in repr(Secrets({"HUB_SECRET_DWP_TOKEN": "CANARY"}, None))


def test_each_is_documented() -> None:
    undocumented = [name for name, field in Settings.model_fields.items() if not field.description]
    assert undocumented == []
    assert table() in (ROOT / "docs/settings.md").read_text()
