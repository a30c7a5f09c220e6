"""Settings come from the environment, show no secret, and are documented one by one."""

from pathlib import Path

import pytest
from pydantic import ValidationError

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


def test_each_is_documented() -> None:
    undocumented = [name for name, field in Settings.model_fields.items() if not field.description]
    assert undocumented == []
    assert table() in (ROOT / "docs/settings.md").read_text()
