"""Who rewrites the whole log is given away by what was proven before: in the database, in the store, in kept files."""

from __future__ import annotations

import hashlib
import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, inspect, select
from sqlalchemy import insert as insert_rows

from docsvc.audit import anchoring, telling
from docsvc.audit.evidence import NotAnchors
from docsvc.audit.portable import written_file
from docsvc.db.anchors import EventAnchor
from docsvc.db.records import Event
from docsvc.records.scrubbing import scrub
from docsvc.store import ObjectStore
from signing.errors import TimestampUnavailable
from signing.pki import TestPki
from signing.timestamp import Timestamper
from tests.audit.tampering import anchored, checked, execute, found, insert, problems, rehash, tamper, wrote
from tests.office import Office
from tests.signing.stamps import timestamper_until


def down() -> Timestamper:
    def answer(_: bytes) -> bytes:
        raise TimestampUnavailable("tsa.example: no answer")

    return Timestamper(answer)


def kept_anchors(office: Office) -> bytes:
    with office.service.database.read() as session:
        return written_file(session, office.desk.clock())


def anchors(office: Office) -> list[EventAnchor]:
    with office.service.database.read() as session:
        return list(session.scalars(select(EventAnchor).order_by(EventAnchor.number)))


def test_an_anchor_proves_the_log_through_its_last_entry(office: Office) -> None:
    last = wrote(office.service.database, 5)
    made = anchored(office)
    assert (made.number, made.last_event_id) == (1, last)
    report = checked(office)
    assert report.is_sound
    assert report.proven is not None
    assert (report.proven.statement.last_entry, report.anchors, report.not_proven) == (last, 1, 1)
    assert report.proven.proven_at is not None
    assert abs(report.proven.proven_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert "còn nguyên" in telling.summary(report)[0][0]
    with office.service.database.read() as session:
        told = session.get_one(Event, last + 1)
    assert (told.act, told.object_id, json.loads(told.detail)["sha256"]) == ("log-anchored", "1", made.statement_sha256)


WAYS = {
    "changed": lambda database, place: execute(database, "UPDATE events SET detail = '{}' WHERE id = :id", id=place),
    "removed": lambda database, place: execute(database, "DELETE FROM events WHERE id = :id", id=place),
    "put in": insert,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_log_rewritten_with_right_hashes_is_given_away_at_the_very_entry(office: Office, way: str) -> None:
    database = office.service.database
    wrote(database, 4)
    first = anchored(office)
    wrote(database, 6)
    second = anchored(office)
    wrote(database, 3)
    place = first.last_event_id + 4
    WAYS[way](database, place)
    rehash(database, place)
    fault = checked(office).fault
    assert fault is not None
    assert (fault.event_id, fault.through, fault.problem) == (place, place, "rewritten")
    assert fault.after is not None
    assert fault.before is not None
    assert (fault.after.statement.number, fault.before.statement.number) == (first.number, second.number)
    vi, en = telling.entry_fault(fault)
    assert f"Dòng {place} đã bị viết lại" in vi
    assert "giữa mốc 1 (dòng" in vi
    assert f"Entry {place} was rewritten" in en


def test_without_the_list_of_hashes_the_span_between_two_anchors_is_named(embedded: Office) -> None:
    database = embedded.service.database
    wrote(database, 4)
    first = anchored(embedded)
    wrote(database, 6)
    second = anchored(embedded)
    embedded.service.store.delete(second.hashes_sha256)
    execute(database, "UPDATE events SET detail = '{}' WHERE id = :id", id=first.last_event_id + 3)
    rehash(database, first.last_event_id + 3)
    report = checked(embedded)
    assert report.fault is not None
    assert (report.fault.event_id, report.fault.through) == (first.last_event_id + 1, second.last_event_id)
    assert [(one.number, one.problem) for one in report.anchor_faults] == [(2, "hashes-missing")]
    assert "An entry between" in telling.entry_fault(report.fault)[1]


def test_the_end_cut_off_together_with_the_head_is_missed(office: Office) -> None:
    database = office.service.database
    last = wrote(database, 6)
    anchored(office)
    execute(database, "DELETE FROM events WHERE id > :id", id=last - 3)
    rehash(database, last - 3)
    assert found(office) == (last - 2, "cut")


def test_the_end_cut_off_with_head_and_anchors_is_still_known_to_the_store(office: Office) -> None:
    database = office.service.database
    anchored(office)
    last = wrote(database, 6)
    made = anchored(office)
    execute(database, "DELETE FROM events WHERE id > :id", id=last - 3)
    execute(database, "DELETE FROM event_anchors WHERE number = :number", number=made.number)
    rehash(database, last - 3)
    assert found(office) == (last - 2, "cut")
    assert (made.number, "missing", "store") in problems(office)


def test_anchors_made_anew_after_a_rewriting_do_not_hide_it(office: Office) -> None:
    database = office.service.database
    last = wrote(database, 6)
    anchored(office)
    execute(database, "UPDATE events SET actor = 'nobody' WHERE id = :id", id=last - 2)
    execute(database, "DELETE FROM event_anchors")
    rehash(database, last - 2)
    anchored(office)
    assert found(office) == (last - 2, "rewritten")
    assert (1, "contradicted", "") in problems(office)


def test_what_an_auditor_kept_outlives_database_and_store(embedded: Office) -> None:
    database, store = embedded.service.database, embedded.service.store
    last = wrote(database, 6)
    made = anchored(embedded)
    kept = kept_anchors(embedded)
    for sha256 in (made.statement_sha256, made.token_sha256 or "", made.hashes_sha256):
        store.delete(sha256)
    execute(database, "DELETE FROM event_anchors")
    execute(database, "DELETE FROM events WHERE act = 'log-anchored'")
    execute(database, "UPDATE events SET actor = 'nobody' WHERE id = :id", id=last - 2)
    rehash(database, last - 2)
    assert found(embedded) is None, "nothing here tells of it any more"
    fault = checked(embedded, kept).fault
    assert fault is not None
    assert (fault.event_id, fault.through, fault.problem) == (1, last, "rewritten")
    assert (1, "missing", "file") in problems(embedded, kept)


def test_a_deleted_anchor_is_missed_by_store_and_log(office: Office) -> None:
    for _ in range(3):
        wrote(office.service.database, 2)
        anchored(office)
    execute(office.service.database, "DELETE FROM event_anchors WHERE number = 2")
    assert found(office) is None
    assert (2, "missing", "log+store") in problems(office)


def test_an_altered_anchor_and_swapped_tokens_are_named(office: Office) -> None:
    database = office.service.database
    for _ in range(3):
        wrote(database, 2)
        anchored(office)
    rows = anchors(office)
    execute(database, "UPDATE event_anchors SET token_sha256 = NULL WHERE number < 3")
    with database.write() as session:
        for number, other in ((1, rows[1]), (2, rows[0])):
            row = session.get_one(EventAnchor, number)
            row.token, row.token_sha256 = other.token, other.token_sha256
    assert found(office) is None
    assert {(1, "token"), (2, "token"), (2, "unlinked"), (3, "unlinked")} <= {one[:2] for one in problems(office)}
    execute(database, "UPDATE event_anchors SET last_event_id = last_event_id + 1 WHERE number = 3")
    assert (3, "altered", "database") in problems(office)


def test_a_moment_that_the_database_shows_must_be_the_tokens_own(office: Office) -> None:
    database = office.service.database
    wrote(database, 2)
    anchored(office)
    with database.write() as session:
        row = session.get_one(EventAnchor, 1)
        assert row.proven_at is not None
        row.proven_at -= timedelta(days=365)
    assert problems(office) == [(1, "altered", "database")]


def test_many_hands_anchor_at_once_while_others_write(office: Office) -> None:
    database = office.service.database
    with ThreadPoolExecutor(6) as hands:
        made = [hands.submit(anchored, office) for _ in range(3)]
        written = [hands.submit(wrote, database, 3) for _ in range(3)]
        assert all(one.result().token for one in made)
        assert all(one.result() for one in written)
    anchored(office)
    numbers = [row.number for row in anchors(office)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(row.token for row in anchors(office))
    report = checked(office)
    assert report.is_sound, report
    assert report.anchors == len(numbers)


def test_copies_gone_from_the_store_are_told(embedded: Office) -> None:
    made = anchored(embedded)
    embedded.service.store.delete(made.token_sha256 or "")
    assert problems(embedded) == [(1, "copy-missing", made.token_sha256)]
    report = checked(embedded)
    assert report.fault is None
    assert report.proven is not None, "the database's own token still proves it"


def test_cleaning_up_keeps_what_speaks_of_deleted_anchors(embedded: Office) -> None:
    database, store = embedded.service.database, embedded.service.store
    made = anchored(embedded)
    assert scrub(database, store, grace=timedelta()).orphans == ()
    execute(database, "DELETE FROM event_anchors")
    assert scrub(database, store, delete_orphans=True, grace=timedelta(seconds=-1)).orphans == ()
    assert store.exists(made.statement_sha256)
    assert store.exists(made.hashes_sha256)
    assert (1, "missing", "log+store") in problems(embedded)


def test_a_statement_that_waits_for_its_token_claims_nothing(office: Office) -> None:
    last = wrote(office.service.database, 3)
    with pytest.raises(TimestampUnavailable):
        anchoring.anchor(replace(office.desk, timestamper=down()))
    with office.service.database.read() as session:
        standing = anchoring.standing(session)
    assert standing.last is None
    assert standing.waiting is not None
    assert "tsa.example: no answer" in standing.waiting.problem
    report = checked(office)
    assert report.is_sound
    assert report.proven is None
    assert not anchoring.is_due(office.desk), "not again at once"
    assert anchoring.is_due(replace(office.desk, clock=lambda: datetime.now(UTC) + anchoring.RETRY))
    wrote(office.service.database, 2)
    made = anchored(office)
    assert [(row.number, row.problem) for row in anchors(office)] == [(1, ""), (2, "")]
    assert anchors(office)[0].last_event_id == last
    assert made.last_event_id == last + 3, "what came while it waited is anchored too"
    assert checked(office).is_sound


def test_once_a_day_where_the_office_is_and_only_for_new_entries(embedded: Office) -> None:
    evening = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # 23:30 in Viet Nam
    at = [evening]
    desk = replace(embedded.at(evening), clock=lambda: at[0], renew_within=timedelta())
    assert anchoring.is_due(desk)
    anchoring.anchor(desk)
    wrote(embedded.service.database, 1)
    assert not anchoring.is_due(desk)
    at[0] = evening + timedelta(hours=1)
    assert anchoring.is_due(desk)
    anchoring.anchor(replace(embedded.at(at[0]), renew_within=timedelta()))
    at[0] += timedelta(days=2)
    assert not anchoring.is_due(desk), "nothing but the entry about the anchor itself"
    assert not anchoring.is_due(replace(desk, timestamper=None))


def test_a_later_anchor_proves_earlier_ones_after_their_authority_ended(embedded: Office) -> None:
    pki, now = embedded.service.pki, datetime.now(UTC)
    assert pki is not None
    wrote(embedded.service.database, 2)
    soon = replace(embedded.desk, timestamper=timestamper_until(pki, now + timedelta(days=30)))
    first = anchoring.anchor(soon)
    assert first.certificate_until is not None
    tomorrow = replace(soon, clock=lambda: now + timedelta(days=1))
    assert anchoring.is_due(tomorrow), "it is renewed in time, even if nothing new happened"
    later = replace(embedded.desk, clock=lambda: now + timedelta(days=60))
    alone = checked(embedded, keeping=later)
    assert [(one.number, one.problem, one.detail) for one in alone.anchor_faults] == [(1, "token", "timestamp-expired")]
    anchored(embedded)
    renewed = checked(embedded, keeping=later)
    assert renewed.is_sound
    assert renewed.anchors == 2


def test_a_token_of_an_authority_that_is_not_trusted_makes_no_anchor(embedded: Office, tmp_path: Path) -> None:
    stranger = TestPki.create(tmp_path / "stranger", base_url="http://127.0.0.1:9/pki")
    with pytest.raises(TimestampUnavailable, match="not to be believed"):
        anchoring.anchor(replace(embedded.desk, timestamper=stranger.timestamper()))
    assert anchors(embedded)[0].token is None


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b'{"kind":"docsvc-event-log-anchors","anchors":[{}]}', b"\xff", b"[" * 10**6]
)
def test_another_file_is_refused_as_no_file_of_anchors(embedded: Office, content: bytes) -> None:
    with pytest.raises(NotAnchors):
        checked(embedded, content)


def test_made_up_statements_in_store_or_file_accuse_nobody(embedded: Office) -> None:
    wrote(embedded.service.database, 3)
    made = anchored(embedded)
    forged = made.statement.replace(made.last_event_sha256, "0" * 64)
    embedded.service.store.put(forged.encode())
    embedded.service.store.put(b"\x30" + bytes.fromhex("060b2a864886f70d0109100104") + hashlib.sha256(b"").digest())
    assert checked(embedded).is_sound
    kept = json.loads(kept_anchors(embedded))
    kept["anchors"][0]["statement"] = forged
    assert found(embedded, json.dumps(kept).encode()) is None
    assert problems(embedded, json.dumps(kept).encode()) == [(1, "token", "timestamp-broken")]
    assert checked(embedded, json.dumps(kept).encode()).anchors == 1


def test_rubbish_in_columns_is_an_altered_entry_and_no_error(embedded: Office) -> None:
    database = embedded.service.database
    last = wrote(database, 4)
    for rubbish in ("'rubbish'", "7", "x'ff'", "CAST(x'ff' AS TEXT)"):
        for column in ("happened_at", "actor", "detail"):
            execute(database, "CREATE TABLE saved AS SELECT * FROM events WHERE id = :id", id=last - 1)
            execute(database, f"UPDATE events SET {column} = {rubbish} WHERE id = :id", id=last - 1)  # noqa: S608
            assert found(embedded) in {(last - 1, "altered"), (last - 1, "unlinked")}, (column, rubbish)
            execute(database, "DELETE FROM events WHERE id = :id", id=last - 1)
            execute(database, "INSERT INTO events SELECT * FROM saved")
            execute(database, "DROP TABLE saved")
    assert found(embedded) is None


def test_whatever_is_done_to_anchored_entries_the_first_wrong_one_is_named(embedded: Office) -> None:
    database = embedded.service.database
    for _ in range(3):
        wrote(database, 9)
        through = anchored(embedded).last_event_id
    wrote(database, 5)
    with database.read() as session:
        saved = [
            {name: getattr(entry, name) for name in inspect(Event).columns.keys()}  # noqa: SIM118 - no dictionary
            for entry in session.scalars(select(Event).order_by(Event.id))
        ]
    head = (saved[-1]["id"], saved[-1]["sha256"])
    for seed in range(60):
        place = tamper(database, random.Random(seed), through)
        assert (found(embedded) or (0, ""))[0] == place, f"seed {seed}"
        with database.write() as session:
            session.execute(delete(Event))
            session.execute(insert_rows(Event), saved)
        execute(database, "UPDATE event_head SET last_id = :id, last_sha256 = :sha", id=head[0], sha=head[1])
    assert checked(embedded).is_sound


def test_every_store_keeps_an_anchor_as_files_that_openssl_reads(office: Office) -> None:
    store: ObjectStore = office.service.store
    made = anchored(office)
    assert store.get(made.statement_sha256) == made.statement.encode()
    assert store.get(made.token_sha256 or "") == made.token
    lines = store.get(made.hashes_sha256).decode().split()
    with office.service.database.read() as session:
        assert lines == list(
            session.scalars(select(Event.sha256).where(Event.id <= made.last_event_id).order_by(Event.id))
        )
