"""The real web server is killed in the middle of its work and started again on the same data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from docsvc.accounts import create_token
from docsvc.audit import check_chain
from docsvc.db.records import Event, Number
from docsvc.records.scrubbing import scrub
from tests.office import ABSTRACT, PASSPHRASE, STAFF, Office, draft_file, make_service
from tests.services.programs import free_ports, program, running

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@dataclass
class Server:
    """A docsvc that can be killed and started again, and the people who use it through the API."""

    folder: Path
    port: int
    tokens: dict[str, str]

    @contextmanager
    def up(self) -> Iterator[int]:
        """Running for the length of the block; gives its process number."""
        command = [
            program("docsvc", "pip install -e ."),
            "--data-dir",
            str(self.folder),
            "run",
            "--port",
            f"{self.port}",
        ]
        with running(command, log=self.folder / "said.log", ready=self._answers) as process:
            yield process.pid

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/sign-in", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def ask(self, method: str, who: str, path: str, **more: Any) -> requests.Response:
        """A request to the API."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **more.pop("headers", {})}
        url = f"http://127.0.0.1:{self.port}/api/v1{path}"
        return requests.request(method, url, headers=headers, timeout=60, **more)

    def kill_under(self, process: int, method: str, who: str, path: str, **more: Any) -> None:
        """Send a request, and kill the server a moment later, whatever it is doing then."""

        def send() -> None:
            with suppress(requests.RequestException):
                self.ask(method, who, path, **more)

        sending = threading.Thread(target=send)
        sending.start()
        time.sleep(0.15)
        os.kill(process, signal.SIGKILL)
        sending.join()


@pytest.fixture
def server(tmp_path: Path, office_folder: Path) -> Server:
    folder = tmp_path / "var"
    shutil.copytree(office_folder, folder)
    service = make_service(folder)
    office = Office(service, lambda: service)
    tokens = {}
    with service.database.write() as session:
        for username in ("drafter", "leader", "clerk", "reader"):
            actor = office.actor(username)
            lasts = timedelta(days=1)
            tokens[username] = create_token(session, user_id=actor.user_id, name="x", lasts=lasts, by=actor)
    service.close()
    (port,) = free_ports(1)
    return Server(folder, port, tokens)


def test_a_server_killed_under_every_request_loses_and_doubles_nothing(server: Server) -> None:
    service = make_service(server.folder)
    office = Office(service, lambda: service)
    today = office.today
    facts = {
        "drafting_unit_id": office.units[STAFF],
        "type": "qd",
        "abstract": ABSTRACT,
        "signatory_id": office.people["leader"],
        "authority": "TM.",
    }
    service.close()

    def upload() -> dict[str, Any]:
        return {
            "files": {"file": ("bản thảo.pdf", draft_file(ABSTRACT, today.year), "application/pdf")},
            "data": {"facts": json.dumps(facts)},
            "headers": {"Idempotency-Key": "this-one"},
        }

    def repeat(who: str, step: str, body: Any) -> str:
        """As somebody does who has had no answer."""
        if not step:
            created = server.ask("POST", who, "/documents", **upload())
            assert created.status_code == 201, created.text
            return str(created.json()["id"])
        answer = server.ask("POST", who, f"/documents/{document_id}/{step}", json=body)
        # 409: it was done before the kill, only the answer was lost.
        assert answer.status_code in {200, 409}, answer.text
        return document_id

    with server.up() as process:
        server.kill_under(process, "POST", "drafter", "/documents", **upload())
    document_id = ""
    requested: tuple[str, str, Any] = ("drafter", "", None)
    for request in (
        ("drafter", "submit", None),
        ("leader", "sign", {"passphrase": PASSPHRASE}),
        ("clerk", "issue", {"passphrase": PASSPHRASE, "on": today.isoformat()}),
    ):
        with server.up() as process:
            document_id = repeat(*requested)
            requested = request
            who, step, body = request
            server.kill_under(process, "POST", who, f"/documents/{document_id}/{step}", json=body)
    with server.up():
        repeat(*requested)
        document = server.ask("GET", "clerk", f"/documents/{document_id}").json()
        assert (document["state"], document["reference"]) == ("issued", "01/QĐ-UBND")
        found: list[str] = []
        end = time.monotonic() + 60
        while not found:
            assert time.monotonic() < end, "the worker never indexed it"
            answer = server.ask("GET", "reader", "/documents", params={"q": "kiện toàn chuyển đổi số"})
            found = [result["document"]["id"] for result in answer.json()["results"]]
        assert found == [document_id]
    service = make_service(server.folder)
    try:
        with service.database.read() as session:
            assert session.scalars(select(Number.number)).all() == [1]
            acts = session.scalars(select(Event.act).where(Event.object_id == document_id).order_by(Event.id)).all()
            assert acts == ["draft-created", "submitted", "signed", "number-taken", "sealed", "published"]
            assert check_chain(session) is None
        report = scrub(service.database, service.store)
        assert (report.checked, report.sound) == (3, True)
    finally:
        service.close()
