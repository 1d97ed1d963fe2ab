"""What the worker does for audits: begins those that are due by the calendar, and carries those that wait."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from docsvc.accounts import SYSTEM
from docsvc.errors import DocsvcError
from docsvc.inspection import runs
from docsvc.inspection.carrying import carry
from docsvc.issue.desk import Desk

IDLE_SECONDS = 1.0
SCHEDULE_SECONDS = 600.0
"""How often an idle worker looks whether a run over everything is due."""
log = logging.getLogger(__name__)


def keep(desk: Desk, stop: threading.Event, *, every: timedelta | None, at_once: int | None = None) -> None:
    """Carry audits until told to stop; ``every``: how often everything is audited, ``None`` for never."""
    idle = SCHEDULE_SECONDS
    while not stop.is_set():
        try:
            if every is not None and idle >= SCHEDULE_SECONDS:
                idle = 0.0
                with desk.database.write() as session:
                    runs.schedule(session, desk, every, by=SYSTEM)
            with desk.database.read() as session:
                run_id = runs.due(session, desk.clock())
            if run_id is not None:
                for _ in carry(desk, run_id, at_once=at_once, stopped=stop.is_set):
                    pass
                continue
        except DocsvcError as error:
            log.warning("an audit of the archive: %s", error)
        except Exception:
            log.exception("an audit of the archive failed")
        stop.wait(IDLE_SECONDS)
        idle += IDLE_SECONDS
