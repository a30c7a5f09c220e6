"""docker-compose.yml and the Dockerfile keep what they promise: no open database, no secret inside, nobody is root."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"api": "api", "router": "router", "relay": "relay", "deliverer": "deliver"}
SECRETS = ("POSTGRES_PASSWORD", "MESH_PASSWORD", "MESH_SHARED_KEY")


def config(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("docker-compose")
    if program is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("CI=true and docker-compose is missing: install Debian's package of that name")
        pytest.skip("no docker-compose: install Debian's package of that name")
    (folder / "no.env").touch()  # the developer's own .env does not count
    command = [program, "-f", str(ROOT / "docker-compose.yml"), "--env-file", str(folder / "no.env"), "config"]
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_docker_compose_reads_the_file_and_every_secret_reaches_its_services(tmp_path: Path) -> None:
    done = config(tmp_path, **{name: f"value-of-{name}" for name in SECRETS})
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert services.keys() == SERVICES.keys()
    for name in OURS:
        assert "value-of-POSTGRES_PASSWORD" in services[name]["environment"]["DATABASE_URL"]
    assert services["deliverer"]["environment"]["HUB_SECRET_MESH_SHARED_KEY"] == "value-of-MESH_SHARED_KEY"
    assert services["mesh-sandbox"]["environment"]["MAILBOX_PASSWORD"] == "value-of-MESH_PASSWORD"


@pytest.mark.parametrize("missing", SECRETS)
def test_a_secret_that_is_not_set_is_an_error_that_names_it(tmp_path: Path, missing: str) -> None:
    done = config(tmp_path, **{name: "x" for name in SECRETS if name != missing})
    assert done.returncode != 0
    assert f"set {missing}" in done.stderr


def test_nothing_but_the_api_is_published_and_that_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if service.get("ports")}
    assert published.keys() == {"api"}
    assert all(port.startswith("127.0.0.1:") for port in published["api"])
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["kafka"]["networks"] == ["data"]


@pytest.mark.parametrize(("service", "room"), OURS.items())
def test_each_hub_service_runs_one_room_hardened_and_checked(service: str, room: str) -> None:
    ours = SERVICES[service]
    assert ours["command"] == ["serve", "--only", room]
    assert ours["build"]["target"] == "hub"
    assert ours["read_only"] is True
    assert ours["tmpfs"] == ["/tmp"]
    assert ours["cap_drop"] == ["ALL"]
    assert "/health/ready" in " ".join(ours["healthcheck"]["test"])
    assert {name: wait["condition"] for name, wait in ours["depends_on"].items()} == {
        "kafka": "service_healthy",
        "postgres": "service_healthy",
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_healthcheck_and_gains_no_privileges(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_has_a_value_in_the_file(service: str) -> None:
    secret = ("PASSWORD", "SECRET", "SHARED_KEY", "TOKEN")
    for name, value in SERVICES[service].get("environment", {}).items():
        if any(word in name for word in secret) and value is not None:  # None: as it stands in the environment
            assert value.startswith("${"), f"{name} of {service}"
            assert ":?" in value, f"{name} of {service}"


def test_kafka_creates_no_topic_by_itself() -> None:
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_every_image_built_here_runs_as_an_ordinary_user_from_hashed_pins() -> None:
    stages = (ROOT / "Dockerfile").read_text().split("\nFROM ")[1:]
    final = {
        stage.splitlines()[0].split(" AS ")[1]: stage for stage in stages if not stage.splitlines()[0].endswith("build")
    }
    assert final.keys() == {"hub", "mesh-sandbox"}
    assert all("\nUSER 10001\n" in stage for stage in final.values())
    installs = [line for stage in stages for line in stage.splitlines() if "install" in line and " -r " in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-mesh-sandbox.txt"])
def test_every_pin_has_a_hash_and_no_file_names_a_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
