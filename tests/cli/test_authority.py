"""``docsvc delegation``: given, listed, ended."""

from __future__ import annotations

from datetime import timedelta

from tests.cli.test_commands import done, refused
from tests.office import COMMUNE, Office


def test_an_authority_is_given_listed_and_ended_from_the_command_line(embedded: Office) -> None:
    words = ("delegation", "grant", "deputy", COMMUNE)
    last = (embedded.today + timedelta(days=30)).isoformat()
    assert "[invalid]" in refused(embedded, *words, "TUQ.", "--for", "leader", "--to", last)
    assert "no user" in refused(embedded, *words, "KT.", "--for", "nobody")
    told = done(
        embedded, *words, "TUQ.", "--for", "leader", "--to", last, "--basis", "Giấy ủy quyền số 3", "--type", "tb"
    )
    assert "TUQ. Chủ tịch  tb" in told
    done(embedded, *words, "KT.", "--position", "Chủ tịch")
    listed = done(embedded, "delegation", "list", "--unit", COMMUNE).splitlines()
    assert [line.split()[0] for line in listed] == ["2", "1"]
    assert all("in-force" in line for line in listed)
    assert "ended" in done(embedded, "delegation", "end", "1", "--reason", "xong")
    assert "[invalid]" in refused(embedded, "delegation", "end", "1")
    assert "no authority 9" in refused(embedded, "delegation", "end", "9")
