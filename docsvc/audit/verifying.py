"""Checking the log: the chain, the anchors, their timestamps and copies; the first entry that is wrong is named.

Four things are compared, each harder to change than the one before:

1. each entry's own hash and its link to the entry before (whoever writes the database can make them anew);
2. the hashes of the lists that anchors name, kept in the object store: they tell the very entry;
3. the anchors' statements, proven by timestamps, in the database, in the store, and in files that auditors keep;
4. the entries that the log has about its anchors, and the head.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime

from docsvc.audit import evidence as gathering
from docsvc.audit.anchoring import ACT, LogKeeping
from docsvc.audit.entries import START, Entry, entries, head
from docsvc.audit.evidence import LINE_BYTES, AnchorFault, Claim, Evidence, Source
from docsvc.audit.statements import Statement
from docsvc.store import Damaged, NotStored, ObjectStore

_SPOOL_BYTES = 4 * 1024 * 1024
_TELL_EVERY = 10_000
_Spool = tempfile.SpooledTemporaryFile[bytes]


@dataclass(frozen=True, slots=True)
class EntryFault:
    """The first entry at which the log is not what was written."""

    event_id: int
    problem: str
    """``missing``; ``altered`` (its fields do not give its hash); ``unlinked`` (it does not hold the hash of the one
    before); ``rewritten`` (hashes were made anew, and are not those that were anchored); ``cut`` (it and what followed
    are gone)."""
    through: int
    """The last entry that may be the first wrong one; as ``event_id``, unless the list of hashes is gone."""
    happened_at: datetime | None = None
    """The moment that stands in it; that of the last right entry where it is gone."""
    actor: str = ""
    act: str = ""
    after: Claim | None = None
    """The last anchor that the log still agrees with."""
    before: Claim | None = None
    """The first anchor after that, which it contradicts or which lies behind the fault."""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a check found."""

    entries: int
    """Read."""
    last_id: int
    last_at: datetime | None
    fault: EntryFault | None
    anchor_faults: tuple[AnchorFault, ...]
    anchors: int
    """In the database, with a token that is to be believed, and in agreement with the log."""
    proven: Claim | None
    """The newest of those."""
    seconds: float

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None and not self.anchor_faults

    @property
    def not_proven(self) -> int:
        """Entries at the end that only their own hashes speak for."""
        return self.last_id - (self.proven.statement.last_entry if self.proven is not None else 0)


def verify(
    keeping: LogKeeping,
    *,
    kept_file: bytes | None = None,
    whole_store: bool = True,
    newest_copies: int | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> LogReport:
    """Read the whole log once, in bounded memory, and compare it with all evidence there is.

    Args:
        keeping: the log and its surroundings.
        kept_file: anchors that an auditor kept.
        whole_store: look through the store for anchors that the database does not name.
        newest_copies: how many anchors' copies to read; all if ``None``.
        told: called with the number of entries read, now and then.

    Raises:
        NotAnchors: ``kept_file`` is something else.
        StoreError: the store does not answer.
    """
    began = time.monotonic()
    found = Evidence()
    with keeping.database.read() as session:
        before = head(session)
        waiting = gathering.from_database(session, found)
    gathering.check_copies(keeping.store, found, newest=newest_copies)
    if kept_file is not None:
        gathering.from_file(kept_file, found)
    if whole_store:
        gathering.from_store(keeping.store, found, waiting)
    gathering.judge(found, keeping.trust, keeping.clock())
    with keeping.database.read() as session:
        gathering.compare_moments(session, found)
    believed = _believed(found)
    _compare_sources(found, believed)
    reading = _Reading(keeping.store, believed, found.faults)
    fault = reading.run(entries(keeping.database), told)
    if fault is None:
        with keeping.database.read() as session:
            fault = reading.against_head(before, head(session))
    if fault is None:
        _compare_named(found, reading.named)
    agreed = [claim for claim in reading.agreed if Source.DATABASE in claim.sources and claim.proven_at is not None]
    return LogReport(
        entries=reading.count,
        last_id=reading.last.id if reading.last else 0,
        last_at=reading.last.happened_at if reading.last else None,
        fault=fault,
        anchor_faults=_joined(found.faults),
        anchors=len(agreed),
        proven=agreed[-1] if agreed else None,
        seconds=time.monotonic() - began,
    )


def _believed(found: Evidence) -> list[Claim]:
    """The claims that the log is held against, in the order of the entries they end at.

    A claim counts if its token is to be believed, or if a claim that counts names it: anybody who can write to the
    database, the store or a file could make another one up.
    """
    believed: dict[str, Claim] = {}
    named: set[str] = set()
    for claim in sorted(found.claims.values(), key=lambda one: -one.statement.number):
        if claim.proven_at is not None or claim.statement.sha256 in named:
            believed[claim.statement.sha256] = claim
            named.add(claim.statement.previous_statement_sha256)
    return sorted(believed.values(), key=lambda claim: (claim.statement.last_entry, claim.statement.number))


def _joined(faults: list[AnchorFault]) -> tuple[AnchorFault, ...]:
    """Each anchor that is missing once, with all places that know of it."""
    places: dict[int, set[str]] = {}
    others: set[AnchorFault] = set()
    for fault in faults:
        if fault.problem == "missing":
            places.setdefault(fault.number, set()).update(fault.detail.split("+"))
        else:
            others.add(fault)
    others |= {
        AnchorFault(number, "missing", "+".join(sorted(known - {Source.DATABASE}))) for number, known in places.items()
    }
    return tuple(sorted(others, key=lambda one: (one.number, one.problem, one.detail)))


def _compare_sources(found: Evidence, believed: list[Claim]) -> None:
    """Anchors that the database lacks, and numbers that two statements claim."""
    numbers: dict[int, set[str]] = {}
    for claim in believed:
        number = claim.statement.number
        numbers.setdefault(number, set()).add(claim.statement.sha256)
        if Source.DATABASE not in claim.sources:
            found.faults.append(AnchorFault(number, "missing", "+".join(sorted(claim.sources))))
    found.faults += [AnchorFault(number, "contradicted") for number, said in numbers.items() if len(said) > 1]


def _compare_named(found: Evidence, named: dict[int, str]) -> None:
    """Anchors that the log itself tells of."""
    in_database = {claim.statement.number: claim.statement.sha256 for claim in found.of(Source.DATABASE)}
    for number, sha256 in named.items():
        if in_database.get(number) != sha256:
            problem = "contradicted" if number in in_database else "missing"
            found.faults.append(AnchorFault(number, problem, "log"))


class _Reading:
    """Goes through the entries once."""

    def __init__(self, store: ObjectStore, claims: list[Claim], faults: list[AnchorFault]) -> None:
        self._claims = claims
        self._next = 0
        self._lists = _Lists(store, claims, faults)
        self.agreed: list[Claim] = []
        self.named: dict[int, str] = {}
        self.count = 0
        self.last: Entry | None = None

    def run(self, found: Iterator[Entry], told: Callable[[int], None]) -> EntryFault | None:
        previous, expected = START, 0
        lines = self._lists
        with closing(lines):
            for entry in found:
                expected += 1
                if entry.id < expected:
                    return self._fault(entry.id, "unlinked", entry)
                if entry.id > expected:
                    return self._fault(expected, "missing", None)
                problem = _wrong(entry, previous)
                if problem is None and not lines.agree(expected, entry.sha256):
                    problem = "rewritten"
                if problem is not None:
                    return self._fault(expected, problem, entry)
                window = self._against_claims(entry)
                if window is not None:
                    return window
                previous = entry.sha256
                self.last, self.count = entry, self.count + 1
                if entry.act == ACT:
                    self._note_anchor(entry)
                if expected % _TELL_EVERY == 0:
                    told(expected)
        if self._next < len(self._claims):
            return self._fault(expected + 1, "cut", None)
        return None

    def against_head(self, before: tuple[int, str] | None, after: tuple[int, str] | None) -> EntryFault | None:
        """What the head said before is what must be there at least, what it says afterwards is the most."""
        last = self.last.id if self.last else 0
        if before is None or after is None or last < before[0]:
            return self._fault(last + 1, "cut", None)
        if last > after[0]:
            return self._fault(after[0] + 1, "unlinked", self.last)
        if last == after[0] and (self.last.sha256 if self.last else START) != after[1]:
            return self._fault(last, "rewritten", self.last)
        return None

    def _against_claims(self, entry: Entry) -> EntryFault | None:
        """Anchors that end at this entry must have its hash."""
        while self._next < len(self._claims) and self._claims[self._next].statement.last_entry <= entry.id:
            claim = self._claims[self._next]
            if claim.statement.last_entry == entry.id and claim.statement.last_entry_sha256 != entry.sha256:
                first = self._last_agreed() + 1
                return self._fault(first, "rewritten", entry if first == entry.id else None, through=entry.id)
            self.agreed.append(claim)
            self._next += 1
        return None

    def _note_anchor(self, entry: Entry) -> None:
        """An entry about an anchor: it must be there."""
        with suppress(ValueError, TypeError, AttributeError):
            self.named[int(entry.object_id)] = str(json.loads(entry.detail).get("sha256", ""))

    def _last_agreed(self) -> int:
        return self.agreed[-1].statement.last_entry if self.agreed else 0

    def _fault(self, event_id: int, problem: str, entry: Entry | None, *, through: int | None = None) -> EntryFault:
        shown = entry or self.last
        moment = shown.happened_at if shown else None
        # An anchor that the fault lies before: it proves that there was something else.
        behind = [claim for claim in self._claims if claim.statement.last_entry >= event_id]
        return EntryFault(
            event_id=event_id,
            problem=problem,
            through=event_id if through is None else through,
            happened_at=moment,
            actor=str(entry.actor) if entry else "",
            act=str(entry.act) if entry else "",
            after=self.agreed[-1] if self.agreed else None,
            before=behind[0] if behind else None,
        )


def _wrong(entry: Entry, previous: str) -> str | None:
    if entry.previous_sha256 != previous:
        return "unlinked"
    return None if entry.sha256 == entry.digest() else "altered"


class _Lists:
    """The hashes that were anchored, read alongside the log: one list, or several where statements overlap."""

    def __init__(self, store: ObjectStore, claims: list[Claim], faults: list[AnchorFault]) -> None:
        self._store, self._faults = store, faults
        self._to_come: dict[int, list[Statement]] = {}
        for claim in claims:
            self._to_come.setdefault(claim.statement.first_entry, []).append(claim.statement)
        self._open: list[tuple[int, _Spool]] = []
        """Number of the last entry, and the rest of the list."""

    def agree(self, event_id: int, sha256: str) -> bool:
        """Whether every list that has the entry has this hash for it."""
        for statement in self._to_come.pop(event_id, ()):
            opened = self._opened(statement)
            if opened is not None:
                self._open.append((statement.last_entry, opened))
        agrees, ended = True, False
        for last, spool in self._open:
            agrees &= spool.read(LINE_BYTES)[:-1] == sha256.encode()
            ended |= last == event_id
        if ended:
            self._close(event_id)
        return agrees

    def close(self) -> None:
        """Give the lists back."""
        for _, spool in self._open:
            spool.close()
        self._open = []

    def _close(self, ended: int) -> None:
        for last, spool in self._open:
            if last == ended:
                spool.close()
        self._open = [(last, spool) for last, spool in self._open if last != ended]

    def _opened(self, statement: Statement) -> _Spool | None:
        """Copied first: what is read is then known to be whole."""
        length = (statement.last_entry - statement.first_entry + 1) * LINE_BYTES
        spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - closed with the reading
        problem = None
        try:
            with self._store.open(statement.hashes_sha256) as reading:
                for chunk in reading:
                    spool.write(chunk)
        except (NotStored, Damaged):
            problem = "hashes-missing"
        if problem is None and spool.tell() != length:
            problem = "altered"  # nobody writes such a list honestly; the statement itself is still compared
        if problem is not None or not length:
            spool.close()
            if problem is not None:
                self._faults.append(AnchorFault(statement.number, problem, statement.hashes_sha256))
            return None
        spool.seek(0)
        return spool
