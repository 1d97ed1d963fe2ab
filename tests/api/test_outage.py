"""A program is told why a document waits, if it acts for somebody who handles it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docsvc.issue import steps
from signing.errors import RevocationUnavailable
from signing.preserve import Level
from signing.questions import Question
from tests.api.client import Programs
from tests.office import PASSPHRASE


class Down:
    """An authority that cannot be reached."""

    def ocsp(self, _: Question) -> bytes | None:
        raise RevocationUnavailable("connection refused")

    crl = ocsp


@pytest.mark.parametrize("backend", ["embedded"])
def test_why_a_document_waits_is_told_to_those_who_handle_it(programs: Programs) -> None:
    office = programs.office
    document_id = office.signed()
    desk = replace(office.desk, level=Level.B_LT, revocation=Down())
    steps.issue(desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    wait = programs.of("clerk").get(f"/documents/{document_id}").get_json()["wait"]
    assert (wait["step"], wait["level"], wait["code"]) == ("preserve", "B-LT", "revocation-unavailable")
    assert programs.of("reader").get(f"/documents/{document_id}").get_json()["wait"] is None
