"""The fixtures give what they promise."""

import io
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error
from minio.retention import Retention
from sqlalchemy import create_engine, text

from tests.services.postgres import PostgresServer
from tests.services.programs import missing
from tests.services.s3 import S3Server


def test_a_database_is_empty_and_speaks_vietnamese(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (name text)"))
        connection.execute(text("INSERT INTO t VALUES ('Quyết định')"))
        assert connection.execute(text("SELECT upper(name) FROM t")).scalar_one() == "QUYẾT ĐỊNH"
    engine.dispose()


def test_two_databases_do_not_see_each_other(postgres_server: PostgresServer) -> None:
    first, second = postgres_server.create_database(), postgres_server.create_database()
    with psycopg.connect(postgres_server.conninfo(first)) as connection:
        connection.execute("CREATE TABLE only_here (n int)")
    with (
        psycopg.connect(postgres_server.conninfo(second)) as connection,
        pytest.raises(psycopg.errors.UndefinedTable),
    ):
        connection.execute("SELECT * FROM only_here")
    for name in (first, second):
        postgres_server.drop_database(name)


def test_a_locked_object_outlives_its_deletion(s3_server: S3Server, s3_bucket: str) -> None:
    client = Minio(s3_server.endpoint, access_key=s3_server.access_key, secret_key=s3_server.secret_key, secure=False)
    client.make_bucket(s3_bucket, object_lock=True)
    until = datetime.now(UTC) + timedelta(days=1)
    put = client.put_object(
        s3_bucket, "kept", io.BytesIO(b"kept"), 4, retention=Retention(COMPLIANCE, until), legal_hold=False
    )
    with pytest.raises(S3Error, match=r"(?i)denied"):
        client.remove_object(s3_bucket, "kept", version_id=put.version_id)
    with client.get_object(s3_bucket, "kept", version_id=put.version_id) as response:
        assert response.read() == b"kept"


def test_an_unknown_key_is_turned_away(s3_server: S3Server) -> None:
    client = Minio(s3_server.endpoint, access_key="nobody", secret_key="wrong", secure=False)
    with pytest.raises(S3Error):
        client.list_buckets()


def test_a_missing_part_fails_where_ci_promises_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="gone is not on this machine"):
        missing("gone", "install it")
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="install it"):
        missing("gone", "install it")


SLEEPER = """
import pathlib, sys, time
from tests.services.programs import running
log = pathlib.Path(sys.argv[1])
sleep = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
with running(sleep, log=log, ready=lambda: bool(log.read_bytes())) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


def test_a_killed_test_run_leaves_no_server_behind(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with run:
        assert run.stdout is not None
        server = int(run.stdout.readline())
        run.send_signal(signal.SIGKILL)
    end = time.monotonic() + 10
    while _alive(server):
        assert time.monotonic() < end, "the server outlived its test run"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # An orphan that nobody reaps yet is dead all the same.
    return "\nState:\tZ" not in status
