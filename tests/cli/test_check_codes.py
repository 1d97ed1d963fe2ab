"""``docsvc code``: the address of a document's public check."""

from __future__ import annotations

from tests.cli.test_commands import done, refused
from tests.office import Office


def test_the_address_is_told_by_reference_and_stays_the_same(embedded: Office) -> None:
    reference = embedded.document(embedded.issued()).reference
    first = done(embedded, "code", str(reference))
    assert str(reference) in first
    assert "http://127.0.0.1:8080/kt/" in first
    assert done(embedded, "code", str(reference).lower().replace("đ", "d")) == first


def test_what_is_not_in_the_register_has_no_address_to_tell(embedded: Office) -> None:
    assert "stands in the register" in refused(embedded, "code", embedded.signed())
    assert "stands in the register" in refused(embedded, "code", "999/QĐ-UBND")
