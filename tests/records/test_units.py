"""The tree of units."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from docsvc.accounts import SYSTEM
from docsvc.db.people import Unit
from docsvc.errors import Invalid
from docsvc.records.errors import NoRegister
from docsvc.records.suggestions import unit_tree
from docsvc.records.units import (
    NewUnit,
    create_unit,
    drafting_units,
    issuing_unit,
    subtree,
    unit_labels,
    with_agencies,
)
from tests.office import COMMUNE, ECONOMY, OTHER, PROVINCE, STAFF, Office

NEW = NewUnit("X", "Tổ công tác", "TCT", "department")


def add(office: Office, new: NewUnit) -> int:
    with office.service.database.write() as session:
        return create_unit(session, new, by=SYSTEM).id


def codes(office: Office, ids: object) -> set[str]:
    named = {unit_id: code for code, unit_id in office.units.items()}
    return {named[unit_id] for unit_id in ids}  # type: ignore[attr-defined]


def test_a_unit_is_kept_with_composed_texts(office: Office) -> None:
    new = replace(NEW, name=unicodedata.normalize("NFD", "  Tổ\n công   tác\x00"), parent_id=office.units[COMMUNE])
    unit_id = add(office, new)
    with office.service.database.read() as session:
        assert session.get_one(Unit, unit_id).name == "Tổ công tác"


@pytest.mark.parametrize(
    "new",
    [
        replace(NEW, code=""),
        replace(NEW, code="x" * 36),
        replace(NEW, code=COMMUNE),
        replace(NEW, name=" \x00 "),
        replace(NEW, name="x" * 201),
        replace(NEW, abbreviation="x" * 31),
        replace(NEW, kind="x" * 21),
        replace(NEW, place="x" * 101),
        replace(NEW, parent_id=999_999),
    ],
)
def test_a_unit_that_cannot_be_is_refused(office: Office, new: NewUnit) -> None:
    with pytest.raises(Invalid):
        add(office, new)
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Unit)) == 5


def test_a_code_typed_by_two_at_once_is_taken_once(office: Office) -> None:
    refused: list[Invalid] = []
    gate = threading.Barrier(3)

    def try_it() -> None:
        gate.wait()
        try:
            add(office, NEW)
        except Invalid as error:
            refused.append(error)

    threads = [threading.Thread(target=try_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2


def test_a_subtree_holds_its_root_and_everything_below(office: Office) -> None:
    with office.service.database.read() as session:

        def below(*roots: str) -> set[str]:
            return codes(office, session.scalars(subtree(office.units[root] for root in roots)))

        assert below(PROVINCE) == set(office.units)
        assert below(COMMUNE) == {COMMUNE, STAFF, ECONOMY}
        assert below(STAFF, OTHER) == {STAFF, OTHER}
        assert below() == set()


def test_people_belong_to_their_units_up_to_the_agency_and_no_further(office: Office) -> None:
    with office.service.database.read() as session:

        def whose(*held: str) -> set[str]:
            return codes(office, with_agencies(session, [office.units[code] for code in held]))

        assert whose(STAFF) == {STAFF, COMMUNE}
        assert whose(COMMUNE) == {COMMUNE}
        assert whose(PROVINCE) == {PROVINCE}
        assert whose(ECONOMY, OTHER) == {ECONOMY, COMMUNE, OTHER}
        assert whose() == set()


def test_a_department_issues_through_the_nearest_unit_with_a_seal(office: Office) -> None:
    team = add(office, replace(NEW, parent_id=office.units[STAFF]))
    lone = add(office, replace(NEW, code="Y"))
    with office.service.database.read() as session:
        assert issuing_unit(session, team).code == COMMUNE
        assert issuing_unit(session, office.units[COMMUNE]).code == COMMUNE
        for nobody in (lone, 999_999):
            with pytest.raises(NoRegister):
                issuing_unit(session, nobody)
        drafting = drafting_units(session, [office.units[COMMUNE]])
        assert {unit.code for unit in drafting} == {COMMUNE, STAFF, ECONOMY, "X"}


def test_the_tree_is_told_in_order_with_its_depths(embedded: Office) -> None:
    with embedded.service.database.read() as session:
        tree = [(depth, unit.code) for depth, unit in unit_tree(session)]
        assert tree == [(0, PROVINCE), (1, COMMUNE), (2, STAFF), (2, ECONOMY), (1, OTHER)]
        part = unit_tree(session, [embedded.units[code] for code in (STAFF, COMMUNE)])
        assert [(depth, unit.code) for depth, unit in part] == [(0, COMMUNE), (1, STAFF)]


def test_units_of_one_name_are_told_apart(embedded: Office) -> None:
    for code, above in (("X1", COMMUNE), ("X2", OTHER), ("X3", OTHER)):
        add(embedded, replace(NEW, code=code, parent_id=embedded.units[above]))
    with embedded.service.database.write() as session:
        session.scalars(select(Unit).where(Unit.code == STAFF)).one().active_to = date(2025, 6, 30)
    with embedded.service.database.read() as session:
        labels = unit_labels(session, date(2026, 1, 1))
        assert [label for label in labels if label.startswith("Tổ")] == [
            "Tổ công tác – Ủy ban nhân dân xã Tân Lập",
            "Tổ công tác – Ủy ban nhân dân xã Bình An",
            "Tổ công tác – Ủy ban nhân dân xã Bình An [X3]",
        ]
        assert embedded.units[STAFF] not in labels.values(), "it is no more"
        assert embedded.units[STAFF] in unit_labels(session, date(2025, 6, 30)).values()
