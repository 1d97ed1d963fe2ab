"""A real PostgreSQL: one server per test process, one empty database per test."""

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.services.programs import missing, running, tied

REMEDY = "install it with: apt-get install postgresql"


def _binaries() -> Path:
    """The folder of the newest PostgreSQL server; Debian keeps it off PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else missing("PostgreSQL", REMEDY)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root: then as its own user, or as nobody."""
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - absent on Windows, where no server is started

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class PostgresServer:
    """A running server, reached through a Unix socket in a folder of its own."""

    def __init__(self, sockets: Path) -> None:
        self.sockets = sockets

    def conninfo(self, database: str) -> str:
        """What psycopg takes."""
        return f"host={self.sockets} user=docsvc dbname={database}"

    def url(self, database: str) -> str:
        """What SQLAlchemy takes."""
        return f"postgresql+psycopg://docsvc@/{database}?host={self.sockets}"

    def create_database(self) -> str:
        """Make an empty database under a new name, sorting text as a fresh server would."""
        name = f"docsvc_{uuid.uuid4().hex[:12]}"
        self._as_owner(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, ending whatever connections a test left open."""
        self._as_owner(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _as_owner(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for this test process, without fsync: nothing in it outlives the run."""
    binaries, user = _binaries(), _server_user()
    # Not tmp_path: the server's user must reach the folder, and a socket path has 107 bytes at most.
    folder = Path(tempfile.mkdtemp(prefix="docsvc-pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        stored, log = folder / "data", folder / "server.log"
        initdb = [str(binaries / "initdb"), "-D", str(stored), "-U", "docsvc", "-A", "trust"]
        subprocess.run(
            tied([*initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], user=user, dying=signal.SIGTERM),
            check=True,
            capture_output=True,
            cwd=folder,
        )
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = PostgresServer(folder)

        def ready() -> bool:
            try:
                psycopg.connect(server.conninfo("postgres")).close()
            except psycopg.OperationalError:
                return False
            return True

        command = [str(binaries / "postgres"), "-D", str(stored), *flags]
        # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
        with running(command, log=log, ready=ready, stop=signal.SIGINT, user=user):
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """SQLAlchemy URL of an empty database that this test has for itself."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)
