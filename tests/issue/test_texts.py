"""What is kept of texts, told to clerks, and read again."""

from __future__ import annotations

from click.testing import CliRunner
from sqlalchemy import update

from docsvc.cli.main import main
from docsvc.db.records import Annex, DocumentText
from docsvc.issue.annexes import add_annex
from docsvc.issue.rereading import read_again
from docsvc.records.readings import Reading, overview, reading_for
from docsvc.records.text_quality import Quality
from tests.office import Office
from tests.signing.texts import SENTENCES, in_vni, scanned, written


def reading(office: Office, document_id: str) -> Reading:
    with office.service.database.read() as session:
        found = reading_for(session, office.document(document_id))
    assert found is not None
    return found


def with_annex(office: Office, content: bytes) -> str:
    document_id = office.draft()
    add_annex(office.desk, document_id, content, "phu luc.pdf", by=office.actor("drafter"))
    return document_id


def test_the_quality_of_a_text_is_kept_with_it(embedded: Office) -> None:
    document_id = with_annex(embedded, scanned(written(pages=2), dpi=40))
    own = reading(embedded, document_id)
    assert own.quality is Quality.GOOD
    assert own.extracted_at is not None
    with embedded.service.database.read() as session:
        assert overview(session).counted == {Quality.SCAN: 1, Quality.GOOD: 1}


def forget(office: Office) -> None:
    """As texts were kept before they were measured, by an extractor that knew no old fonts."""
    with office.service.database.write() as session:
        for kind in (DocumentText, Annex):
            session.execute(update(kind).values(text="QuyÕt", text_quality=None, text_pages=None, text_extractor=None))


def test_texts_of_an_older_extractor_are_read_again_once(office: Office) -> None:
    document_id = with_annex(office, written(tuple(map(in_vni, SENTENCES)), name="VNI-Times"))
    forget(office)
    assert reading(office, document_id).quality is None
    assert [one.changed for one in read_again(office.desk)] == [True, True]
    assert list(read_again(office.desk)) == []
    assert [one.changed for one in read_again(office.desk, everything=True)] == [False, False]
    assert reading(office, document_id).quality is Quality.GOOD
    with office.service.database.read() as session:
        annex = session.get_one(Annex, office.document(document_id).renditions[-1].annex_id)
        assert "Kiện toàn Ban Chỉ đạo" in annex.text


def test_an_issued_document_is_found_by_what_was_read_again(embedded: Office) -> None:
    document_id = embedded.issued()
    embedded.index()
    forget(embedded)
    list(read_again(embedded.desk))
    with embedded.service.database.read() as session:
        assert "hiệu lực kể từ ngày ký" in session.get_one(DocumentText, document_id).text
    embedded.index()


def test_commands_tell_and_mend(embedded: Office) -> None:
    with_annex(embedded, scanned(written(), dpi=40))
    forget(embedded)
    folder = ["--data-dir", str(embedded.service.settings.data_dir)]
    assert "2 not measured: run docsvc extract" in CliRunner().invoke(main, [*folder, "doctor"]).output
    mended = CliRunner().invoke(main, [*folder, "extract"])
    assert (mended.exit_code, mended.output) == (0, "2 read, 2 changed, 0 could not be read\n")
    told = CliRunner().invoke(main, [*folder, "texts", "--list"]).output
    assert "1\thình quét, chưa có chữ" in told
    assert "scan\t-\t" in told
    assert "ok  texts" in CliRunner().invoke(main, [*folder, "doctor"]).output
