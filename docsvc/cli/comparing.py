"""What a signature covers, and its pages beside today's: the part of ``docsvc verify`` that writes files."""

from __future__ import annotations

from pathlib import Path

import click

from signing.revisions import Revision, compare, sheets, signed_revision
from signing.sandbox import Limits
from signing.verify import FileReport

_MOST_PAGES = 200
_WIDTH_PX = 1200


def write_revision(content: bytes, report: FileReport, number: int, out: Path) -> None:
    """Write the file that signature ``number`` covers, byte for byte."""
    revision = _revision(content, report, number)
    out.write_bytes(revision.content)
    click.echo(f"{out}: {len(revision.content)} byte, {revision.pages} trang / pages")


def write_pages(content: bytes, report: FileReport, number: int, folder: Path) -> None:
    """Write pages as signed and as they are now, as PNG, with what differs marked."""
    limits = Limits()
    revision = _revision(content, report, number)
    folder.mkdir(parents=True, exist_ok=True)
    both = sheets(content, revision, limits=limits)
    for place, sheet in enumerate(both[:_MOST_PAGES], 1):
        found = compare(content, revision, sheet, width_px=_WIDTH_PX, limits=limits)
        for word, png in (("then", found.then_png), ("now", found.now_png)):
            if png is not None:
                (folder / f"{place:04d}-{word}.png").write_bytes(png)
        click.echo(f"{place:04d}\tthen {sheet.then or '-'}\tnow {sheet.now or '-'}\t{found.places} khác / differ")
    if len(both) > _MOST_PAGES:
        click.echo(f"… {len(both) - _MOST_PAGES} trang chưa dựng / pages not drawn")


def _revision(content: bytes, report: FileReport, number: int) -> Revision:
    if not 1 <= number <= len(report.signatures):
        raise click.ClickException(f"{len(report.signatures)} chữ ký / signatures; no {number}")
    return signed_revision(content, report.signatures[number - 1], limits=Limits())
