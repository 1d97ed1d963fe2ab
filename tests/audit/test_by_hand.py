"""What docs/event-log.md tells auditors to do without docsvc works, with the tools it names."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from sqlalchemy import select

from docsvc.db.records import Event
from tests.audit.tampering import wrote
from tests.office import Office
from tests.services.programs import program

MANUAL = (Path(__file__).parents[2] / "docs" / "event-log.md").read_text(encoding="utf-8")


def test_psql_and_sha256sum_give_an_entrys_hash(cluster: Office) -> None:
    psql = program("psql", "install postgresql-client")
    database = cluster.service.database
    last = wrote(database, 1)
    (command,) = re.findall(r"```sh\n(psql .*?)```", MANUAL, re.DOTALL)
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    command = command.replace("psql -At", f"{psql} '{url}' -At").replace("id = 42", f"id = {last}")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    told = subprocess.run(["sh", "-c", command], capture_output=True, check=True, env=environment)
    with database.read() as session:
        entry = session.scalars(select(Event).where(Event.id == last)).one()
    assert told.stdout.split()[0].decode() == entry.sha256
