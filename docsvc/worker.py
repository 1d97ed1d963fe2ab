"""The background worker: carries index jobs out as they come, mends the index, and keeps signatures provable."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from docsvc.audit import anchoring, checks, telling
from docsvc.errors import DocsvcError
from docsvc.inspection import keeping
from docsvc.issue.recognising import owe_missing as owe_unread
from docsvc.issue.recognising import work_off
from docsvc.issue.upkeep import plan_of, run
from docsvc.records import alerts, lexicon, rebuilding
from docsvc.records.effects import owe_turned
from docsvc.records.indexing import begin_anew, index_pending, owe_missing
from docsvc.records.registers import today_here
from docsvc.search_engines import owe_after_change
from docsvc.web.asked import found_by
from docsvc.wiring import Service
from search.errors import SearchError
from signing.errors import SigningError

IDLE_SECONDS = 0.5
CHECK_SECONDS = 600.0
"""How often an idle worker looks whether the index holds every registered document."""
FIRST_SECONDS = 60.0
"""After the start, before the archive is looked at for the first time."""
ANCHOR_SECONDS = 60.0
"""How often it is looked whether the event log is to be anchored."""
TELL_SECONDS = 10.0
"""How often saved searches are asked about what was published."""
MEND_SECONDS = 60.0
"""A damaged index is made anew at most this often: on a dying disk it would be for ever."""
REBUILD_SECONDS = 2.0
"""How often it is looked whether the search index is to be built anew."""
RECOGNISE_SECONDS = 5.0
"""How often it is looked whether scanned pages wait."""
log = logging.getLogger(__name__)


def work(service: Service, stop: threading.Event) -> None:
    """Index what waits until told to stop; a problem is noted and tried again, never fatal.

    An index that is new, damaged, of an older version, or not of this database is built again. Another version's is
    so at the start only: while two versions run side by side, they must not take turns.
    """
    checked_at = mended_at = None
    while not stop.is_set():
        done = 0
        try:
            if checked_at is None or time.monotonic() - checked_at > CHECK_SECONDS:
                owed = owe_after_change(service.settings, service.database)
                owed = owed or owe_missing(service.database, service.engine)
                checked_at = time.monotonic()
                if owed:
                    log.warning("the search index lacks documents: indexing all %d again", owed)
            done = index_pending(service.database, service.engine)
        except SearchError as error:
            log.warning("the search index cannot be used: %s", error)
            is_broken = error.code == "index-damaged" or (error.code == "index-outdated" and checked_at is None)
            if is_broken and (mended_at is None or time.monotonic() - mended_at > MEND_SECONDS):
                mended_at = time.monotonic()
                _mend(service)
        except Exception:
            log.exception("indexing failed")
        if not done:
            stop.wait(IDLE_SECONDS)


def attend(service: Service, stop: threading.Event, *, every_seconds: float = TELL_SECONDS) -> None:
    """Do what searching needs beside the index: what a new day changes, alerts, the words of public documents."""
    turned_on = None
    while not stop.wait(every_seconds):
        try:
            now = datetime.now(UTC)
            if turned_on != (today := today_here()):
                with service.database.write() as session:
                    owe_turned(session, today, now)
                turned_on = today
            told = alerts.look(service.database, partial(found_by, service.database, service.engine))
            if told:
                log.info("saved searches: %d new documents", told)
            with service.database.read() as session:
                due = lexicon.is_due(session, now)
            if due:
                lexicon.count_words(service.database)
        except SearchError as error:
            log.warning("saved searches wait for the search index: %s", error)
        except Exception:
            log.exception("saved searches were not asked")


def rebuild(service: Service, stop: threading.Event) -> None:
    """Carry what people or :func:`work` asked to be built anew of the search index, until told to stop."""
    while not stop.wait(REBUILD_SECONDS):
        try:
            with service.database.read() as session:
                build_id = rebuilding.due(session, datetime.now(UTC))
            if build_id is None:
                continue
            log.info("building the search index anew beside the one that answers")
            for _ in rebuilding.carry(service.database, service.engine, build_id, processes=1, stopped=stop.is_set):
                pass
        except (SearchError, DocsvcError) as error:
            log.warning("the search index is not built anew: %s", error)
        except Exception:
            log.exception("building the search index anew failed")


def _mend(service: Service) -> None:
    try:
        owed = begin_anew(service.database, service.engine)
    except SearchError as error:
        log.warning("the search index cannot be made anew: %s", error)
    except Exception:
        log.exception("the search index could not be made anew")
    else:
        log.warning("the search index was made anew: indexing all %d documents again", owed)


def keep(service: Service, stop: threading.Event, *, every_seconds: float | None = None) -> None:
    """Do what is due for the archive's signatures, again and again until told to stop."""
    seconds = every_seconds or service.settings.preserve_every_minutes * 60.0
    if stop.wait(min(seconds, FIRST_SECONDS)):
        return
    while not stop.is_set():
        try:
            counted = Counter(
                outcome.done for outcome, _ in run(service.desk, plan_of(service.desk), stopped=stop.is_set)
            )
            if counted:
                log.info("signatures: %s", ", ".join(f"{number} {done}" for done, number in counted.items()))
        except SigningError as error:
            log.warning("the run over the archive's signatures: %s", error)
        except Exception:
            log.exception("the run over the archive's signatures failed")
        stop.wait(seconds)


def keep_anchored(service: Service, stop: threading.Event, *, every_seconds: float = ANCHOR_SECONDS) -> None:
    """Anchor the event log and check it, each once a day, again and again until told to stop."""
    while not stop.wait(every_seconds):
        try:
            if anchoring.is_due(service.desk):
                made = anchoring.anchor(service.desk)
                log.info("the event log is anchored through entry %d (anchor %d)", made.last_event_id, made.number)
        except (SigningError, DocsvcError) as error:
            log.warning("the event log is not anchored: %s", error)
        except Exception:
            log.exception("anchoring the event log failed")
        try:
            report = checks.work_off(service.desk)
            if report is not None and not report.is_sound:
                log.error("the event log is not what was written: %s", telling.summary(report)[0][1])
        except DocsvcError as error:
            log.warning("the event log is not checked: %s", error)
        except Exception:
            log.exception("checking the event log failed")


def inspect(service: Service, stop: threading.Event) -> None:
    """Carry audits of the archive until told to stop."""
    days, at_once = service.settings.audit_every_days, service.settings.audit_at_once
    keeping.keep(service.desk, stop, every=timedelta(days=days) if days else None, at_once=at_once or None)


def recognise(service: Service, stop: threading.Event, *, every_seconds: float = RECOGNISE_SECONDS) -> None:
    """Recognise scanned pages as they come until told to stop, where the settings and the machine allow it."""
    recogniser = service.desk.recogniser
    if recogniser is None:
        if service.settings.ocr == "on":
            log.warning("scanned pages are not recognised: tesseract is not installed")
        return
    if recogniser.problem:
        log.warning("scanned pages are not recognised: %s", recogniser.problem)
        return
    while not stop.wait(every_seconds):
        try:
            owe_unread(service.desk)
            for one in work_off(service.desk, recogniser, stopped=stop.is_set):
                if one.problem:
                    log.warning("document %s is not recognised: %s", one.document_id, one.problem)
                elif one.pages or one.failed:
                    log.info("document %s: %d pages recognised, %d not", one.document_id, one.pages, one.failed)
        except Exception:
            log.exception("recognising scanned pages failed")


BESIDE: tuple[tuple[str, Callable[[Service, threading.Event], None]], ...] = (
    ("keeper", keep),
    ("anchor", keep_anchored),
    ("inspector", inspect),
    ("builder", rebuild),
    ("ocr", recognise),
    ("teller", attend),
)
"""What runs beside indexing, each in a thread of its own."""


def start_beside(service: Service, stop: threading.Event) -> tuple[threading.Thread, ...]:
    """Run everything but indexing in threads of this process."""
    threads = tuple(
        threading.Thread(target=act, args=(service, stop), name=f"docsvc-{name}", daemon=True) for name, act in BESIDE
    )
    for thread in threads:
        thread.start()
    return threads


def start(service: Service) -> tuple[threading.Thread, threading.Event]:
    """Run the worker in threads of this process; gives the indexing one."""
    stop = threading.Event()
    start_beside(service, stop)
    thread = threading.Thread(target=work, args=(service, stop), name="docsvc-worker", daemon=True)
    thread.start()
    return thread, stop
