"""docker-compose.yml is whole, keeps no secret, and says in .env.example what it needs."""

import dataclasses
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import Settings
from tests.services.programs import program

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
EXAMPLE = (REPOSITORY / ".env.example").read_text(encoding="utf-8")
VARIABLE = re.compile(r"\$\{(\w+)(:[-?])?([^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|ROOT_USER|TOKEN")


@pytest.fixture
def compose() -> dict[str, Any]:
    read = yaml.safe_load(TEXT)
    assert isinstance(read, dict)
    return read


def documented() -> dict[str, str]:
    """Variables of .env.example with the value that stands there."""
    return dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_four_services_are_watched_and_come_back(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"app", "worker", "postgres", "minio"}
    for service in compose["services"].values():
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"


def test_every_published_port_is_bound_to_loopback(compose: dict[str, Any]) -> None:
    published = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_no_secret_stands_in_the_file(compose: dict[str, Any]) -> None:
    checked = 0
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if SECRET.search(name):
                checked += 1
                assert re.fullmatch(r"\$\{\w+:\?.+\}", value), f"{name} must be required, without a default"
    assert checked >= 8
    assert not re.search(r"://\w+:[^$@\s]+@", TEXT), "a password stands in a URL"


def test_every_variable_is_documented_and_none_is_documented_in_vain() -> None:
    assert {name for name, _, _ in VARIABLE.findall(TEXT)} == set(documented())


def test_the_example_gives_no_secret_and_the_same_defaults() -> None:
    example = documented()
    for name, kind, rest in VARIABLE.findall(TEXT):
        assert kind in {":?", ":-"}, f"{name} is neither required nor given a default"
        assert example[name] == ("" if kind == ":?" else rest)


def test_every_service_setting_is_one_that_docsvc_knows(compose: dict[str, Any]) -> None:
    known = {f"DOCSVC_{setting.name.upper()}" for setting in dataclasses.fields(Settings)}
    for name in ("app", "worker"):
        assert set(compose["services"][name]["environment"]) <= known


def test_every_volume_and_dependency_exists(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        named = {volume.split(":")[0] for volume in service["volumes"] if volume[0] not in "./$"}
        assert named <= set(compose["volumes"])


def test_docker_compose_reads_it(tmp_path: Path) -> None:
    filled = re.sub(r"^(\w+)=$", r"\1=filled", EXAMPLE, flags=re.MULTILINE)
    (tmp_path / "env").write_text(filled, encoding="utf-8")
    command = [*_compose_client(), "-f", str(REPOSITORY / "docker-compose.yml")]
    clean = {name: value for name, value in os.environ.items() if name not in documented()}
    whole = subprocess.run(
        [*command, "--env-file", str(tmp_path / "env"), "config", "--quiet"],
        capture_output=True,
        check=False,
        env=clean,
    )
    assert whole.returncode == 0, whole.stderr
    nothing = tmp_path / "nothing"
    nothing.touch()
    empty = subprocess.run(
        [*command, "--env-file", str(nothing), "config", "--quiet"],
        capture_output=True,
        check=False,
        env=clean,
    )
    assert empty.returncode != 0, "it must not start without its secrets"


def _compose_client() -> list[str]:
    """The plugin of docker, or the program of the same name in Debian: neither needs a running engine."""
    docker = shutil.which("docker")
    if docker and not subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return [docker, "compose"]
    return [program("docker-compose", "apt-get install docker-compose")]
