"""Scanned pages: recognised beside the files, resumed where it was broken off, found and told."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from docsvc.cli.main import main
from docsvc.db.records import DocumentText, Job, RecognisedPage, Rendition
from docsvc.issue import paper, recognising
from docsvc.issue.desk import Desk
from docsvc.issue.rereading import read_again
from docsvc.records.finder import find
from docsvc.records.readings import Reading, reading_for
from docsvc.records.text_quality import Quality
from signing.errors import TimedOut
from signing.ocr import Recognised, Recogniser
from tests.office import Office
from tests.services.tesseract import recogniser
from tests.signing.texts import leaves, scanned

PAGES = (("Về việc trồng rừng phòng hộ",), ("Danh sách hộ dân được giao đất",), ("Nơi nhận: Lưu văn thư.",))


class Counting(Recogniser):
    """The real one, which counts, and can be told to give up."""

    asked = 0
    gives_up = False

    def recognise(self, picture: bytes, **more: object) -> Recognised:
        """Count, then read or give up."""
        type(self).asked += 1
        if self.gives_up:
            raise TimedOut
        return super().recognise(picture, **more)  # type: ignore[arg-type]


@pytest.fixture
def reader() -> Iterator[Counting]:
    Counting.asked, Counting.gives_up = 0, False
    yield Counting(recogniser().program)
    Counting.asked, Counting.gives_up = 0, False


def registered(office: Office, pages: tuple[tuple[str, ...], ...] = PAGES) -> str:
    """A paper document with its scan."""
    form = office.form("Về việc giao đất", signatory_id=None, signatory_name="Lê Đình Khải")
    scan = scanned(leaves(*pages), dpi=130, cut=0.2)
    return paper.register_paper(office.desk, form, office.today, scan=scan, by=office.actor("clerk"))


def reading(office: Office, document_id: str) -> Reading:
    with office.service.database.read() as session:
        found = reading_for(session, office.document(document_id))
    assert found is not None
    return found


def worked(desk: Desk, reader: Recogniser, **more: object) -> list[recognising.Outcome]:
    recognising.owe_missing(desk)
    return list(recognising.work_off(desk, reader, **more))  # type: ignore[arg-type]


def jobs(office: Office) -> int:
    with office.service.database.read() as session:
        return recognising.waiting(session)


def test_a_scan_is_recognised_found_and_told_and_its_file_is_not_touched(office: Office, reader: Counting) -> None:
    document_id = registered(office)
    before = reading(office, document_id)
    assert (before.quality, before.numbers(Quality.SCAN)) == (Quality.SCAN, (1, 2, 3))
    assert [(one.pages, one.failed) for one in worked(office.desk, reader)] == [(3, 0)]
    after = reading(office, document_id)
    assert after.quality is Quality.OCR
    assert (after.confidence or 0) > 60
    assert "tesseract" in after.extractor
    office.index()
    found = find(office.service.database, office.service.engine, office.actor("clerk"), '"hộ dân được giao đất"')
    assert [(one.document.id, one.places[0].page) for one in found.results] == [(document_id, 2)]
    with office.service.database.read() as session:
        (file,) = session.scalars(select(Rendition).where(Rendition.document_id == document_id))
        assert office.service.store.get(file.sha256) == scanned(leaves(*PAGES), dpi=130, cut=0.2)
    assert (jobs(office), recognising.owe_missing(office.desk)) == (0, 0)


def test_broken_off_between_pages_it_goes_on_at_the_next(embedded: Office, reader: Counting) -> None:
    document_id = registered(embedded)
    (stopped,) = worked(embedded.desk, reader, stopped=lambda: Counting.asked >= 2)
    assert (stopped.pages, stopped.is_done) == (2, False)
    assert reading(embedded, document_id).quality is Quality.SCAN
    assert [one.pages for one in worked(embedded.desk, reader)] == [1]
    assert Counting.asked == 3
    assert reading(embedded, document_id).quality is Quality.OCR


def test_a_document_taken_by_a_worker_that_died_comes_back(embedded: Office, reader: Counting) -> None:
    registered(embedded)
    recognising.owe_missing(embedded.desk)
    abandoned = recognising.work_off(embedded.desk, reader)
    taken = recognising._taken(embedded.desk, None)
    assert taken is not None
    assert list(abandoned) == [], "another has it"
    later = replace(embedded.desk, clock=lambda: embedded.desk.clock() + recognising.LEASE + timedelta(seconds=1))
    assert [one.pages for one in recognising.work_off(later, reader)] == [3]


def test_killed_while_it_recognises_the_next_run_does_only_what_is_left(embedded: Office, reader: Counting) -> None:
    document_id = registered(embedded, PAGES * 2)
    folder = ["--data-dir", str(embedded.service.settings.data_dir)]
    running = subprocess.Popen(
        [str(Path(sys.executable).with_name("docsvc")), *folder, "ocr"], stdout=subprocess.DEVNULL
    )
    try:
        while recognised(embedded) < 2:
            assert running.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
    finally:
        running.kill()
        running.wait()
    before = recognised(embedded)
    (done,) = worked(embedded.desk, reader, everything=True)
    assert (done.pages, before + Counting.asked) == (6 - before, 6)
    assert reading(embedded, document_id).quality is Quality.OCR


def recognised(office: Office) -> int:
    with office.service.database.read() as session:
        return session.scalar(select(func.count()).select_from(RecognisedPage)) or 0


def test_a_page_that_resists_is_noted_and_tried_again_only_when_asked(embedded: Office, reader: Counting) -> None:
    document_id = registered(embedded, PAGES[:1])
    Counting.gives_up = True
    assert [(one.pages, one.failed) for one in worked(embedded.desk, reader)] == [(0, 1)]
    assert reading(embedded, document_id).quality is Quality.SCAN
    assert worked(embedded.desk, reader) == []
    Counting.gives_up = False
    assert recognising.owe_again(embedded.desk) == 1
    assert [one.pages for one in worked(embedded.desk, reader)] == [1]
    assert reading(embedded, document_id).quality is Quality.OCR


def test_what_was_recognised_outlives_reading_again_and_is_used_for_the_same_file(
    embedded: Office, reader: Counting
) -> None:
    document_id = registered(embedded, PAGES[:1])
    worked(embedded.desk, reader)
    assert [one.changed for one in read_again(embedded.desk, everything=True)] == [False]
    assert reading(embedded, document_id).quality is Quality.OCR
    twin = registered(embedded, PAGES[:1])
    worked(embedded.desk, reader)
    assert Counting.asked == 1
    assert reading(embedded, twin).quality is Quality.OCR
    assert recognised(embedded) == 1


def test_no_more_pages_are_recognised_than_the_limit(embedded: Office, reader: Counting) -> None:
    document_id = registered(embedded)
    desk = replace(embedded.desk, ocr_page_limit=1)
    assert [one.pages for one in worked(desk, reader)] == [1]
    assert reading(embedded, document_id).numbers(Quality.SCAN) == (2, 3)
    assert worked(desk, reader) == []


def test_documents_with_a_good_text_are_left_alone(embedded: Office, reader: Counting) -> None:
    embedded.draft()
    assert worked(embedded.desk, reader) == []
    with embedded.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0
        assert session.scalar(select(DocumentText.text_extractor)) == "pdfium-2"


def test_the_command_recognises_what_waits(embedded: Office, reader: Counting) -> None:
    registered(embedded, PAGES[:1])
    folder = ["--data-dir", str(embedded.service.settings.data_dir)]
    told = CliRunner().invoke(main, [*folder, "ocr"])
    assert (told.exit_code, told.output) == (0, "1 documents, 1 pages recognised, 0 not\n")
    assert "1\tnhận dạng từ hình quét" in CliRunner().invoke(main, [*folder, "texts"]).output
    refused = CliRunner().invoke(main, [*folder, "ocr"], env={"DOCSVC_OCR": "off"})
    assert (refused.exit_code, "ocr = off" in refused.output) == (1, True)
