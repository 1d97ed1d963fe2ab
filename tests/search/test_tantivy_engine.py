"""The embedded engine for large archives."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from search._alone import alone
from search.rebuildable import RebuildableEngine
from search.tantivy_engine import TantivyEngine
from tests.search.contract import REPOSITORY, document, found, numbered, words
from tests.search.further import FurtherContract


def opened(place: Path) -> RebuildableEngine:
    return RebuildableEngine(place, TantivyEngine)


def folder_of(place: Path) -> Path:
    return place / (place / "live").read_text()


class TestTantivyEngine(FurtherContract):
    opener = staticmethod(opened)

    def damage(self, place: Path) -> Iterable[None]:
        for ending in ("store", "idx", "term", "fast"):
            next(folder_of(place).glob(f"*.{ending}")).unlink()
            yield
        # In place of it, as a broken disk leaves it; cut short under a reader, it would end the process.
        for content in (b"", os.urandom(200)):
            broken = next(folder_of(place).glob("*.term"))
            broken.unlink()
            broken.write_bytes(content)
            yield
        (folder_of(place) / "meta.json").unlink()
        yield
        (folder_of(place) / "meta.json").write_text("{")
        yield
        (folder_of(place) / "format.json").unlink()
        yield
        shutil.rmtree(folder_of(place))
        yield
        (place / "live").unlink()
        yield

    def outdate(self, place: Path) -> None:
        (folder_of(place) / "format.json").write_text(json.dumps({"engine": "tantivy", "format": 0}))

    def impatient(self, place: Path) -> RebuildableEngine:
        return RebuildableEngine(place, partial(TantivyEngine, wait_seconds=0.05))

    def writing(self, place: Path) -> AbstractContextManager[None]:
        return alone(folder_of(place) / "alone.lock", wait_seconds=0)


def test_an_engine_in_an_empty_place_says_that_it_is_fresh(tmp_path: Path) -> None:
    assert TantivyEngine(tmp_path / "index").fresh
    assert not TantivyEngine(tmp_path / "index").fresh


def test_small_commits_are_merged_and_leave_no_files_behind(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    for each in numbered(30):
        engine.index([each])
    assert len(list(tmp_path.glob("*.store"))) < 10
    engine.clear()
    engine.index(numbered(2))
    assert len(list(tmp_path.glob("*.store"))) == 1
    assert sorted(found(engine, words("văn"))) == ["d0", "d1"]


def test_labels_may_look_like_anything_ascii(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    labels = ("a.b:c.d", "plain", "x:y:z", 'q:"\\', "n:007")
    engine.index([document("a", "đất", labels=labels), document("b", "đất", labels=("x:y",))])
    counted = engine.answer(words("đất"), counted=("a.b", "x", "q", "n", "unknown"), limit=1)
    assert counted.counts == {"a.b:c.d": 1, "x:y:z": 1, "x:y": 1, 'q:"\\': 1, "n:007": 1}


LIMITED = """
import pathlib, resource, signal, sys
from search.errors import SearchError
from search.tantivy_engine import TantivyEngine
from tests.search.contract import numbered
limit, value = getattr(resource, sys.argv[2]), int(sys.argv[3])
engine = TantivyEngine(pathlib.Path(sys.argv[1]))
engine.index(numbered(20))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
before = resource.getrlimit(limit)
resource.setrlimit(limit, (value, before[1]))
code = "nothing"
try:
    engine.index(numbered(4000))
except SearchError as error:
    code = error.code
resource.setrlimit(limit, before)
print(code, engine.count())
engine.index(numbered(30))
print(engine.count())
"""


def limited(place: Path, limit: str, value: int) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(place), limit, str(value)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    return ran.stdout.split("\n")[:2]


def test_a_full_disk_refuses_the_commit_and_the_last_one_still_answers(tmp_path: Path) -> None:
    assert limited(tmp_path / "index", "RLIMIT_FSIZE", 20_000) == ["index-unwritable 20", "30"]


def test_running_out_of_open_files_is_not_taken_for_damage(tmp_path: Path) -> None:
    assert limited(tmp_path / "index", "RLIMIT_NOFILE", 4) == ["index-unwritable 20", "30"]
