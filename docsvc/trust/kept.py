"""The anchors in force as verification and signing read them: always those of now, read from the table when it changed.

Every process sees a change at its next file, without a restart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from cryptography import x509
from sqlalchemy import func, select

from docsvc.db import Database
from docsvc.db.trust import TrustAnchor
from docsvc.trust.anchors import purposes_of
from signing.anchors import Anchor

_Mark = tuple[int, int]


class KeptAnchors(Sequence[Anchor]):
    """A sequence that each reader finds as the table is now; for :attr:`signing.verify.Trust.anchors`."""

    def __init__(self, database: Database) -> None:
        """Nothing is read yet."""
        self._database = database
        self._read: tuple[_Mark, tuple[Anchor, ...]] = ((-1, -1), ())

    def now(self) -> tuple[Anchor, ...]:
        """Those in force; the table is read again only if a row was added or changed.

        Rows are never deleted and their versions only grow, so that count and sum together tell every change.
        """
        with self._database.read() as session:
            changed = select(func.count(TrustAnchor.id), func.coalesce(func.sum(TrustAnchor.version), 0))
            rows, versions = session.execute(changed).one()
            mark = int(rows), int(versions)
            known, anchors = self._read
            if mark != known:
                found = session.scalars(
                    select(TrustAnchor).where(TrustAnchor.in_use.is_not(None)).order_by(TrustAnchor.id)
                )
                anchors = tuple(_anchor(row) for row in found)
                self._read = mark, anchors
        return anchors

    def __iter__(self) -> Iterator[Anchor]:
        return iter(self.now())

    def __len__(self) -> int:
        return len(self.now())

    @overload
    def __getitem__(self, index: int) -> Anchor: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Anchor]: ...
    def __getitem__(self, index: int | slice) -> Anchor | Sequence[Anchor]:
        return self.now()[index]


def _anchor(row: TrustAnchor) -> Anchor:
    return Anchor(
        certificate=x509.load_der_x509_certificate(row.certificate),
        purposes=purposes_of(row),
        since=row.since,
        until=row.until,
        name=row.name,
    )
