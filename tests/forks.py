"""Processes forked from one that has loaded the service already: to start Python, the service and its reader of PDFs
takes two seconds, and some tests need a hundred processes.
"""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.context import ForkServerContext
from typing import Any

from signing._readers import readers

_LOADED = "tests.loaded"


def forking() -> ForkServerContext:
    """Where such processes come from; call :func:`share_readers` first in each."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_LOADED])
    return context


def share_readers() -> None:
    """Ask the reader of PDFs that is running already, instead of starting one.

    It knows nothing and keeps nothing. That it ends with its service is tested where it is at home.
    """
    loaded: Any = sys.modules.get(_LOADED)
    if loaded is not None:
        readers._control = loaded.control.dup()
