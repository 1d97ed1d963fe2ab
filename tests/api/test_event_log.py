"""``GET /event-log``: what proves the log, for auditors only."""

from __future__ import annotations

from docsvc.audit import anchoring, checks
from docsvc.audit.verifying import verify
from tests.api.client import Programs


def test_an_auditors_program_reads_what_proves_the_log_and_takes_the_anchors_away(programs: Programs) -> None:
    program, desk = programs.of("auditor"), programs.office.desk
    before = program.get("/event-log").get_json()
    assert (before["anchor"], before["last_check"], before["waiting_since"]) == (None, None, None)
    made = anchoring.anchor(desk)
    checks.work_off(desk)
    told = program.get("/event-log").get_json()
    assert (told["anchor"]["number"], told["anchor"]["last_entry"]) == (1, made.last_event_id)
    assert told["last_check"]["sound"] is True
    assert told["last_check"]["lines"][0] == "Nhật ký còn nguyên như khi ghi."
    kept = program.get("/event-log/anchors")
    assert kept.mimetype == "application/json"
    assert verify(desk, kept_file=kept.data).is_sound


def test_others_read_nothing_of_it(programs: Programs) -> None:
    for username in ("reader", "clerk", "administrator"):
        for address in ("/event-log", "/event-log/anchors"):
            assert programs.of(username).get(address).status_code == 403
