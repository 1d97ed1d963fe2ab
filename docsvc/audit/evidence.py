"""What speaks about the log from outside it: anchors in the database, copies in the store, a file an auditor kept."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.audit.statements import KIND, Statement, read_statement
from docsvc.db.anchors import EventAnchor
from docsvc.errors import DocsvcError
from docsvc.store import Damaged, NotStored, ObjectStore, StoredObject
from signing.anchoring import StampedStatement, StampReport, judged
from signing.verify import Trust

FILE_KIND = f"{KIND}s"
MOST_FILE_BYTES = 256 * 1024 * 1024
_MOST_TOKEN_BYTES = 64 * 1024
LINE_BYTES = 65
"""Of a list of hashes: 64 digits and the end of the line."""
_LINES = re.compile(b"(?:[0-9a-f]{64}\\n){1,2}")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
"""The object identifier of a timestamp token's content (RFC 3161, 2.4.2), DER."""


class Source(StrEnum):
    """Where a claim was found."""

    DATABASE = "database"
    STORE = "store"
    FILE = "file"


class NotAnchors(DocsvcError):
    """The file is none that ``docsvc audit anchors --export`` wrote."""

    code = "not-anchors"
    message_vi = "Đây không phải tệp mốc chứng thực nhật ký (anchors.json) do docsvc xuất ra, hoặc tệp đã hỏng."
    message_en = "This is not a file of the event log's anchors (anchors.json) as docsvc exports it, or it is damaged."


@dataclass(frozen=True, slots=True)
class AnchorFault:
    """An anchor that is not as it should be."""

    number: int
    problem: str
    """``missing``, ``altered``, ``unlinked``, ``contradicted``, ``token``, ``copy-missing``, ``copy-damaged``,
    ``hashes-missing``."""
    detail: str = ""
    """Where else it was found, or the code of what is wrong with its token."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement about the log, with the tokens found for it."""

    statement: Statement
    tokens: tuple[bytes, ...] = ()
    sources: frozenset[Source] = frozenset()
    proof: StampReport | None = None
    """The best of its tokens."""

    @property
    def proven_at(self) -> datetime | None:
        """When it was there for certain."""
        return self.proof.at if self.proof is not None else None


@dataclass(slots=True)
class Evidence:
    """Every claim, by the SHA-256 of its statement, and what was wrong while gathering."""

    claims: dict[str, Claim] = field(default_factory=dict)
    faults: list[AnchorFault] = field(default_factory=list)
    paired: set[tuple[str, bytes]] = field(default_factory=set)
    """Statements' hashes with tokens that the database or a file, not just a likeness, says belong together."""
    moments: dict[tuple[str, bytes], datetime] = field(default_factory=dict)
    """What each believed token tells."""

    def add(self, statement: Statement, tokens: Iterable[bytes], source: Source) -> None:
        """Join what several sources say."""
        tokens = tuple(tokens)
        if source is not Source.STORE:
            self.paired |= {(statement.sha256, token) for token in tokens}
        known = self.claims.get(statement.sha256, Claim(statement))
        merged = tuple(dict.fromkeys((*known.tokens, *tokens)))
        self.claims[statement.sha256] = replace(known, tokens=merged, sources=known.sources | {source})

    def of(self, source: Source) -> list[Claim]:
        """Claims found there, in the order of their numbers."""
        found = [claim for claim in self.claims.values() if source in claim.sources]
        return sorted(found, key=lambda claim: claim.statement.number)


def from_database(session: Session, evidence: Evidence) -> set[str]:
    """Take the anchors of the database; gives the statements that wait for their token and claim nothing yet."""
    waiting: set[str] = set()
    before: Statement | None = None
    before_token = ""
    expected = 1
    rows = select(*_COLUMNS).order_by(EventAnchor.number).execution_options(yield_per=500)
    for row in session.execute(rows):
        statement = read_statement(str(row.statement).encode("utf-8", "replace"))
        while expected < row.number:
            evidence.faults.append(AnchorFault(expected, "missing", Source.DATABASE))
            expected += 1
        expected = row.number + 1
        if statement is None or not _as_in(row, statement):
            evidence.faults.append(AnchorFault(row.number, "altered", Source.DATABASE))
            before = None
            continue
        if row.token is None:
            waiting.add(statement.sha256)
            continue
        if before is not None and not _follows(statement, before, before_token):
            evidence.faults.append(AnchorFault(row.number, "unlinked", Source.DATABASE))
        before, before_token = statement, row.token_sha256 or ""
        evidence.add(statement, (row.token,), Source.DATABASE)
    return waiting


_COLUMNS = (
    EventAnchor.number,
    EventAnchor.last_event_id,
    EventAnchor.last_event_sha256,
    EventAnchor.statement,
    EventAnchor.statement_sha256,
    EventAnchor.hashes_sha256,
    EventAnchor.token,
    EventAnchor.token_sha256,
)


def _as_in(row: Any, statement: Statement) -> bool:
    return (
        (row.number, row.last_event_id, row.last_event_sha256, row.statement_sha256, row.hashes_sha256)
        == (
            statement.number,
            statement.last_entry,
            statement.last_entry_sha256,
            statement.sha256,
            statement.hashes_sha256,
        )
    ) and (row.token is None or row.token_sha256 == hashlib.sha256(row.token).hexdigest())


def _follows(statement: Statement, before: Statement, before_token_sha256: str) -> bool:
    return (
        statement.number == before.number + 1
        and statement.first_entry == before.last_entry + 1
        and statement.previous_statement_sha256 == before.sha256
        and statement.previous_token_sha256 == before_token_sha256
    )


def check_copies(store: ObjectStore, evidence: Evidence, *, newest: int | None = None) -> None:
    """The store must hold every anchor of the database; ``newest`` limits it to so many.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    claims = evidence.of(Source.DATABASE)
    for claim in claims if newest is None else claims[-newest:]:
        for sha256 in (claim.statement.sha256, *(hashlib.sha256(token).hexdigest() for token in claim.tokens)):
            try:
                store.get(sha256)
            except NotStored:
                evidence.faults.append(AnchorFault(claim.statement.number, "copy-missing", sha256))
            except Damaged:
                evidence.faults.append(AnchorFault(claim.statement.number, "copy-damaged", sha256))


def from_store(store: ObjectStore, evidence: Evidence, waiting: set[str]) -> None:
    """Look through the store for statements and tokens, whether or not the database names them.

    Only small objects are read: issued documents are larger than a statement and most are larger than a token.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    statements: dict[str, Statement] = {}
    tokens: list[bytes] = []
    for content in _pieces(store):
        statement = read_statement(content)
        if statement is None:
            tokens.append(content)
        elif statement.sha256 not in waiting:
            statements[statement.sha256] = statement
    by_statement: dict[str, list[bytes]] = {}
    digests = {bytes.fromhex(sha256): sha256 for sha256 in (*statements, *evidence.claims)}
    for token in tokens:
        about = _about(token, digests)
        if about is not None:
            by_statement.setdefault(about, []).append(token)
    for sha256, statement in statements.items():
        evidence.add(statement, by_statement.get(sha256, ()), Source.STORE)


def is_piece(store: ObjectStore, stored: StoredObject) -> bool:
    """Whether an object is a statement, a timestamp token or a list of hashes: evidence, not to be cleaned away."""
    return _piece(store, stored) is not None or _is_list(store, stored)


def _is_list(store: ObjectStore, stored: StoredObject) -> bool:
    if not stored.size_bytes or stored.size_bytes % LINE_BYTES:
        return False
    try:
        with store.open(stored.sha256) as reading:
            lines = next(iter(reading), b"")[: 2 * LINE_BYTES]
    except (NotStored, Damaged):
        return False
    return _LINES.fullmatch(lines) is not None


def _pieces(store: ObjectStore) -> Iterator[bytes]:
    for stored in store.walk():
        content = _piece(store, stored)
        if content is not None:
            yield content


def _piece(store: ObjectStore, stored: StoredObject) -> bytes | None:
    if stored.size_bytes > _MOST_TOKEN_BYTES:
        return None
    try:
        content = store.get(stored.sha256)
    except (NotStored, Damaged):
        return None
    is_token = content[:1] == b"\x30" and _TST_INFO in content[:200]
    return content if is_token or read_statement(content) is not None else None


def _about(token: bytes, digests: dict[bytes, str]) -> str | None:
    """The statement whose digest is in the token; whether the token is about it is judged later."""
    mark = b"\x04\x20"  # an OCTET STRING of 32 bytes
    place = token.find(mark)
    while place >= 0:
        found = digests.get(token[place + 2 : place + 34])
        if found is not None:
            return found
        place = token.find(mark, place + 1)
    return None


def from_file(content: bytes, evidence: Evidence) -> None:
    """Take the anchors of a file that :mod:`docsvc.audit.portable` gave.

    Raises:
        NotAnchors: it is none.
    """
    if len(content) > MOST_FILE_BYTES:
        raise NotAnchors
    try:
        read = json.loads(content)
        if read["kind"] != FILE_KIND:
            raise NotAnchors
        for one in read["anchors"]:
            statement = read_statement(one["statement"].encode("ascii"))
            token = base64.b64decode(one["token"], validate=True)
            if statement is None or len(token) > _MOST_TOKEN_BYTES:
                raise NotAnchors
            evidence.add(statement, (token,), Source.FILE)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAnchors from error


def compare_moments(session: Session, evidence: Evidence) -> None:
    """The moments that the database shows people must be those of the tokens."""
    for number in [claim.statement.number for claim in evidence.of(Source.DATABASE)]:
        columns = select(EventAnchor.statement_sha256, EventAnchor.token, EventAnchor.proven_at)
        try:
            row = session.execute(columns.where(EventAnchor.number == number)).one()
            told = evidence.moments.get((row.statement_sha256, row.token))
            right = told is None or told == row.proven_at
        except (ValueError, TypeError):  # no moment at all
            right = False
        if not right:
            evidence.faults.append(AnchorFault(number, "altered", Source.DATABASE))


def judge(evidence: Evidence, trust: Trust, at: datetime) -> None:
    """Judge every token, the newest first: each anchor renews the proof of the one before, which it names."""
    asked: list[StampedStatement] = []
    owners: list[str] = []
    naming: dict[str, list[int]] = {}
    """Places in ``asked`` of those whose statement names a token, by that token's SHA-256."""
    for claim in sorted(evidence.claims.values(), key=lambda one: -one.statement.number):
        for token in claim.tokens:
            guards = naming.get(hashlib.sha256(token).hexdigest(), [-1])
            asked.append(StampedStatement(token, claim.statement.sha256, guards[0]))
            owners.append(claim.statement.sha256)
            if claim.statement.previous_token_sha256:
                naming.setdefault(claim.statement.previous_token_sha256, []).append(len(asked) - 1)
    best: dict[str, StampReport] = {}
    for one, owner, report in zip(asked, owners, judged(asked, trust=trust, at=at), strict=True):
        if report.at is not None:
            evidence.moments[owner, one.token] = report.at
        elif (owner, one.token) in evidence.paired:
            number = evidence.claims[owner].statement.number
            evidence.faults.append(AnchorFault(number, "token", report.code))
        known = best.get(owner)
        if known is None or (report.at is not None and (known.at is None or report.at < known.at)):
            best[owner] = report
    for sha256, report in best.items():
        evidence.claims[sha256] = replace(evidence.claims[sha256], proof=report)
