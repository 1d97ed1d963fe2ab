"""The background worker: carries index jobs out as they come, and mends the index."""

from __future__ import annotations

import logging
import threading
import time

from docsvc.records.indexing import begin_anew, index_pending, owe_missing
from docsvc.wiring import Service
from search.errors import SearchError

IDLE_SECONDS = 0.5
CHECK_SECONDS = 600.0
"""How often an idle worker looks whether the index holds every registered document."""
MEND_SECONDS = 60.0
"""A damaged index is made anew at most this often: on a dying disk it would be for ever."""
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
                owed = owe_missing(service.database, service.engine)
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


def _mend(service: Service) -> None:
    try:
        owed = begin_anew(service.database, service.engine)
    except SearchError as error:
        log.warning("the search index cannot be made anew: %s", error)
    except Exception:
        log.exception("the search index could not be made anew")
    else:
        log.warning("the search index was made anew: indexing all %d documents again", owed)


def start(service: Service) -> tuple[threading.Thread, threading.Event]:
    """Run the worker in a thread of this process."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(service, stop), name="docsvc-worker", daemon=True)
    thread.start()
    return thread, stop
