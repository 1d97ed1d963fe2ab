"""The process is killed while it takes a signature that was made elsewhere; handed in again, it is taken once."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc.audit import check_chain
from docsvc.db.records import Number
from docsvc.issue.local_signing import begin, finish
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from docsvc.wiring import open_service
from signing.external import client_cms
from tests.faults import journey
from tests.faults.journey import KEEPING
from tests.forks import forking, share_readers
from tests.issue.test_local_signing import key_of, pem_of
from tests.office import Office, make_settings

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def live(
    settings: Settings, document_id: str, signing_id: str, returned: bytes, kill_at: int | None, told: Path
) -> None:
    """Hand the signature in, in a process of its own."""
    share_readers()
    crossings = journey.Crossings(kill_at)
    service = journey.watched(open_service(settings), crossings)
    finish(service.desk, document_id, signing_id, returned, by=Office(service, lambda: service).actor("clerk"))
    service.close()
    told.write_text(json.dumps(crossings.names), encoding="utf-8")


def test_a_seal_handed_in_is_taken_once_wherever_the_process_is_killed(embedded: Office, tmp_path: Path) -> None:
    document_id, seal = embedded.signed(), key_of(embedded)
    clerk = embedded.actor("clerk")
    out = begin(embedded.desk, document_id, pem_of(seal), by=clerk)
    returned = client_cms(seal, out.digest)
    kept, told = embedded.service.settings.data_dir, tmp_path / "told.json"
    embedded.service.close()

    def run(number: int | None) -> tuple[int | None, Path]:
        folder = tmp_path / f"copy-{number}"
        shutil.copytree(kept, folder)
        settings = make_settings(folder)
        process = forking().Process(target=live, args=(settings, document_id, out.id, returned, number, told))
        process.start()
        process.join()
        return process.exitcode, folder

    assert run(None)[0] == 0
    names = json.loads(told.read_text(encoding="utf-8"))
    places = [place for place, name in enumerate(names, start=1) if any(word in name for word in KEEPING)]
    assert len(places) >= 6
    for place in places:
        code, folder = run(place)
        assert code == -signal.SIGKILL
        service = open_service(make_settings(folder))
        finish(service.desk, document_id, out.id, returned, by=clerk)
        office = Office(service, lambda service=service: service)  # type: ignore[misc]
        issued = office.document(document_id)
        assert (issued.state, len(issued.renditions), len(issued.signatures)) == (State.ISSUED, 3, 2), names[place - 1]
        with service.database.read() as session:
            assert session.scalars(select(Number.number)).all() == [1]
            assert check_chain(session) is None
        assert scrub(service.database, service.store).sound
        service.close()
