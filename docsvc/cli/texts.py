"""Commands on the texts that are kept beside the files: how good they are, and reading them again."""

from __future__ import annotations

import click
from sqlalchemy import select

from docsvc.cli.context import CliContext
from docsvc.cli.progress import Progress
from docsvc.db.records import Annex, Document, DocumentText
from docsvc.issue.recognising import owe_again, owe_missing, work_off
from docsvc.issue.rereading import read_again
from docsvc.records.readings import overview
from docsvc.records.text_quality import UNFINDABLE, Quality

NAMES = {
    Quality.GOOD: "đọc được / good",
    Quality.OCR: "nhận dạng từ hình quét / recognised",
    Quality.SCAN: "hình quét, chưa có chữ / scanned, without text",
    Quality.GARBLED: "chữ đọc không đúng / garbled",
    Quality.BLANK: "không có chữ / no text",
    None: "chưa đánh giá / not measured: run docsvc extract",
}


@click.command("texts")
@click.option("--list", "listed", is_flag=True, help="Also list the documents whose words cannot be found.")
@click.pass_obj
def texts(context: CliContext, listed: bool) -> None:  # noqa: FBT001 - a click flag
    """Tell how well the texts of documents and annexes can be read; of each the worst page counts."""
    with context.service() as service, service.database.read() as session:
        told = overview(session)
        for quality, number in told.counted.items():
            click.echo(f"{number}\t{NAMES[quality]}")
        click.echo(f"{told.outdated}\tread by an older extractor")
        if not listed:
            return
        wanted = [quality.value for quality in UNFINDABLE]
        own = select(Document.id, Document.reference, DocumentText.text_quality).join(
            DocumentText, DocumentText.document_id == Document.id
        )
        annexed = select(Document.id, Document.reference, Annex.text_quality).join(
            Annex, (Annex.document_id == Document.id) & Annex.removed_at.is_(None)
        )
        for query, kind in ((own, DocumentText), (annexed, Annex)):
            for row in session.execute(query.where(kind.text_quality.in_(wanted)).order_by(Document.id)):
                click.echo(f"{row.text_quality}\t{row.reference or '-'}\t{row.id}")


@click.command("extract")
@click.option("--again", is_flag=True, help="Read all texts again, not only those that another extractor has read.")
@click.pass_obj
def extract(context: CliContext, again: bool) -> None:  # noqa: FBT001 - a click flag
    """Read the texts of kept files again, and measure them; the files stay as they are."""
    with context.service() as service:
        done = changed = failed = 0
        progress = Progress()
        for one in read_again(service.desk, everything=again):
            done, changed = done + 1, changed + one.changed
            if one.problem:
                failed += 1
                progress.line(f"{one.problem}\t{one.target.document_id}\t{one.target.sha256}")
            progress.tell(f"{done} văn bản, phụ lục / documents, annexes")
        progress.end(f"{done} read, {changed} changed, {failed} could not be read")
    if failed:
        raise SystemExit(1)


@click.command("ocr")
@click.option("--again", is_flag=True, help="Try pages again on which the recogniser gave up.")
@click.pass_obj
def ocr(context: CliContext, again: bool) -> None:  # noqa: FBT001 - a click flag
    """Recognise the text of scanned pages now, with tesseract; what was recognised before is kept."""
    with context.service() as service:
        recogniser = service.desk.recogniser
        if recogniser is None:
            raise click.ClickException(f"setting ocr = {service.settings.ocr}; tesseract is not used, or not installed")
        if recogniser.problem:
            raise click.ClickException(recogniser.problem)
        if again:
            owe_again(service.desk)
        owe_missing(service.desk)
        documents = pages = failed = problems = 0
        progress = Progress()
        for one in work_off(service.desk, recogniser, everything=True):
            documents, pages, failed = documents + 1, pages + one.pages, failed + one.failed
            if one.problem:
                problems += 1
                progress.line(f"{one.problem}\t{one.document_id}")
            progress.tell(f"{documents} văn bản / documents, {pages} trang / pages")
        progress.end(f"{documents} documents, {pages} pages recognised, {failed} not")
    if problems:
        raise SystemExit(1)


COMMANDS = (texts, extract, ocr)
