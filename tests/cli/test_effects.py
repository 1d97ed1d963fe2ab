"""``docsvc effect``: recorded, listed and taken back by reference."""

from __future__ import annotations

import re
from datetime import date

from docsvc.records.folding import reference_key
from tests.cli.test_commands import done, refused
from tests.office import COMMUNE, OTHER, Office
from tests.records.documents import put


def test_what_documents_do_to_others_is_recorded_listed_and_taken_back(embedded: Office) -> None:
    facts = {"reference_key": reference_key("12/QĐ-UBND"), "reference": "12/QĐ-UBND", "number": 12}
    put(embedded, issued_on=date(2025, 3, 3), year=2025, **facts)
    put(embedded, issued_on=date(2026, 3, 3), year=2026, **facts)
    put(embedded, issued_on=date(2026, 3, 3), year=2026, unit_id=embedded.units[OTHER], **facts)
    assert "several documents" in refused(embedded, "effect", "list", "12/QĐ-UBND")
    newer, older = f"12/qd-ubnd@2026@{COMMUNE}", f"12/QĐ-UBND@2025@{COMMUNE}"
    assert "in-force\t03/03/2025 –" in done(embedded, "effect", "list", older)
    made = done(embedded, "effect", "add", newer, "replaces", older, "--as", "clerk", "--from", "01/07/2026")
    listed = done(embedded, "effect", "list", older, "--on", "2026-07-01")
    assert "replaced\t03/03/2025 – 30/06/2026" in listed
    assert re.search(r"\treplaces it\t12/QĐ-UBND@H01.1, 03/03/2026\t01/07/2026", listed)
    assert "it replaces\t12/QĐ-UBND@H01.1, 03/03/2025" in done(embedded, "effect", "list", newer)
    number = made.split("\t")[0]
    assert "may not" in refused(embedded, "effect", "take-back", number, "--as", "reader")
    done(embedded, "effect", "take-back", number, "--as", "clerk", "--reason", "Ghi nhầm")
    assert "replace" not in done(embedded, "effect", "list", older)


def test_a_first_and_a_last_day_are_recorded(embedded: Office) -> None:
    document_id = put(embedded, issued_on=date(2026, 3, 3))
    done(embedded, "effect", "period", document_id, "--as", "clerk", "--from", "10/03/2026", "--to", "01/05/2026")
    assert "not-yet\t10/03/2026" in done(embedded, "effect", "list", document_id, "--on", "09/03/2026")
    assert "expired" in done(embedded, "effect", "list", document_id, "--on", "02/05/2026")
    assert "there is no document" in refused(embedded, "effect", "list", "9/KH-UBND")
