"""Carrying an audit out: several files at once, each written down in one transaction with how far the run is.

Steps, each of which can be cut off and taken again:

1. take the run, unless another process is at work on it;
2. plan it: every file to check is written down, in one transaction; from then on it is exactly these;
3. check what has no result yet. Each file is read, hashed and verified by a thread whose reader is a process of its
   own, so that all processors are busy; this thread alone writes, and what is ready goes into one transaction: results,
   how far the run is, alarms. A file is filled in only if it has no result, so none counts twice; one that was under
   way when the process was killed has none, so it is checked again;
4. after everything: find objects that no record names; and end, in one transaction.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.db.inspection import AuditAlarm, AuditResult, AuditRun
from docsvc.db.records import Document, Rendition
from docsvc.errors import DocsvcError, NotFound
from docsvc.inspection.checking import IN_ORDER, OBJECT_EXTRA, REMOVED, Checked, Planned, Stored, check, found
from docsvc.inspection.choice import choice_of, chosen_files
from docsvc.inspection.errors import AuditOver, AuditUnderWay
from docsvc.inspection.runs import State, at_work, holder, note
from docsvc.issue.desk import Desk
from docsvc.records.index_jobs import owe
from docsvc.records.scrubbing import orphans
from docsvc.records.signature_results import signature_result
from docsvc.records.terms import REGISTERED
from docsvc.store import StoreError

_BATCH = 200
_AHEAD = 2
"""So many files for each thread lie ready: nobody waits while results are written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    run_id: int
    total: int
    handled: int
    findings: int


class _Left(Exception):
    """The run is to go no further here: somebody stopped it, or took it over."""


def processors() -> int:
    """How many files at once keep this machine busy."""
    return len(os.sched_getaffinity(0))


def carry(
    desk: Desk, run_id: int, *, at_once: int | None = None, stopped: Callable[[], bool] = lambda: False
) -> Generator[Progress]:
    """Work on a run until it is done or stopped; gives how far it is after every transaction.

    Args:
        desk: the collaborators.
        run_id: of a run that waits, was cut off, or is stopped.
        at_once: files to verify at the same time; as many as there are processors if ``None``.
        stopped: asked between files; when true, the run is left as it is for the next to go on with.

    Raises:
        NotFound: there is no such run.
        AuditOver: it is done.
        AuditUnderWay: another process is at work on it.
        StoreError: the store does not answer; the run waits, and its row says why.
    """
    _take(desk, run_id)
    try:
        yield _plan(desk, run_id)
        with ThreadPoolExecutor(at_once or processors(), thread_name_prefix="docsvc-audit") as pool:
            yield from _work(desk, run_id, pool, (at_once or processors()) * _AHEAD, stopped)
        yield _finish(desk, run_id)
    except _Left:
        pass
    except StoreError as error:
        _leave(desk, run_id, error.code)
        raise
    except Exception:
        _leave(desk, run_id, DocsvcError.code)  # tried again later, not at once and for ever
        raise
    finally:
        _leave(desk, run_id)


def _take(desk: Desk, run_id: int) -> None:
    with desk.database.write() as session:
        run = session.get(AuditRun, run_id, with_for_update=True)
        if run is None:
            raise NotFound
        if run.state == State.DONE:
            raise AuditOver
        if at_work(run, desk.clock()):
            raise AuditUnderWay
        run.state, run.holder, run.moved_at = State.RUNNING, holder(), desk.clock()
        run.stop_asked, run.ended_at, run.problem = False, None, ""


def _plan(desk: Desk, run_id: int) -> Progress:
    with desk.database.write() as session:
        run = _ours(session, run_id)
        if run.planned_at is None:
            files = chosen_files(choice_of(run)).subquery()
            planned = select(
                literal(run.id),
                files.c.id,
                files.c.document_id,
                files.c.role,
                files.c.sha256,
                *(literal("") for _ in range(5)),
            ).order_by(files.c.id)
            session.execute(
                insert(AuditResult).from_select(
                    [
                        *("run_id", "rendition_id", "document_id", "role", "sha256"),
                        *("stored", "verdict", "cause", "detail_vi", "detail_en"),
                    ],
                    planned,
                )
            )
            counted = select(func.count()).select_from(AuditResult).where(AuditResult.run_id == run.id)
            run.total, run.planned_at = session.scalar(counted) or 0, desk.clock()
        return _progress(run)


def _work(
    desk: Desk, run_id: int, pool: ThreadPoolExecutor, ahead: int, stopped: Callable[[], bool]
) -> Iterator[Progress]:
    left = _left(desk, run_id)
    under_way: set[Future[Checked]] = set()
    ending = False
    try:
        while True:
            ending = ending or stopped()
            while not ending and len(under_way) < ahead and (planned := next(left, None)) is not None:
                under_way.add(pool.submit(check, desk, planned))
            if not under_way:
                break
            ready, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            progress, asked = _record(desk, run_id, [one.result() for one in ready])
            ending = ending or asked
            yield progress
    finally:
        for one in under_way:
            one.cancel()
    if ending:
        raise _Left


def _left(desk: Desk, run_id: int) -> Iterator[Planned]:
    """Files without a result, in the order in which they were planned."""
    last = 0
    while True:
        with desk.database.read() as session:
            rows = session.execute(
                select(AuditResult.id, AuditResult.rendition_id, AuditResult.role, AuditResult.sha256)
                .where(AuditResult.run_id == run_id, AuditResult.cause == "", AuditResult.id > last)
                .order_by(AuditResult.id)
                .limit(_BATCH)
            ).all()
        if not rows:
            return
        for row in rows:
            yield Planned(row.id, row.rendition_id or 0, row.role, row.sha256)
        last = rows[-1].id


def _record(desk: Desk, run_id: int, checked: list[Checked]) -> tuple[Progress, bool]:
    """Results, how far the run is, and alarms, in one transaction; also gives whether somebody asked to stop."""
    with desk.database.write() as session:
        run = _ours(session, run_id)
        alarms = []
        before = _signature_results(session, checked)
        for one in checked:
            if one.stored is Stored.MISSING and session.get(Rendition, one.planned.rendition_id) is None:
                one = found(one.planned, Stored.MISSING, REMOVED)  # noqa: PLW2901 - it is no finding after all
            filled = session.execute(
                update(AuditResult)
                .where(AuditResult.id == one.planned.result_id, AuditResult.cause == "")
                .values(
                    stored=one.stored,
                    verdict=one.verdict,
                    cause=one.cause,
                    detail_vi=one.detail_vi,
                    detail_en=one.detail_en,
                    checked_at=desk.clock(),
                )
                .returning(AuditResult.id)
            ).all()
            run.handled += len(filled)
            if filled and one.cause not in IN_ORDER:
                run.findings += 1
            if filled and one.alarming and one.cause != REMOVED:
                alarms.append(one)
        after = _signature_results(session, checked)
        owe(session, [one for one in after if after[one] != before.get(one)], desk.clock())
        run.moved_at = desk.clock()
        for one in alarms:
            _raise_alarm(session, desk, run, one)
        return _progress(run), run.stop_asked


def _signature_results(session: Session, checked: list[Checked]) -> dict[str, str]:
    """What the search index is to know of the documents' signatures."""
    of_files = select(Rendition.document_id).where(Rendition.id.in_([one.planned.rendition_id for one in checked]))
    rows = session.execute(
        select(Document.id, signature_result()).where(Document.id.in_(of_files), Document.state.in_(REGISTERED))
    )
    return {row[0]: row[1] for row in rows}


def _raise_alarm(session: Session, desk: Desk, run: AuditRun, one: Checked) -> None:
    """Unless the same is waiting to be acknowledged already."""
    rendition = session.get(Rendition, one.planned.rendition_id)
    document = session.get(Document, rendition.document_id) if rendition is not None else None
    still_open = select(AuditAlarm.id).where(
        AuditAlarm.rendition_id == one.planned.rendition_id,
        AuditAlarm.cause == one.cause,
        AuditAlarm.acknowledged_at.is_(None),
    )
    if document is None or session.scalar(still_open.limit(1)) is not None:
        return
    session.add(
        AuditAlarm(
            run_id=run.id,
            rendition_id=one.planned.rendition_id,
            document_id=document.id,
            unit_id=document.unit_id,
            sha256=one.planned.sha256,
            cause=one.cause,
            detail_vi=one.detail_vi,
            detail_en=one.detail_en,
            raised_at=desk.clock(),
        )
    )
    audit.append(
        session,
        actor=run.started_by,
        act="alarm-raised",
        object_kind="document",
        object_id=document.id,
        audit=run.id,
        sha256=one.planned.sha256,
        cause=one.cause,
    )


def _finish(desk: Desk, run_id: int) -> Progress:
    with desk.database.read() as session:
        everything = choice_of(session.get_one(AuditRun, run_id)).everything
    left_over = orphans(desk.database, desk.store) if everything else ()
    with desk.database.write() as session:
        run = _ours(session, run_id)
        for sha256 in left_over:
            one = found(Planned(0, 0, "", sha256), Stored.EXTRA, OBJECT_EXTRA)
            session.add(
                AuditResult(
                    run_id=run.id,
                    rendition_id=None,
                    document_id=None,
                    sha256=sha256,
                    stored=one.stored,
                    cause=one.cause,
                    detail_vi=one.detail_vi,
                    detail_en=one.detail_en,
                    checked_at=desk.clock(),
                )
            )
        run.findings += len(left_over)
        run.state, run.holder = State.DONE, ""
        run.moved_at = run.ended_at = desk.clock()
        note(session, run, "audit-done", run.started_by, files=run.total, findings=run.findings)
        return _progress(run)


def _leave(desk: Desk, run_id: int, problem: str = "") -> None:
    """Let go of the run: stopped if somebody asked for it, else for the next to go on with."""
    with desk.database.write() as session:
        run = session.get_one(AuditRun, run_id, with_for_update=True)
        if run.holder != holder():
            return
        run.holder, run.problem = "", problem
        if run.stop_asked:
            run.state, run.ended_at = State.STOPPED, desk.clock()
        else:
            run.state = State.WAITING


def _ours(session: Session, run_id: int) -> AuditRun:
    run = session.get_one(AuditRun, run_id, with_for_update=True)
    if run.holder != holder():
        raise _Left
    return run


def _progress(run: AuditRun) -> Progress:
    return Progress(run.id, run.total, run.handled, run.findings)
