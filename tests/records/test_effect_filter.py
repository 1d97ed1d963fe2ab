"""Finding by legal effect, with words and without, and what midnight changes by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from docsvc.db.records import Document, Job
from docsvc.records.effect_keeping import record, set_period
from docsvc.records.effects import owe_turned
from docsvc.records.filters import Filters, from_values, to_values
from docsvc.records.finder import find
from docsvc.records.indexing import index_pending
from docsvc.records.registers import today_here
from docsvc.records.terms import EffectKind, LegalEffect
from tests.office import Office
from tests.records.documents import put


def found(office: Office, text: str, effect: LegalEffect) -> tuple[list[str], dict[str, int]]:
    service = office.service
    page = find(
        service.database,
        service.engine,
        office.actor("clerk"),
        text,
        filters=Filters(effect=effect),
        counted=("effect",),
    )
    counts = {choice.value: choice.count for facet in page.facets for choice in facet.choices}
    return [result.document.id for result in page.results], counts


def test_documents_are_found_and_counted_by_their_legal_effect(embedded: Office) -> None:
    office, today = embedded, today_here()
    old = put(office, issued_on=today - timedelta(days=90), abstract="Quy chế cũ")
    new = put(office, issued_on=today - timedelta(days=9), abstract="Quy chế mới")
    database, engine = office.service.database, office.service.engine
    with database.write() as session:
        record(session, new, old, EffectKind.REPLACES, by=office.actor("clerk"))
        session.add(Job(kind="index", document_id=new, due_at=datetime.now(UTC)))
    while index_pending(database, engine):
        pass
    counts = {"replaced": 1, "in-force": 1}
    for text in ("quy chế", ""):
        assert found(office, text, LegalEffect.REPLACED) == ([old], counts), text
        assert found(office, text, LegalEffect.IN_FORCE) == ([new], counts), text
        assert found(office, text, LegalEffect.REPEALED) == ([], counts | {"repealed": 0}), text


def test_a_document_whose_last_day_is_over_is_owed_to_the_index(embedded: Office) -> None:
    office, today = embedded, today_here()
    ends = put(office, issued_on=today - timedelta(days=90), abstract="Quy định tạm thời")
    database, engine = office.service.database, office.service.engine
    with database.write() as session:
        set_period(session, ends, None, today, by=office.actor("clerk"))
    while index_pending(database, engine):
        pass
    assert found(office, "quy định", LegalEffect.IN_FORCE)[0] == [ends]
    with database.write() as session:
        assert owe_turned(session, today, datetime.now(UTC)) == 0
        session.get_one(Document, ends).ended_on = today  # as if a day had passed
    with database.write() as session:
        assert owe_turned(session, today, datetime.now(UTC)) == 1
    while index_pending(database, engine):
        pass
    assert found(office, "quy định", LegalEffect.EXPIRED)[0] == [ends]


def test_the_filter_is_written_in_the_address() -> None:
    filters = Filters(effect=LegalEffect.REPLACED)
    assert to_values(filters) == (("effect", "replaced"),)
    assert from_values({"effect": ["replaced"]}) == (filters, ())
    assert from_values({"effect": ["nonsense"]}) == (Filters(), ())
