"""What every search engine must do. Each engine's test class inherits this one."""

import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from search.engine import Engine, IndexedDocument, Narrowing, Order, Rebuildable, WordQuery
from search.errors import SearchError
from search.folding import terms

REPOSITORY = Path(__file__).parents[2]
Opener = Callable[[Path], Engine]


def document(
    identifier: str,
    text: str = "",
    *,
    reference: str = "",
    abstract: str = "",
    extra: str = "",
    labels: Iterable[str] = (),
    issued_on: date | None = None,
    number: int = 0,
) -> IndexedDocument:
    return IndexedDocument(identifier, reference, abstract, text, extra, tuple(labels), issued_on, number)


def words(text: str, *, without: str = "", as_typed: bool = False) -> WordQuery:
    return WordQuery(words=terms(text), excluded=tuple((term,) for term in terms(without)), as_typed=as_typed)


def phrase(text: str) -> WordQuery:
    return WordQuery(phrases=(terms(text),))


def found(engine: Engine, query: WordQuery, *, limit: int = 50) -> list[str]:
    return [hit.id for hit in engine.search(query, limit=limit)]


def numbered(count: int, start: int = 0) -> Iterable[IndexedDocument]:
    return (document(f"d{number}", f"văn bản thứ {number}") for number in range(start, start + count))


def count_while_another_writes(opener: Opener, place: Path, until: int) -> list[int]:
    """How many documents hold a word of every one of them, asked again and again until all are there."""
    engine = opener(place)
    seen = [0]
    while seen[-1] < until:
        hits = len(found(engine, words("chung"), limit=10_000))
        if hits != seen[-1]:
            seen.append(hits)
    engine.close()
    return seen


WRITES_WITHOUT_END = """
import pathlib, sys
from tests.search.contract import document
module, name, place = sys.argv[1:]
opener = getattr(__import__(module, fromlist=[name]), name)
engine = opener(pathlib.Path(place))
number = engine.count()
print("started", flush=True)
while True:
    engine.index(document(f"d{number + each}", f"chung số{number + each} " * 40) for each in range(5))
    number += 5
    print(number, flush=True)
"""


class EngineContract(ABC):
    """A subclass names a module-level function that opens its engine, and knows how to damage an index."""

    opener: Opener

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "index"

    @pytest.fixture
    def engine(self, place: Path) -> Engine:
        return type(self).opener(place)

    @abstractmethod
    def damage(self, place: Path) -> Iterable[None]:
        """Damage the index in one way after another; each must make it unusable."""

    # --- what is found

    def test_a_word_finds_the_documents_that_hold_it_wherever_it_stands(self, engine: Engine) -> None:
        engine.index(
            [
                document("text", "thu hồi đất"),
                document("abstract", abstract="Thu hồi giấy phép"),
                document("extra", extra="Sở Thu hồi"),
                document("reference", reference="12/HỒI-UB"),
                document("none", "khác"),
            ]
        )
        assert set(found(engine, words("hồi"))) == {"text", "abstract", "extra", "reference"}

    def test_every_word_must_stand_in_the_document(self, engine: Engine) -> None:
        engine.index([document("both", "đất và nước"), document("one", "đất"), document("other", "nước")])
        assert found(engine, words("đất nước")) == ["both"]
        assert found(engine, words("đất nước lửa")) == []

    def test_words_of_one_query_may_stand_in_different_zones(self, engine: Engine) -> None:
        engine.index([document("a", "bồi thường", abstract="thu hồi", extra="Tân An")])
        assert found(engine, words("bồi hồi an")) == ["a"]

    def test_case_normal_form_and_tone_placement_do_not_matter(self, engine: Engine) -> None:
        engine.index([document("a", "HOÀ BÌNH, uỷ ban, thuở")])
        for typed in ("hòa bình", "Ủy Ban", "hoà", "thủơ", "ho\u0300a"):
            assert found(engine, words(typed)) == ["a"], typed

    def test_a_phrase_stands_word_by_word_in_one_zone(self, engine: Engine) -> None:
        engine.index(
            [
                document("yes", "về việc thu hồi đất ở"),
                document("broken", "thu tiền, hồi đất"),
                document("order", "đất hồi thu"),
                document("zones", "đất", abstract="thu hồi"),
                document("lines", "thu\nhồi,  ĐẤT"),
                document("pages", "thu\fhồi đất"),
            ]
        )
        assert set(found(engine, phrase("thu hồi đất"))) == {"yes", "lines", "pages"}
        assert set(found(engine, phrase("thu hoi dat"))) == {"yes", "lines", "pages"}

    def test_a_phrase_may_repeat_a_word(self, engine: Engine) -> None:
        engine.index([document("a", "xanh xanh lá"), document("b", "xanh lá")])
        assert found(engine, phrase("xanh xanh")) == ["a"]

    def test_a_reference_is_found_whole_and_by_its_parts(self, engine: Engine) -> None:
        engine.index([document("a", reference="138/QĐ-UBND"), document("b", "theo 139/QĐ-UBND", reference="5/KH-UBND")])
        assert found(engine, words("138/qđ-ubnd")) == ["a"]
        assert found(engine, words("138/QD-UBND")) == ["a"]
        assert found(engine, words("138")) == ["a"]
        assert found(engine, words("ubnd")) == ["a", "b"]
        assert found(engine, phrase("qd ubnd")) == ["a", "b"]

    def test_dates_and_numbers_are_words_of_their_own(self, engine: Engine) -> None:
        engine.index([document("a", "ngày 17/02/2014, số tiền 1.500.000 đồng")])
        for typed in ("17/02/2014", "2014", "1.500.000", "500"):
            assert found(engine, words(typed)) == ["a"], typed

    # --- what is excluded

    def test_excluded_words_and_phrases_keep_documents_out(self, engine: Engine) -> None:
        engine.index([document("a", "thu hồi đất"), document("b", "thu đất"), document("c", "thu hồi")])
        assert found(engine, words("thu", without="hồi")) == ["b"]
        query = WordQuery(words=terms("thu"), excluded=(terms("thu hồi"),))
        assert found(engine, query) == ["b"]

    def test_an_excluded_word_with_diacritics_excludes_only_itself(self, engine: Engine) -> None:
        engine.index([document("a", "bán nhà"), document("b", "ban nhà"), document("c", "bạn nhà")])
        assert set(found(engine, words("nhà", without="bán"))) == {"b", "c"}
        assert found(engine, words("nhà", without="ban")) == []

    def test_a_query_that_only_excludes_finds_all_others(self, engine: Engine) -> None:
        engine.index([document("a", "đất"), document("b", "nước"), document("c")])
        assert set(found(engine, words("", without="đất"))) == {"b", "c"}

    def test_an_empty_index_finds_nothing(self, engine: Engine) -> None:
        assert engine.count() == 0
        assert found(engine, words("đất")) == []
        assert found(engine, words("", without="đất")) == []

    def test_a_query_that_asks_for_nothing_finds_nothing(self, engine: Engine) -> None:
        engine.index([document("a", "đất")])
        assert found(engine, WordQuery()) == []
        assert found(engine, WordQuery(phrases=((),), excluded=((),))) == []

    # --- in which order

    def test_with_diacritics_what_stands_as_typed_comes_first_then_other_marks(self, engine: Engine) -> None:
        engine.index(
            [
                document("bare", "ban " * 50),
                document("other", "bạn " * 50),
                document("typed", "một lần bán, còn lại là " + "chữ " * 500),
            ]
        )
        order = found(engine, words("bán"))
        assert order[0] == "typed"
        assert set(order[1:]) == {"bare", "other"}

    def test_a_word_typed_without_marks_beside_one_with_marks_may_bear_some(self, engine: Engine) -> None:
        engine.index(
            [
                document("folded", "hoi dat " * 20),
                document("half", "hồi đất " * 20),
                document("typed", "hồi dat"),
            ]
        )
        assert found(engine, words("hồi dat")) == ["typed", "half", "folded"]

    def test_as_typed_leaves_out_what_only_folds_alike(self, engine: Engine) -> None:
        engine.index([document("hd", "12/HD-UBND"), document("hđ", "12/HĐ-UBND")])
        assert found(engine, words("12/hđ-ubnd", as_typed=True)) == ["hđ"]
        assert set(found(engine, words("12/hd-ubnd", as_typed=True))) == {"hd", "hđ"}

    def test_without_diacritics_every_form_counts_the_same(self, engine: Engine) -> None:
        engine.index([document("a", "ban " + "chữ " * 30), document("b", "bán bạn bàn " + "chữ " * 28)])
        assert found(engine, words("ban")) == ["b", "a"]

    def test_reference_and_abstract_weigh_more_than_the_text(self, engine: Engine) -> None:
        filling = "chữ " * 60
        engine.index(
            [
                document("text", "đất " * 3 + filling, abstract="một việc khác"),
                document("abstract", filling, abstract="một việc đất"),
            ]
        )
        assert found(engine, words("đất")) == ["abstract", "text"]

    def test_scores_fall_and_a_limit_keeps_the_best(self, engine: Engine) -> None:
        engine.index(document(f"d{n}", "đất " * (n % 7 + 1) + "chữ " * (n * 3)) for n in range(40))
        hits = engine.search(words("đất"), limit=40)
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        assert engine.search(words("đất"), limit=7) == hits[:7]
        assert engine.search(words("đất"), limit=0) == ()

    def test_many_hits_name_the_same_documents_as_few(self, engine: Engine) -> None:
        engine.index(document(f"d{n}", "chung " + "riêng " * (n % 3)) for n in range(1500))
        engine.delete([f"d{n}" for n in range(0, 1500, 2)])
        every = found(engine, words("chung"), limit=10_000)
        assert sorted(every) == sorted(f"d{n}" for n in range(1, 1500, 2))
        assert found(engine, words("chung"), limit=500) == every[:500]

    def test_order_does_not_depend_on_how_documents_came_in(self, place: Path, tmp_path: Path) -> None:
        documents = [document(f"d{n}", f"{'bán ' if n % 2 else 'ban '} {'chữ ' * n}") for n in range(12)]
        at_once, one_by_one = type(self).opener(place), type(self).opener(tmp_path / "other")
        at_once.index(documents)
        for each in documents:
            one_by_one.index([each])
        for typed in ("bán", "ban", "bán chữ"):
            assert found(at_once, words(typed)) == found(one_by_one, words(typed))

    # --- alternatives and nearness

    def test_of_alternatives_one_is_enough(self, engine: Engine) -> None:
        engine.index(
            [
                document("short", "công tác GPMB dự án"),
                document("long", "giải phóng mặt bằng dự án"),
                document("apart", "giải quyết, phóng to mặt và bằng dự án"),
                document("without", "GPMB"),
            ]
        )
        either = ((terms("gpmb"), terms("giải phóng mặt bằng")),)
        query = WordQuery(words=terms("dự án"), alternatives=either)
        assert set(found(engine, query)) == {"short", "long"}
        assert set(found(engine, WordQuery(alternatives=either))) == {"short", "long", "without"}

    def test_documents_in_which_near_words_stand_together_come_first(self, engine: Engine) -> None:
        engine.index(
            [
                document("apart", "thu thu thu đất đất đất hồi hồi hồi"),
                document("together", "thu hồi đất " + "chữ " * 200),
                document("folded", "thu hoi dat " * 9),
                document("none", "thu đất"),
            ]
        )
        query = WordQuery(words=terms("thu hồi đất"), near=(terms("thu hồi đất"),))
        assert found(engine, query) == ["together", "apart", "folded"]
        assert found(engine, WordQuery(near=(terms("thu"),))) == []

    # --- what narrows and what is counted

    def labelled(self) -> Iterable[IndexedDocument]:
        for number in range(12):
            yield document(
                f"d{number:02d}",
                "đất " * (number + 1),
                labels=(f"unit:{number % 3}", "type:qd" if number % 2 else "type:kh", "type:any"),
                issued_on=date(2024, 1 + number // 4, 1 + number % 4),
                number=number,
            )

    def test_labels_narrow_and_are_counted_exactly(self, engine: Engine) -> None:
        engine.index(self.labelled())
        asked = words("đất")
        answer = engine.answer(asked, counted=("unit", "type"), limit=3)
        assert (len(answer.hits), answer.total) == (3, 12)
        assert answer.counts == {"unit:0": 4, "unit:1": 4, "unit:2": 4, "type:qd": 6, "type:kh": 6, "type:any": 12}
        narrowing = Narrowing(labels=(frozenset({"unit:0", "unit:1"}), frozenset({"type:qd"})))
        answer = engine.answer(asked, narrowing=narrowing, counted=("unit",), limit=20)
        assert {hit.id for hit in answer.hits} == {"d01", "d03", "d07", "d09"}
        assert (answer.total, answer.counts) == (4, {"unit:0": 2, "unit:1": 2})
        assert engine.answer(asked, narrowing=Narrowing(without=frozenset({"unit:0", "unit:2"})), limit=0).total == 4
        assert engine.answer(asked, narrowing=Narrowing(labels=(frozenset(),)), limit=20).total == 0
        assert engine.answer(asked, narrowing=Narrowing(labels=(frozenset({"unit"}),)), limit=20).total == 0

    def test_labels_are_no_words_and_words_no_labels(self, engine: Engine) -> None:
        engine.index([document("a", "qd type:kh", labels=("type:qd",)), document("b", "qd")])
        assert set(found(engine, words("qd"))) == {"a", "b"}
        assert found(engine, words("type:qd")) == ["a"]
        narrowing = Narrowing(labels=(frozenset({"type:kh"}),))
        assert engine.answer(words("qd"), narrowing=narrowing, limit=9).total == 0

    def test_a_period_holds_its_first_and_its_last_day(self, engine: Engine) -> None:
        engine.index([*self.labelled(), document("undated", "đất")])
        asked = words("đất")

        def total(first: date | None, last: date | None) -> int:
            return engine.answer(asked, narrowing=Narrowing(first=first, last=last), limit=0).total

        assert total(None, None) == 13
        assert total(date(2024, 1, 2), date(2024, 2, 1)) == 4
        assert total(date(2024, 3, 4), None) == 1
        assert total(None, date(2024, 1, 4)) == 4
        assert total(date(2024, 3, 1), date(2024, 2, 1)) == 0

    def test_only_given_documents_are_asked_about(self, engine: Engine) -> None:
        engine.index(self.labelled())
        narrowing = Narrowing(ids=frozenset({"d01", "d05", "nobody"}))
        assert {hit.id for hit in engine.answer(words("đất"), narrowing=narrowing, limit=9).hits} == {"d01", "d05"}
        assert engine.answer(words("đất"), narrowing=Narrowing(ids=frozenset()), limit=9).total == 0

    def test_pages_follow_one_another(self, engine: Engine) -> None:
        engine.index(self.labelled())
        orders: tuple[Order, ...] = ("best", "newest", "oldest")
        for order in orders:
            every = engine.answer(words("đất"), limit=12, order=order).hits
            pages = [engine.answer(words("đất"), limit=5, offset=at, order=order) for at in (0, 5, 10, 15)]
            assert tuple(hit for page in pages for hit in page.hits) == every
            assert {page.total for page in pages} == {12}

    def test_newest_goes_by_day_then_number(self, engine: Engine) -> None:
        engine.index(
            [
                document("old", "đất", issued_on=date(2023, 1, 1), number=900),
                document("ninth", "đất", issued_on=date(2024, 1, 1), number=9),
                document("tenth", "đất " * 9, issued_on=date(2024, 1, 1), number=10),
                document("undated", "đất", number=999),
            ]
        )
        ordered = ["tenth", "ninth", "old", "undated"]
        assert [hit.id for hit in engine.answer(words("đất"), limit=9, order="newest").hits] == ordered
        assert [hit.id for hit in engine.answer(words("đất"), limit=9, order="oldest").hits] == ordered[::-1]

    def test_labels_and_days_change_with_the_document(self, engine: Engine) -> None:
        engine.index(self.labelled())
        engine.index([document("d00", "đất", labels=("unit:9",), issued_on=date(2030, 1, 1))])
        engine.delete(["d03"])
        answer = engine.answer(words("đất"), counted=("unit",), limit=1, order="newest")
        assert (answer.hits[0].id, answer.total) == ("d00", 11)
        assert answer.counts == {"unit:0": 2, "unit:1": 4, "unit:2": 4, "unit:9": 1}

    def test_the_size_is_told(self, engine: Engine) -> None:
        engine.index(self.labelled())
        assert engine.size_bytes() > 0

    # --- changes

    def test_a_document_indexed_again_is_replaced(self, engine: Engine) -> None:
        engine.index([document("a", "cũ"), document("b", "cũ")])
        engine.index([document("a", "mới")])
        assert found(engine, words("cũ")) == ["b"]
        assert found(engine, words("mới")) == ["a"]
        assert engine.count() == 2

    def test_of_two_documents_with_one_id_in_a_batch_the_later_wins(self, engine: Engine) -> None:
        engine.index([document("a", "trước"), document("a", "sau")])
        assert found(engine, words("sau")) == ["a"]
        assert found(engine, words("trước")) == []
        assert engine.count() == 1

    def test_deleted_documents_are_gone_and_unknown_ones_passed_over(self, engine: Engine) -> None:
        engine.index(numbered(10))
        engine.delete(["d3", "d4", "nobody"])
        assert engine.count() == 8
        assert found(engine, words("văn 3")) == []
        engine.delete([])
        engine.delete(f"d{n}" for n in range(10))
        assert engine.count() == 0
        assert found(engine, words("văn")) == []

    def test_an_empty_batch_and_an_empty_document_do_no_harm(self, engine: Engine) -> None:
        engine.index([])
        engine.index([document("a")])
        assert engine.count() == 1
        assert found(engine, words("gì")) == []

    def test_strange_texts_are_indexed_and_leave_their_neighbours_findable(self, engine: Engine) -> None:
        strange = ["\x00\x01", "a" * 5000, "1/" * 900, "\u0300" * 50 + "x\u0301\u0302", "😀 漢字 العربية", "\ud800 lạc"]
        engine.index([*(document(f"s{n}", text) for n, text in enumerate(strange)), document("ok", "đất lành")])
        assert found(engine, words("đất")) == ["ok"]
        assert found(engine, words("漢字")) == ["s4"]
        assert found(engine, words("a" * 5000)) == ["s1"]
        assert found(engine, words("lạc")) == ["s5"]

    def test_what_is_indexed_outlives_the_engine(self, engine: Engine, place: Path) -> None:
        engine.index(numbered(3))
        engine.close()
        again = type(self).opener(place)
        assert again.count() == 3
        assert found(again, words("thứ 2")) == ["d2"]

    def test_an_engine_sees_at_once_what_another_has_committed(self, engine: Engine, place: Path) -> None:
        other = type(self).opener(place)
        assert other.count() == 0
        engine.index(numbered(3))
        assert other.count() == 3
        engine.delete(["d0"])
        assert found(other, words("văn")) == found(engine, words("văn"))
        other.clear()
        assert engine.count() == 0
        assert found(engine, words("văn")) == []

    def test_clear_empties_and_the_engine_goes_on(self, engine: Engine) -> None:
        engine.index(numbered(5))
        engine.clear()
        assert engine.count() == 0
        engine.index(numbered(2))
        assert engine.count() == 2

    def test_many_small_commits_stay_searchable(self, engine: Engine) -> None:
        for each in numbered(60):
            engine.index([each])
        assert engine.count() == 60
        assert len(found(engine, words("văn"), limit=100)) == 60

    # --- several processes

    def test_one_writes_while_others_read_whole_commits(self, place: Path) -> None:
        opener = type(self).opener
        writer = opener(place)
        with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as readers:
            counts = [readers.submit(count_while_another_writes, opener, place, 200) for _ in range(3)]
            for start in range(0, 200, 10):
                writer.index(document(f"d{n}", f"chung {n}") for n in range(start, start + 10))
            for seen in counts:
                # Ten come in one commit: a reader sees all of them or none.
                assert all(number % 10 == 0 for number in seen.result())
                assert seen.result() == sorted(seen.result())

    def test_readers_never_take_an_index_for_damaged_while_it_is_cleared(self, place: Path) -> None:
        opener = type(self).opener
        writer = opener(place)
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as readers:
            counts = [readers.submit(count_while_another_writes, opener, place, 60) for _ in range(2)]
            for _ in range(25):
                writer.index(document(f"d{n}", "chung") for n in range(30))
                writer.clear()
            writer.index(document(f"d{n}", "chung") for n in range(60))
            assert all(set(seen.result()) <= {0, 30, 60} for seen in counts)

    def test_two_writers_take_turns(self, place: Path) -> None:
        opener = type(self).opener
        opener(place).index([])
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as writers:
            jobs = [writers.submit(write_in_turns, opener, place, name) for name in ("a", "b")]
            for job in jobs:
                job.result()
        assert opener(place).count() == 40

    @pytest.mark.faults
    def test_a_killed_writer_loses_nothing_committed_and_leaves_no_lock(self, place: Path) -> None:
        opener = type(self).opener
        command = [sys.executable, "-c", WRITES_WITHOUT_END, opener.__module__, opener.__name__, str(place)]
        committed = 0
        for attempt in range(6):
            with subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            ) as writer:
                assert writer.stdout is not None
                assert writer.stdout.readline() == "started\n"
                time.sleep(0.03 + 0.017 * attempt)
                writer.kill()
                reported = [int(line) for line in writer.stdout if line.strip().isdigit()]
            committed = max([committed, *reported])
            engine = opener(place)
            held = engine.count()
            # The commit that was under way is there whole or not at all.
            assert held in {committed, committed + 5}
            assert len(found(engine, words("chung"), limit=100_000)) == held
            committed = held
            engine.index([document("after", "chung")])
            engine.delete(["after"])
            assert engine.count() == held
            engine.close()
        assert committed > 0

    # --- damage

    def test_a_damaged_index_says_so_and_clear_mends_it(self, place: Path) -> None:
        opener = type(self).opener
        engine = opener(place)
        engine.index(numbered(30))
        for _ in self.damage(place):
            again = opener(place)
            with pytest.raises(SearchError) as broken:
                found(again, words("văn"))
            assert broken.value.code == "index-damaged"
            assert "Hãy lập lại chỉ mục" in broken.value.message_vi
            with pytest.raises(SearchError):
                again.index(numbered(1))
            again.clear()
            assert again.count() == 0
            again.index(numbered(30))
            assert found(again, words("thứ 7")) == ["d7"]
            # An engine that was open all the while goes on with the new index.
            assert found(engine, words("thứ 7")) == ["d7"]


def write_in_turns(opener: Opener, place: Path, name: str) -> None:
    engine = opener(place)
    for number in range(20):
        engine.index([document(f"{name}{number}", "chung")])
    engine.close()


class RebuildableContract(EngineContract):
    """Engines whose index can be built anew beside the one that answers."""

    opener: Callable[[Path], Rebuildable]

    @pytest.fixture
    def engine(self, place: Path) -> Rebuildable:
        return type(self).opener(place)

    def test_the_old_index_answers_until_the_new_one_takes_over(self, engine: Rebuildable, place: Path) -> None:
        other = type(self).opener(place)
        engine.index([document("old", "đất")])
        beside = engine.beside()
        beside.index([document("new", "đất")])
        assert found(engine, words("đất")) == found(other, words("đất")) == ["old"]
        engine.index([document("later", "đất")])
        assert beside.count() == 1
        beside.close()
        engine.promote()
        assert found(engine, words("đất")) == found(other, words("đất")) == ["new"]
        other.index([document("more", "đất")])
        assert set(found(engine, words("đất"))) == {"new", "more"}

    def test_a_build_broken_off_goes_on_where_it_was(self, engine: Rebuildable, place: Path) -> None:
        engine.index([document("old", "đất")])
        beside = engine.beside()
        beside.index([document("first", "đất")])
        beside.close()
        again = type(self).opener(place).beside()
        assert again.count() == 1
        again.index([document("second", "đất")])
        again.close()
        engine.promote()
        assert set(found(engine, words("đất"))) == {"first", "second"}
        assert engine.beside().count() == 0

    def test_a_build_given_up_leaves_nothing(self, engine: Rebuildable) -> None:
        engine.index([document("old", "đất")])
        beside = engine.beside()
        beside.index([document("new", "đất")])
        beside.close()
        engine.abandon()
        engine.promote()
        assert found(engine, words("đất")) == ["old"]
        assert engine.beside().count() == 0

    def test_a_damaged_index_is_replaced_by_one_built_beside(self, engine: Rebuildable, place: Path) -> None:
        engine.index(numbered(20))
        for _ in self.damage(place):
            beside = engine.beside()
            beside.clear()
            beside.index(numbered(3))
            beside.close()
            engine.promote()
            assert engine.count() == 3
            engine.index(numbered(20))
