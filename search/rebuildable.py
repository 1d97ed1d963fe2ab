"""Any engine that keeps its index in one folder, made rebuildable: see :class:`search.engine.Rebuildable`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from whoosh.util.filelock import FileLock, try_for

from search._generations import Generations
from search.engine import EVERYTHING, Answer, Engine, Hit, IndexedDocument, Narrowing, Order, WordQuery
from search.errors import busy, damaged, unreadable, unwritable

_LOCK = "switch.lock"
_TRIES = 5
Opener = Callable[[Path], Engine]


class RebuildableEngine:
    """An engine in a folder that another one can take over from.

    ``opened`` makes an engine in a folder and an empty index where there is none. A missing or empty directory
    becomes an empty index, and :attr:`fresh` says so: the caller then owes it all documents.
    """

    def __init__(self, directory: Path, opened: Opener, *, wait_seconds: float = 30.0) -> None:
        self._generations = Generations(Path(directory))
        self._opened = opened
        self._wait_seconds = wait_seconds
        self._guard = threading.Lock()
        self._held: tuple[Path, Engine] | None = None
        self._retired: list[Engine] = []
        self.fresh = False
        """Whether this engine found no index and made an empty one."""
        with _system_errors_told():
            if not self._has_content():
                with self._switching_alone():
                    if not self._has_content():
                        self._opened(self._generations.begin(live=True)).close()
                        self.fresh = True

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add or replace documents in one commit. Raises SearchError."""
        self._live().index(documents)

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit. Raises SearchError."""
        self._live().delete(ids)

    def answer(
        self,
        query: WordQuery,
        *,
        narrowing: Narrowing = EVERYTHING,
        counted: Collection[str] = (),
        limit: int,
        offset: int = 0,
        order: Order = "best",
    ) -> Answer:
        """Answer a question of words. Raises SearchError."""
        return self._live().answer(query, narrowing=narrowing, counted=counted, limit=limit, offset=offset, order=order)

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first. Raises SearchError."""
        return self.answer(query, limit=limit, order=order).hits

    def count(self) -> int:
        """Return how many documents are indexed. Raises SearchError."""
        return self._live().count()

    def size_bytes(self) -> int:
        """Return what the index that answers takes on disk. Raises SearchError."""
        return self._live().size_bytes()

    def clear(self) -> None:
        """Start over with an empty index in a new folder, whatever state the old one is in. Raises SearchError."""
        with _system_errors_told(), self._switching_alone():
            self._opened(self._generations.begin(live=True)).close()
            self._generations.sweep()
        self.fresh = True

    def beside(self) -> Engine:
        """Return the index being built, begun where there is none; close it when done. Raises SearchError."""
        with _system_errors_told(), self._switching_alone():
            return self._opened(self._generations.building() or self._generations.begin())

    def promote(self) -> None:
        """Let the index built beside answer from now on. Raises SearchError."""
        with _system_errors_told(), self._switching_alone():
            if self._generations.promote():
                self._generations.sweep()

    def abandon(self) -> None:
        """Throw away what was built beside. Raises SearchError."""
        with _system_errors_told(), self._switching_alone():
            self._generations.abandon()
            self._generations.sweep()

    def close(self) -> None:
        """Let go of files."""
        with self._guard:
            held, self._held = self._held, None
            retired, self._retired = self._retired, []
        for engine in (*retired, *([held[1]] if held else [])):
            engine.close()

    def _has_content(self) -> bool:
        directory = self._generations.directory
        return directory.is_dir() and any(path.suffix != ".lock" for path in directory.iterdir())

    def _live(self) -> Engine:
        with self._guard, _system_errors_told():
            for _ in range(_TRIES):
                folder = self._generations.live()
                if folder is None:
                    raise damaged("no index is named as the one that answers")
                if self._held is not None and self._held[0] == folder:
                    return self._held[1]
                if not folder.is_dir():
                    # Another process may have switched between the two looks.
                    continue
                if self._held is not None:
                    # Other threads may be asking it just now; it is closed at the switch after this one.
                    for engine in self._retired:
                        engine.close()
                    self._retired = [self._held[1]]
                self._held = (folder, self._opened(folder))
                return self._held[1]
        raise damaged("the folder of the index is gone")

    @contextmanager
    def _switching_alone(self) -> Iterator[None]:
        self._generations.directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(self._generations.directory / _LOCK))
        if not try_for(lock.acquire, timeout=self._wait_seconds, delay=0.02):
            raise busy(self._wait_seconds)
        try:
            yield
        finally:
            lock.release()


@contextmanager
def _system_errors_told() -> Iterator[None]:
    try:
        yield
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise unwritable(error.strerror or type(error).__name__) from error
    except OSError as error:
        raise unreadable(error.strerror or type(error).__name__) from error
