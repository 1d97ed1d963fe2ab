"""The background worker: carries index jobs out as they come."""

from __future__ import annotations

import logging
import threading

from docsvc.records.indexing import index_pending
from docsvc.wiring import Service
from search.errors import SearchError

IDLE_SECONDS = 0.5
log = logging.getLogger(__name__)


def work(service: Service, stop: threading.Event) -> None:
    """Index what waits until told to stop; a problem is noted and tried again, never fatal."""
    while not stop.is_set():
        try:
            done = index_pending(service.database, service.engine)
        except SearchError as error:
            log.warning("the search index cannot be written: %s", error)
            done = 0
        except Exception:
            log.exception("indexing failed")
            done = 0
        if not done:
            stop.wait(IDLE_SECONDS)


def start(service: Service) -> tuple[threading.Thread, threading.Event]:
    """Run the worker in a thread of this process."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(service, stop), name="docsvc-worker", daemon=True)
    thread.start()
    return thread, stop
