"""More of what every engine does that may be chosen by setting."""

import threading
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import pytest

from search.engine import Engine, Narrowing, Rebuildable, WordQuery
from search.errors import SearchError
from search.folding import terms
from tests.search.contract import RebuildableContract, document, found, numbered, phrase, words


class FurtherContract(RebuildableContract):
    """Phrases with compounds, long texts, pages far behind, threads, other versions, writers that wait."""

    @abstractmethod
    def outdate(self, place: Path) -> None:
        """Make the index one of another version."""

    @abstractmethod
    def impatient(self, place: Path) -> Rebuildable:
        """Open an engine that waits for other writers a moment only."""

    @abstractmethod
    def writing(self, place: Path) -> AbstractContextManager[None]:
        """Hold the lock that writers take."""

    # --- what is found

    def test_a_phrase_may_hold_a_reference_or_a_date(self, engine: Engine) -> None:
        engine.index(
            [
                document("a", "căn cứ Quyết định số 138/QĐ-UBND ngày 17/02/2014 của Ủy ban"),
                document("b", "Quyết định số 139/QĐ-UBND ngày 17/02/2014; 138/QĐ-UBND"),
            ]
        )
        assert found(engine, phrase("số 138/QĐ-UBND ngày")) == ["a"]
        assert found(engine, phrase("so 138/qd-ubnd ngay 17/02/2014 cua")) == ["a"]
        assert set(found(engine, phrase("ngày 17/02/2014"))) == {"a", "b"}
        assert set(found(engine, phrase("138/QĐ-UBND"))) == {"a", "b"}
        query = WordQuery(words=terms("quyết định"), excluded=(terms("số 138/QĐ-UBND"),))
        assert found(engine, query) == ["b"]

    def test_words_and_phrases_far_into_a_long_text_are_found(self, engine: Engine) -> None:
        syllables = [f"{onset}{rhyme}" for onset in "bcdghklmn" for rhyme in ("a", "an", "ô", "ơi", "ưa")]
        long = " ".join(syllables[number * number % 41] for number in range(60_000))
        text = f"{'chung ' * 3_000} mở đầu thu hồi {long} đền bù giải tỏa {long} giữa chừng {'lặp ' * 2_000} "
        text += "kết thúc ở đây"
        engine.index([document("long", text), document("short", "đền giải bù tỏa, kết ở thúc đây, thu mở hồi đầu")])
        for typed in ("mở đầu thu hồi", "đền bù giải tỏa", "den bu giai toa", "kết thúc ở đây"):
            assert found(engine, phrase(typed)) == ["long"], typed
            assert set(found(engine, words(typed))) == {"long", "short"}, typed
        assert found(engine, phrase("giữa chừng lặp lặp lặp")) == ["long"]
        assert found(engine, WordQuery(words=terms("thu"), excluded=(terms("kết thúc ở đây"),))) == ["short"]
        engine.index([document("long", "nay ngắn")])
        assert found(engine, phrase("kết thúc ở đây")) == []

    def test_an_undated_document_is_in_no_period_whatever_its_number(self, engine: Engine) -> None:
        engine.index([document("undated", "đất", number=138), document("dated", "đất", issued_on=date(2024, 1, 1))])
        narrowing = Narrowing(last=date(2030, 1, 1))
        assert [hit.id for hit in engine.answer(words("đất"), narrowing=narrowing, limit=9).hits] == ["dated"]

    def test_alternatives_may_be_excluded_from_and_counted(self, engine: Engine) -> None:
        engine.index(
            [
                document("a", "GPMB", labels=("unit:1",)),
                document("b", "giải phóng mặt bằng cũ", labels=("unit:1", "unit:2")),
                document("c", "giai phong mat bang", labels=("unit:2",)),
            ]
        )
        query = WordQuery(alternatives=((terms("gpmb"), terms("giải phóng mặt bằng")),), excluded=(terms("cũ"),))
        answer = engine.answer(query, counted=("unit",), limit=9)
        assert [hit.id for hit in answer.hits] == ["a", "c"]
        assert (answer.total, answer.counts) == (2, {"unit:1": 1, "unit:2": 1})

    def test_each_phrase_near_lifts_a_document_above_all_that_hold_fewer(self, engine: Engine) -> None:
        engine.index(
            [
                document("none", "hai một bốn ba " * 9, abstract="hai một bốn ba"),
                document("one", "một hai, bốn ba " + "chữ " * 300),
                document("both", "một hai, ba bốn " + "chữ " * 600),
            ]
        )
        query = WordQuery(words=terms("một hai ba bốn"), near=(terms("một hai"), terms("ba bốn")))
        assert found(engine, query) == ["both", "one", "none"]

    def test_an_offset_behind_the_end_gives_figures_and_no_documents(self, engine: Engine) -> None:
        engine.index(document(f"d{number}", "bán" if number % 2 else "bạn", labels=("type:qd",)) for number in range(9))
        for order in ("best", "newest", "oldest"):
            answer = engine.answer(words("bán"), counted=("type",), limit=5, offset=20, order=order)
            assert (answer.hits, answer.total, answer.counts) == ((), 9, {"type:qd": 9})

    def test_pages_of_all_groups_follow_one_another(self, engine: Engine) -> None:
        forms = ("bán đất", "bán dat", "ban dat", "bạn đất")
        engine.index(document(f"d{number:02d}", forms[number % 4] + " chữ" * number) for number in range(24))
        every = engine.answer(words("bán đất"), limit=50).hits
        assert (len(every), {hit.id for hit in every[:6]}) == (24, {f"d{number:02d}" for number in range(0, 24, 4)})
        pages = [engine.answer(words("bán đất"), limit=5, offset=at).hits for at in range(0, 30, 5)]
        assert tuple(hit for page in pages for hit in page) == every

    # --- several at once

    def test_threads_of_one_process_read_and_write_together(self, engine: Engine) -> None:
        stop = threading.Event()

        def read() -> set[int]:
            seen = set()
            while not stop.is_set():
                seen.add(engine.answer(words("văn"), limit=1000).total % 5)
            return seen

        with ThreadPoolExecutor(4) as readers:
            remainders = [readers.submit(read) for _ in range(4)]
            for start in range(0, 100, 5):
                engine.index(numbered(5, start))
            stop.set()
            assert {one for seen in remainders for one in seen.result()} <= {0}
        assert engine.count() == 100

    def test_a_writer_that_waits_too_long_says_that_the_index_is_busy(self, engine: Engine, place: Path) -> None:
        impatient = self.impatient(place)
        with self.writing(place):
            with pytest.raises(SearchError) as busy:
                impatient.index(numbered(1))
            assert busy.value.code == "index-busy"
            assert impatient.count() == 0
        impatient.index(numbered(1))
        assert impatient.count() == 1

    # --- versions

    def test_an_index_of_another_version_is_outdated_until_it_is_made_anew(self, engine: Engine, place: Path) -> None:
        engine.index(numbered(3))
        self.outdate(place)
        for act in (engine.count, lambda: found(engine, words("văn")), lambda: engine.index(numbered(1))):
            with pytest.raises(SearchError) as old:
                act()
            assert old.value.code == "index-outdated"
        engine.clear()
        assert engine.count() == 0
