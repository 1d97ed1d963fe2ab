"""Commands that keep the archive sound: scrub, doctor."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta

import click
from sqlalchemy import func, select

from docsvc.audit import anchoring as anchors
from docsvc.audit import check_chain, checks
from docsvc.cli.context import CliContext
from docsvc.db.migrate import is_current
from docsvc.db.records import Document
from docsvc.issue.remote_keys import ailing
from docsvc.records import index_health
from docsvc.records.indexing import waiting
from docsvc.records.readings import overview
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import REGISTERED
from docsvc.store import StoreError
from docsvc.wiring import Service
from search.errors import SearchError

_LONG_WAIT = timedelta(hours=1)
_LEAST_FREE_BYTES = 500_000_000
_NO_ROOTS = "no trusted root certificates: set DOCSVC_TRUST_DIR or use docsvc trust add"


@click.command("scrub")
@click.option("--delete-orphans", is_flag=True, help="Delete objects that no record names.")
@click.pass_obj
def scrub_store(context: CliContext, delete_orphans: bool) -> None:  # noqa: FBT001 - a click flag
    """Check that every stored object still has its SHA-256, and find leftovers."""
    with context.service() as service:
        report = scrub(service.database, service.store, delete_orphans=delete_orphans)
    for kind, found in (("missing", report.missing), ("damaged", report.damaged), ("orphan", report.orphans)):
        for sha256 in found:
            click.echo(f"{kind}\t{sha256}")
    click.echo(
        f"{report.checked} checked, {len(report.missing)} missing, {len(report.damaged)} damaged, "
        f"{len(report.orphans)} orphans{' deleted' if delete_orphans else ''}"
    )
    if not report.sound:
        raise SystemExit(1)


@click.command()
@click.pass_obj
def doctor(context: CliContext) -> None:
    """Check database, store, index, keys, log and disk, and say what is wrong.

    The index is asked words of documents drawn by chance: it says when the engine has been outgrown.
    """
    problems = 0
    with context.service() as service:
        with service.database.read() as session:
            in_register = session.scalar(
                select(func.count()).select_from(Document).where(Document.state.in_(REGISTERED))
            )
            jobs = waiting(session)
            fault = check_chain(session)
            anchored = anchors.standing(session)
            read = overview(session)
        results = [
            ("database", None if is_current(service.database) else "the schema is not the newest"),
            ("store", _problem_of_store(service.store.check)),
            ("event log", None if fault is None else f"entry {fault.event_id} is {fault.problem}"),
            ("anchors of the event log", _problem_of_anchors(service, anchored)),
            ("trust", None if service.desk.trust.all_roots() else _NO_ROOTS),
            ("timestamps", None if service.desk.timestamper else "no timestamp server: signatures are B-B only"),
        ]
        if service.desk.token_modules:
            absent = [name for name, path in service.desk.token_modules.items() if not path.is_file()]
            results.append(("token modules", f"not installed: {', '.join(absent)}" if absent else None))
        for name, ill in ailing(service.database, service.desk.remote_services):
            results.append((f"remote signing {name}", f"{ill.message_en} ({ill.detail})" if ill else None))
        results.append(("texts", f"{read.outdated} not measured: run docsvc extract" if read.outdated else None))
        if service.settings.ocr == "on":
            recogniser = service.desk.recogniser
            absent_ocr = recogniser.problem or None if recogniser else "tesseract is not installed"
            results.append(("recognition of scans", absent_ocr))
        try:
            indexed = service.engine.count()
            behind = (in_register or 0) - indexed
            results.append(("index", None if behind <= jobs else f"{behind} documents are missing: run docsvc reindex"))
            results.append(_search_speed(service))
        except SearchError as error:
            results.append(("index", f"{error.message_en} Run docsvc reindex."))
        results.extend((_backlog(service), _log_check(service), _disk(service)))
    for name, problem in results:
        problems += problem is not None
        click.echo(f"{'!!' if problem else 'ok'}  {name}{': ' + problem if problem else ''}")
    click.echo(f"    {in_register} documents in the registers, {jobs} waiting to be indexed")
    if problems:
        raise SystemExit(1)


def _search_speed(service: Service) -> tuple[str, str | None]:
    speed = index_health.measure(service.database, service.engine)
    if speed is None:
        return "search (nothing to look for yet)", None
    told = f"search (p95 {speed.p95_ms:.1f} ms of {speed.questions} questions over {speed.documents} documents)"
    return told, index_health.outgrown(getattr(service.settings, "search_engine", "whoosh"), speed)


def _backlog(service: Service) -> tuple[str, str | None]:
    found = index_health.standing(service.database, service.engine)
    if found.waiting_since is not None and service.desk.clock() - found.waiting_since > _LONG_WAIT:
        since = f"{found.waiting_since:%Y-%m-%d %H:%M}Z"
        return "indexing", f"{found.waiting} documents wait since {since}: is the worker running?"
    return "indexing", f"{found.failing} documents were refused by the index and wait" if found.failing else None


def _log_check(service: Service) -> tuple[str, str | None]:
    with service.database.read() as session:
        checked = checks.newest(session)
    if checked is None or checked.is_sound:
        return "last check of the event log", None
    verdict = checked.lines[0][1] if checked.lines else "not what was written"
    return "last check of the event log", f"{checked.ended_at:%Y-%m-%d %H:%M}Z: {verdict}"


def _disk(service: Service) -> tuple[str, str | None]:
    usage = shutil.disk_usage(service.settings.data_dir)
    short = usage.free < max(_LEAST_FREE_BYTES, usage.total // 50)
    free = f"{usage.free / 1e9:.1f} GB free"
    return (
        f"disk ({free})",
        f"only {free} of {usage.total / 1e9:.0f} GB in {service.settings.data_dir}" if short else None,
    )


def _problem_of_store(check: Callable[[], None]) -> str | None:
    try:
        check()
    except StoreError as error:
        return error.message_en
    return None


def _problem_of_anchors(service: Service, anchored: anchors.Anchored) -> str | None:
    if service.desk.timestamper is None:
        return None  # told under "timestamps"
    waiting = anchored.waiting
    if waiting is not None and waiting.problem:
        return f"number {waiting.number} waits since {waiting.stated_at:%Y-%m-%d %H:%M}Z: {waiting.problem}"
    if anchored.is_overdue(service.desk.clock()):
        return f"{anchored.not_anchored} entries wait to be anchored: run docsvc audit anchor, or the worker"
    return None


COMMANDS = (scrub_store, doctor)
