"""Legal effect: in force, amended, replaced, repealed; who may record it, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import func, select, text

from docsvc.accounts import Role
from docsvc.db.effects import DocumentEffect
from docsvc.db.people import Unit
from docsvc.db.records import Document, Event, Job
from docsvc.errors import DocsvcError, Forbidden, Invalid, NotFound
from docsvc.issue import drafting, steps
from docsvc.issue.paper import withdraw
from docsvc.records.effect_keeping import record, set_period, take_back
from docsvc.records.effect_panel import EffectPanel, panel_of
from docsvc.records.effects import Effect, effect_column, effect_condition, effect_of, standing_condition, state_on
from docsvc.records.errors import NotCompetent, WrongState
from docsvc.records.terms import STANDING, Access, EffectKind, LegalEffect, State
from tests.office import OTHER, PASSPHRASE, PROVINCE, Office
from tests.records.documents import add, put

OLD, NEW, LATER = date(2026, 3, 2), date(2026, 5, 4), date(2026, 7, 1)
DAY = timedelta(days=1)


def recorded(
    office: Office,
    document_id: str,
    target_id: str,
    kind: EffectKind,
    *,
    by: str = "clerk",
    from_on: date | None = None,
) -> int:
    actor = office.actor(by)
    with office.service.database.write() as session:
        return record(session, document_id, target_id, kind, by=actor, from_on=from_on).id


def taken_back(office: Office, effect_id: int, *, by: str = "clerk") -> None:
    actor = office.actor(by)
    with office.service.database.write() as session:
        take_back(session, effect_id, by=actor, reason="Ghi nhầm")


def period(office: Office, document_id: str, start: date | None, last: date | None, *, by: str = "clerk") -> None:
    actor = office.actor(by)
    with office.service.database.write() as session:
        set_period(session, document_id, start, last, by=actor)


def effect(office: Office, document_id: str, on: date) -> Effect:
    with office.service.database.read() as session:
        found = effect_of(session, session.get_one(Document, document_id), on)
        assert found is not None
        return found


def state(office: Office, document_id: str, on: date) -> LegalEffect:
    return effect(office, document_id, on).state


def panel(office: Office, document_id: str, on: date, *, of: str) -> EffectPanel:
    actor = office.actor(of)
    with office.service.database.read() as session:
        return panel_of(session, actor, session.get_one(Document, document_id), on)


def pair(office: Office, **facts: object) -> tuple[str, str]:
    """An old document of the commune, and a newer one."""
    return put(office, issued_on=OLD, abstract="Quy chế cũ"), put(
        office, issued_on=NEW, abstract="Quy chế mới", **facts
    )


def of_unit(office: Office, code: str, **facts: object) -> str:
    return put(office, unit_id=office.units[code], drafting_unit_id=office.units[code], **facts)


def acts(office: Office, document_id: str) -> list[str]:
    with office.service.database.read() as session:
        return list(session.scalars(select(Event.act).where(Event.object_id == document_id).order_by(Event.id)))


def test_a_replaced_document_is_in_force_until_the_newer_one_takes_effect(office: Office) -> None:
    old, new = pair(office)
    recorded(office, new, old, EffectKind.REPLACES)
    assert state(office, old, NEW - DAY) is LegalEffect.IN_FORCE
    found = effect(office, old, NEW)
    assert (found.state, found.start, found.until) == (LegalEffect.REPLACED, OLD, NEW - DAY)
    assert [document.id for document in found.by] == [new]
    assert state(office, new, NEW) is LegalEffect.IN_FORCE
    assert (acts(office, new), acts(office, old)) == (["effect-recorded"], ["effect-noted"])


@pytest.mark.parametrize("kind", [EffectKind.AMENDS, EffectKind.CORRECTS, EffectKind.REPEALS_PART])
def test_an_amended_corrected_or_partly_repealed_document_stays_in_force(embedded: Office, kind: EffectKind) -> None:
    old, new = pair(embedded)
    recorded(embedded, new, old, kind, from_on=LATER)
    assert state(embedded, old, LATER - DAY) is LegalEffect.IN_FORCE
    assert effect(embedded, old, LATER - DAY).by == ()
    found = effect(embedded, old, LATER)
    assert (found.state, found.until, [document.id for document in found.by]) == (LegalEffect.AMENDED, None, [new])


def test_the_newer_documents_own_first_day_counts_unless_another_is_recorded(embedded: Office) -> None:
    old, new = pair(embedded)
    period(embedded, new, LATER, None)
    recorded(embedded, new, old, EffectKind.REPEALS)
    assert state(embedded, new, LATER - DAY) is LegalEffect.NOT_YET
    assert state(embedded, old, LATER - DAY) is LegalEffect.IN_FORCE
    assert state(embedded, old, LATER) is LegalEffect.REPEALED
    period(embedded, new, None, None)
    assert state(embedded, old, NEW) is LegalEffect.REPEALED, "moved along"


def test_a_document_runs_out_on_its_last_day_and_what_came_first_counts(embedded: Office) -> None:
    old, new = pair(embedded)
    period(embedded, old, None, LATER)
    assert state(embedded, old, LATER) is LegalEffect.IN_FORCE
    assert state(embedded, old, LATER + DAY) is LegalEffect.EXPIRED
    recorded(embedded, new, old, EffectKind.REPLACES, from_on=LATER + 30 * DAY)
    assert state(embedded, old, LATER + 60 * DAY) is LegalEffect.EXPIRED
    period(embedded, old, None, None)
    assert state(embedded, old, LATER + 60 * DAY) is LegalEffect.REPLACED


def test_what_was_recorded_by_mistake_is_taken_back_and_stays_on_record(office: Office) -> None:
    old, new = pair(office)
    first = recorded(office, new, old, EffectKind.REPLACES)
    assert recorded(office, new, old, EffectKind.REPLACES) == first, "sent again it makes nothing new"
    with pytest.raises(Invalid):
        recorded(office, new, old, EffectKind.REPLACES, from_on=LATER)
    taken_back(office, first)
    assert state(office, old, LATER) is LegalEffect.IN_FORCE
    with pytest.raises(NotFound):
        taken_back(office, first)
    assert recorded(office, new, old, EffectKind.REPLACES, from_on=LATER) != first
    with office.service.database.read() as session:
        kept = session.get_one(DocumentEffect, first)
        assert kept.withdrawn_by == office.people["clerk"]
    assert acts(office, new) == ["effect-recorded", "effect-taken-back", "effect-recorded"]
    assert acts(office, old) == ["effect-noted", "effect-lifted", "effect-noted"]


def test_every_change_lets_both_documents_be_indexed_anew(embedded: Office) -> None:
    old, new = pair(embedded)
    embedded.index()
    effect_id = recorded(embedded, new, old, EffectKind.AMENDS)
    acts: tuple[Callable[[], None], ...] = (
        lambda: taken_back(embedded, effect_id),
        lambda: period(embedded, old, None, LATER),
    )
    for act in acts:
        with embedded.service.database.read() as session:
            assert old in set(session.scalars(select(Job.document_id)))
        embedded.index()
        act()
    with embedded.service.database.read() as session:
        assert set(session.scalars(select(Job.document_id))) == {old}


def test_a_withdrawn_document_is_not_in_force_and_changes_no_other_any_more(office: Office) -> None:
    old, new = pair(office)
    recorded(office, new, old, EffectKind.REPLACES)
    withdraw(office.desk, new, "Ban hành sai thẩm quyền", by=office.actor("clerk"))
    assert state(office, new, LATER) is LegalEffect.WITHDRAWN
    assert state(office, old, LATER) is LegalEffect.IN_FORCE
    assert acts(office, old) == ["effect-noted", "effect-lifted"]
    with pytest.raises(WrongState):
        recorded(office, put(office, issued_on=NEW), new, EffectKind.REPLACES)


def test_what_a_draft_will_do_begins_when_it_is_issued(embedded: Office) -> None:
    old = put(embedded, issued_on=OLD)
    draft = embedded.draft()
    recorded(embedded, draft, old, EffectKind.REPLACES, by="drafter")
    assert state(embedded, old, embedded.today) is LegalEffect.IN_FORCE
    assert panel(embedded, old, embedded.today, of="drafter").acted_on == ()
    assert acts(embedded, old) == [], "nobody who reads the old one learns of the draft"
    drafting.submit(embedded.desk, draft, by=embedded.actor("drafter"))
    with pytest.raises(Forbidden):
        recorded(embedded, draft, old, EffectKind.AMENDS, by="drafter")
    steps.sign(embedded.desk, draft, PASSPHRASE, by=embedded.actor("leader"))
    assert state(embedded, old, embedded.today) is LegalEffect.IN_FORCE
    steps.issue(embedded.desk, draft, embedded.today, PASSPHRASE, by=embedded.actor("clerk"))
    assert state(embedded, old, embedded.today) is LegalEffect.REPLACED
    assert acts(embedded, old) == ["effect-noted"]


def test_a_draft_does_not_move_to_a_unit_that_could_not_do_what_it_notes(embedded: Office) -> None:
    old = put(embedded, issued_on=OLD)
    draft = embedded.draft()
    recorded(embedded, draft, old, EffectKind.REPLACES, by="drafter")
    drafter = replace(
        embedded.actor("drafter"),
        roles=embedded.actor("drafter").roles | {(Role.DRAFTER, embedded.units[OTHER])},
    )
    form = embedded.form(drafting_unit_id=embedded.units[OTHER], signatory_id=embedded.people["other.leader"])
    with pytest.raises(NotCompetent):
        drafting.revise_draft(embedded.desk, draft, form, None, by=drafter)


def test_only_clerks_of_the_two_units_record_and_only_what_they_may_read(embedded: Office) -> None:
    old, new = pair(embedded)
    for username in ("drafter", "leader", "reader", "auditor", "administrator", "other.clerk", "province.clerk"):
        with pytest.raises(Forbidden):
            recorded(embedded, new, old, EffectKind.REPLACES, by=username)
    secret = put(embedded, issued_on=OLD, access=Access.RESTRICTED)
    above = of_unit(embedded, PROVINCE, issued_on=NEW)
    with pytest.raises(NotFound):
        recorded(embedded, above, secret, EffectKind.REPEALS, by="province.clerk")
    effect_id = recorded(embedded, new, old, EffectKind.REPLACES)
    with pytest.raises(Forbidden):
        taken_back(embedded, effect_id, by="other.clerk")
    with pytest.raises(Forbidden):
        period(embedded, old, None, LATER, by="drafter")


def test_an_organ_above_repeals_and_the_clerk_below_may_enter_it(embedded: Office) -> None:
    old = put(embedded, issued_on=OLD)
    above = of_unit(embedded, PROVINCE, issued_on=NEW)
    recorded(embedded, above, old, EffectKind.REPEALS, by="clerk")
    assert state(embedded, old, NEW) is LegalEffect.REPEALED
    with pytest.raises(NotCompetent):
        recorded(embedded, above, old, EffectKind.CORRECTS, by="province.clerk")


def test_neighbours_and_those_below_have_no_say(embedded: Office) -> None:
    old, above = put(embedded, issued_on=OLD), of_unit(embedded, PROVINCE, issued_on=OLD)
    neighbour, new = of_unit(embedded, OTHER, issued_on=NEW), put(embedded, issued_on=NEW)
    for acting, target, clerk in ((neighbour, old, "other.clerk"), (new, above, "clerk")):
        with pytest.raises(NotCompetent):
            recorded(embedded, acting, target, EffectKind.REPEALS, by=clerk)
    both = replace(embedded.actor("clerk"), roles=embedded.actor("clerk").roles | {(Role.CLERK, embedded.units[OTHER])})
    with embedded.service.database.write() as session:
        record(session, neighbour, old, EffectKind.REPLACES, by=both)
    assert state(embedded, old, NEW) is LegalEffect.REPLACED


def test_a_unit_that_took_over_from_one_that_ended_replaces_its_documents(embedded: Office) -> None:
    old = of_unit(embedded, OTHER, issued_on=OLD)
    with embedded.service.database.write() as session:
        session.get_one(Unit, embedded.units[OTHER]).active_to = NEW - DAY
    recorded(embedded, put(embedded, issued_on=NEW), old, EffectKind.REPLACES)
    assert state(embedded, old, NEW) is LegalEffect.REPLACED


def test_what_makes_no_sense_is_refused(embedded: Office) -> None:
    old, new = pair(embedded)
    copy = put(embedded, issued_on=NEW, type_key="sy")
    same_day = put(embedded, issued_on=NEW)
    third = put(embedded, issued_on=NEW)
    recorded(embedded, new, same_day, EffectKind.AMENDS)
    recorded(embedded, same_day, third, EffectKind.AMENDS)
    refused: tuple[Callable[[], object], ...] = (
        lambda: recorded(embedded, new, new, EffectKind.REPLACES),
        lambda: recorded(embedded, old, new, EffectKind.REPLACES),
        lambda: recorded(embedded, copy, old, EffectKind.REPLACES),
        lambda: recorded(embedded, new, copy, EffectKind.REPLACES),
        lambda: recorded(embedded, third, new, EffectKind.REPLACES),
        lambda: recorded(embedded, new, old, EffectKind.REPLACES, from_on=OLD - DAY),
        lambda: period(embedded, new, LATER, LATER - DAY),
        lambda: period(embedded, new, None, NEW - DAY),
    )
    for act in refused:
        with pytest.raises(Invalid):
            act()
    with pytest.raises(WrongState):
        recorded(embedded, new, put(embedded, issued_on=OLD, state=State.SIGNED), EffectKind.REPLACES)


def test_a_reader_is_not_told_of_documents_that_are_not_for_that_reader(embedded: Office) -> None:
    old, new = pair(embedded, access=Access.RESTRICTED)
    recorded(embedded, new, old, EffectKind.REPLACES)
    seen = panel(embedded, old, NEW, of="outsider")
    assert (seen.state, [relation.other for relation in seen.acted_on]) == (LegalEffect.REPLACED, [None])
    assert not seen.may_record
    assert not seen.acted_on[0].may_take_back
    seen = panel(embedded, old, NEW, of="clerk")
    assert [relation.other.id for relation in seen.acted_on if relation.other] == [new]
    assert seen.acted_on[0].may_take_back


def test_conditions_columns_and_python_say_the_same_of_every_case(office: Office) -> None:
    """All combinations of dates around three days, and every state of a document."""
    with office.service.database.write() as session:
        for start, ended, amended, where in product(
            (None, NEW, LATER), (None, NEW, LATER), (None, OLD, NEW), (State.ISSUED, State.WITHDRAWN, State.SIGNED)
        ):
            issued = where == State.ISSUED  # what others do is kept on the rows of issued documents alone
            add(
                session,
                office,
                issued_on=OLD,
                state=where,
                in_force_from=start,
                ended_on=ended if issued else None,
                ended_how=LegalEffect.REPLACED.value if ended and issued else None,
                amended_on=amended if issued else None,
            )
    with office.service.database.read() as session:
        rows = session.scalars(select(Document)).all()
        for on in (OLD - DAY, OLD, NEW, LATER, LATER + DAY):
            wanted = {row.id: state_on(row, on) for row in rows}
            for effect_state in LegalEffect:
                found = set(session.scalars(select(Document.id).where(effect_condition(effect_state, on))))
                assert found == {key for key, value in wanted.items() if value is effect_state}, (on, effect_state)
            standing = set(session.scalars(select(Document.id).where(standing_condition(on))))
            assert standing == {key for key, value in wanted.items() if value in STANDING}
            counted = session.execute(select(Document.id, effect_column(on)).where(Document.state != State.SIGNED))
            assert {row[0]: row[1] for row in counted} == {k: v for k, v in wanted.items() if v is not None}


def test_the_few_documents_that_are_not_in_force_are_found_by_an_index(embedded: Office) -> None:
    with embedded.service.database.read() as session:
        for asked in (LegalEffect.REPLACED, LegalEffect.REPEALED, LegalEffect.EXPIRED, LegalEffect.AMENDED):
            condition = effect_condition(asked, NEW)
            count = select(func.count()).select_from(Document).where(condition)
            statement = count.compile(session.connection(), compile_kwargs={"literal_binds": True})
            plan = " ".join(row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {statement}")))
            assert "INDEX ix_documents_" in plan, (asked, plan)
            assert "state" not in plan, (asked, plan)


def test_several_clerks_recording_at_once_leave_one_entry_and_one_truth(cluster: Office) -> None:
    old, new = pair(cluster)
    same_day = put(cluster, issued_on=NEW)
    tries = [(new, old), (new, same_day), (same_day, new), (same_day, old)] * 3

    def act(one: tuple[str, str]) -> str:
        try:
            return f"made {recorded(cluster, *one, EffectKind.REPLACES)}"
        except DocsvcError as error:
            return error.code

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(act, tries))
    assert {one for one in said if not one.startswith("made")} <= {"invalid"}
    with cluster.service.database.read() as session:
        kept = [(row.document_id, row.target_id) for row in session.scalars(select(DocumentEffect))]
        assert len(kept) == len(set(kept)) == 3, "one way between the two of one day, and both act on the old one"
        assert session.get_one(Document, old).ended_on == NEW
