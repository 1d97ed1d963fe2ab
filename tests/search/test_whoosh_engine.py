"""The embedded engine."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.errors import SearchError
from search.rebuildable import RebuildableEngine
from search.whoosh_engine import WhooshEngine
from tests.search.contract import REPOSITORY, EngineContract, RebuildableContract, found, numbered, words


def opened(place: Path) -> WhooshEngine:
    return WhooshEngine(place)


def largest(place: Path, pattern: str) -> Path:
    return max(place.glob(pattern), key=lambda path: path.stat().st_size)


class TestWhooshEngine(EngineContract):
    opener = staticmethod(opened)

    def damage(self, place: Path) -> Iterable[None]:
        largest(place, "*.seg").unlink()
        yield
        largest(place, "*.seg").write_bytes(b"")
        yield
        content = largest(place, "*.seg").read_bytes()
        largest(place, "*.seg").write_bytes(content[: len(content) // 2])
        yield
        largest(place, "*.toc").write_bytes(os.urandom(200))
        yield
        largest(place, "*.toc").write_bytes(b"")
        yield
        for path in place.glob("*.toc"):
            path.unlink()
        yield
        (place / "format.json").unlink()
        yield
        (place / "format.json").write_text("{")
        yield
        (place / "_MAIN_99999999999999.toc").write_bytes(b"x")
        yield


def test_an_engine_in_an_empty_place_says_that_it_is_fresh(tmp_path: Path) -> None:
    assert WhooshEngine(tmp_path / "new").fresh
    assert not WhooshEngine(tmp_path / "new").fresh
    (tmp_path / "empty").mkdir()
    assert WhooshEngine(tmp_path / "empty").fresh


def test_a_directory_that_vanishes_is_damage_until_it_is_cleared(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    engine.index(numbered(3))
    shutil.rmtree(tmp_path / "index")
    for act in (engine.count, lambda: found(engine, words("văn")), lambda: engine.index(numbered(1))):
        with pytest.raises(SearchError) as lost:
            act()
        assert lost.value.code == "index-damaged"
    engine.clear()
    assert engine.count() == 0


def test_an_index_of_another_format_is_outdated_until_it_is_cleared(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.index(numbered(3))
    (tmp_path / "format.json").write_text(json.dumps({"engine": "whoosh", "format": 0}))
    with pytest.raises(SearchError) as old:
        engine.count()
    assert old.value.code == "index-outdated"
    engine.clear()
    assert engine.count() == 0


def test_a_writer_that_waits_too_long_says_that_the_index_is_busy(tmp_path: Path) -> None:
    WhooshEngine(tmp_path)
    impatient = WhooshEngine(tmp_path, wait_seconds=0.05)
    holder = WhooshEngine(tmp_path)
    with holder._writing_alone(), pytest.raises(SearchError) as busy:
        impatient.index(numbered(1))
    assert busy.value.code == "index-busy"
    impatient.index(numbered(1))
    assert impatient.count() == 1


FULL_DISK = """
import pathlib, resource, signal, sys
from search.errors import SearchError
from search.rebuildable import RebuildableEngine
from search.whoosh_engine import WhooshEngine
from tests.search.contract import numbered
engine = WhooshEngine(pathlib.Path(sys.argv[1]))
engine.index(numbered(20))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    engine.index(numbered(4000))
except SearchError as error:
    print(error.code, engine.count())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
engine.index(numbered(30))
print(engine.count())
"""


def test_a_full_disk_refuses_the_commit_and_the_last_one_still_answers(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "index")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert ran.stdout.split("\n")[:2] == ["index-unwritable 20", "30"]


NO_MORE_FILES = """
import pathlib, resource, sys
from search.errors import SearchError
from search.rebuildable import RebuildableEngine
from search.whoosh_engine import WhooshEngine
from tests.search.contract import found, numbered, words
engine = WhooshEngine(pathlib.Path(sys.argv[1]))
engine.index(numbered(20))
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
try:
    engine.count()
except SearchError as error:
    code = error.code
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(code, engine.count())
"""


def test_running_out_of_open_files_is_not_taken_for_damage(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", NO_MORE_FILES, str(tmp_path / "index")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert ran.stdout == "index-unreadable 20\n"


@pytest.mark.faults
def test_killed_writers_leave_no_files_behind_for_ever(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    engine.index(numbered(5))
    (tmp_path / "MAIN_abandoned.pst").write_bytes(b"half a segment")
    (tmp_path / "MAIN_abandoned.seg").write_bytes(b"half a segment")
    (tmp_path / "_MAIN_5.toc").write_bytes(b"an old state")
    engine.index(numbered(6))
    assert not list(tmp_path.glob("*abandoned*"))
    assert len(list(tmp_path.glob("*.toc"))) == 1


def test_threads_of_one_process_read_and_write_together(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    stop = threading.Event()

    def read() -> set[int]:
        seen = set()
        while not stop.is_set():
            seen.add(len(found(engine, words("văn"), limit=1000)) % 5)
        return seen

    with ThreadPoolExecutor(4) as readers:
        remainders = [readers.submit(read) for _ in range(4)]
        for start in range(0, 100, 5):
            engine.index(numbered(5, start))
        stop.set()
        assert {one for seen in remainders for one in seen.result()} <= {0}
    assert engine.count() == 100


def test_merging_drops_deleted_documents_and_keeps_the_rest(tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path)
    for start in range(0, 40, 10):
        engine.index(numbered(10, start))
    engine.delete(f"d{n}" for n in range(0, 40, 2))
    before = found(engine, words("văn"))
    engine.optimize()
    assert sorted(found(engine, words("văn"))) == sorted(before)
    assert len(list(tmp_path.glob("*.seg"))) == 1


def test_errors_cross_process_borders_whole() -> None:
    error = SearchError("index-damaged", "hỏng", "damaged")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.code, again.message_vi, again.message_en) == ("index-damaged", "hỏng", "damaged")


def rebuildable(place: Path) -> RebuildableEngine:
    return RebuildableEngine(place, WhooshEngine)


class TestRebuildableWhoosh(RebuildableContract):
    opener = staticmethod(rebuildable)

    def damage(self, place: Path) -> Iterable[None]:
        folder = place / (place / "live").read_text()
        largest(folder, "*.seg").unlink()
        yield
        folder = place / (place / "live").read_text()
        shutil.rmtree(folder)
        yield
        (place / "live").write_text("../elsewhere")
        yield
        (place / "live").unlink()
        yield
