"""Where the mark of the public check stands on a document's pages, and what was moved over it.

The mark is drawn on submission, where nothing stands and nothing will. Whoever moves the seal afterwards may move it
there: then the code cannot be read from paper any more.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.db.check_codes import CheckMark
from docsvc.db.records import Document
from docsvc.issue import places
from docsvc.issue.drafting import current_rendition
from docsvc.records.seal_sizes import seal_mm
from signing.checkmark import SIDE_MM
from signing.places import Box, IssuePlaces

_POINTS_PER_MM = 72 / 25.4


def mark_box(session: Session, document: Document) -> Box | None:
    """The symbol on the file that is to be signed; ``None`` where there is none."""
    row = session.scalar(
        select(CheckMark)
        .where(CheckMark.document_id == document.id, CheckMark.annex_id.is_(None))
        .order_by(CheckMark.id.desc())
        .limit(1)
    )
    if row is None or row.problem or row.marked_sha256 != current_rendition(document).sha256:
        return None
    try:
        page, left, bottom = row.place.split(":")
        side = SIDE_MM * _POINTS_PER_MM
        return Box(int(page), float(left), float(bottom), float(left) + side, float(bottom) + side)
    except ValueError:
        return None


def over_mark(session: Session, document: Document, chosen: IssuePlaces | None = None) -> tuple[str, ...]:
    """Names of the places that lie over the mark: those kept, or those that were chosen."""
    mark = mark_box(session, document)
    kept = chosen or places.from_json(document.places)
    boxes = {name: getattr(kept, name) for name in ("number", "day", "month", "year", "personal_signature")} | {
        "organisation_signature": places.seal_box(kept, seal_mm(document.unit))
    }
    return tuple(name for name, box in boxes.items() if box is not None and mark is not None and _over(box, mark))


def _over(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    return one.page == other.page and across > 0 and min(one.top, other.top) - max(one.bottom, other.bottom) > 0
