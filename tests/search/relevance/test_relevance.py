"""Whether the wanted document is found first: every reference and date, and nearly every query of words."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from docsvc.db import Database
from docsvc.db.migrate import upgrade
from tests.search.relevance.decisions import Written, generated
from tests.search.relevance.engines import OPENERS
from tests.search.relevance.legal_texts import FOLDER, legal_texts
from tests.search.relevance.measure import Collection, Outcome, mean_reciprocal_rank, table
from tests.search.relevance.queries import SURE, of_legal_texts, of_the_office
from tests.search.relevance.wanted import wanted

GENERATED = 1200
FLOOR = 0.95
"""Mean reciprocal rank that queries of words must reach on every engine."""


def _outcomes(engine_name: str, folder: Path, documents: Sequence[Written], *, real: bool) -> list[Outcome]:
    database = Database(f"sqlite:///{folder / 'docsvc.db'}")
    upgrade(database)
    engine = OPENERS[engine_name](folder / "index")
    asked = of_legal_texts(documents) if real else of_the_office(documents)
    outcomes = Collection(database, engine, documents).outcomes(asked)
    engine.close()
    database.close()
    return outcomes


@pytest.fixture(scope="module", params=list(OPENERS))
def in_the_office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    folder = tmp_path_factory.mktemp("office")
    return _outcomes(request.param, folder, [*wanted(), *generated(GENERATED)], real=False)


@pytest.fixture(scope="module", params=list(OPENERS))
def in_legal_texts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    """Reads the corpus of legal texts, which is no part of the project."""
    if not FOLDER.is_dir():
        pytest.skip(f"no corpus of legal texts at {FOLDER}: set DOCSVC_CORPORA")
    return _outcomes(request.param, tmp_path_factory.mktemp("legal"), legal_texts(), real=True)


def _missed(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{one.asked.text} → {one.first} ({one.place})" for one in outcomes if one.place != 1]


def test_every_reference_and_date_finds_its_document_first(in_the_office: list[Outcome]) -> None:
    sure = [one for one in in_the_office if one.asked.kind in SURE]
    assert len(sure) >= 150
    assert not _missed(sure)


def test_words_find_their_document_first_or_nearly(in_the_office: list[Outcome]) -> None:
    words = [one for one in in_the_office if one.asked.kind not in SURE]
    assert len(words) >= 80
    assert mean_reciprocal_rank(words) >= FLOOR, table(words)


def test_every_reference_to_a_real_legal_text_finds_it_first(in_legal_texts: list[Outcome]) -> None:
    sure = [one for one in in_legal_texts if one.asked.kind in SURE]
    assert len(sure) >= 100
    assert not _missed(sure)


def test_words_of_real_legal_texts_find_them_first_or_nearly(in_legal_texts: list[Outcome]) -> None:
    words = [one for one in in_legal_texts if one.asked.kind not in SURE]
    assert len(words) >= 20
    assert mean_reciprocal_rank(words) >= FLOOR, table(words)
