"""A real OpenSearch node, run from its published jars: one per test process."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from tests.services.programs import free_ports, missing, program, running

_PARTS = Path(__file__).parent / "opensearch_node"
_KEPT = Path(__file__).parents[2] / ".setup"


@dataclass(frozen=True, slots=True)
class OpenSearchServer:
    """Where a running node is."""

    url: str
    pid: int
    """Leader of the node's process group, for tests that kill it."""


def _jars() -> Path:
    """The folder of the node's jars, fetched once and kept beside the environment."""
    project = _PARTS / "pom.xml"
    folder = _KEPT / f"opensearch-{hashlib.sha256(project.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    maven = program("mvn", "install maven")
    _KEPT.mkdir(exist_ok=True)
    with (_KEPT / "opensearch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        coming = Path(tempfile.mkdtemp(prefix="opensearch-coming-", dir=_KEPT))
        command = [maven, "-q", "-B", "-f", str(project), "dependency:copy-dependencies"]
        try:
            fetched = subprocess.run(
                [*command, f"-DoutputDirectory={coming}"], capture_output=True, text=True, timeout=100, check=False
            )
            problem = fetched.stdout[-500:] if fetched.returncode else ""
        except subprocess.TimeoutExpired:
            problem = "it took too long"
        if problem:
            shutil.rmtree(coming, ignore_errors=True)
            missing("OpenSearch", f"its jars could not be fetched: {problem}")
        coming.rename(folder)
    return folder


@contextlib.contextmanager
def opensearch_running(folder: Path, *, port: int | None = None) -> Iterator[OpenSearchServer]:
    """Start a node that keeps its files in ``folder``; about eight seconds."""
    java = program("java", "install openjdk-17-jdk-headless")
    jars = _jars()
    port = port or free_ports(1)[0]
    url = f"http://127.0.0.1:{port}"
    (folder / "config").mkdir(exist_ok=True)
    # It starts sooner with the lesser compiler, and leaves processors to the other tests.
    flags = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=warn"]
    command = [java, *flags, "-cp", f"{jars}/*", str(_PARTS / "SingleNode.java"), str(folder), str(port)]

    def ready() -> bool:
        try:
            asked = urllib3.request("GET", f"{url}/_cluster/health", timeout=2, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return asked.status == 200 and asked.json()["status"] != "red"

    log = folder / "node.log"
    with running(command, log=log, ready=ready, ready_seconds=90, stop=signal.SIGKILL) as server:
        yield OpenSearchServer(url, server.pid)


@pytest.fixture(scope="session")
def opensearch_server() -> Iterator[OpenSearchServer]:
    """One node for this test process."""
    with (
        tempfile.TemporaryDirectory(prefix="docsvc-opensearch-", ignore_cleanup_errors=True) as folder,
        opensearch_running(Path(folder)) as server,
    ):
        yield server
