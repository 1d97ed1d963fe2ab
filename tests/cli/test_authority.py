"""``docsvc delegation``: given, listed, ended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from signing.pki import KeyKind
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


def test_identifiers_and_confirmed_holders_from_the_command_line(embedded: Office, tmp_path: Path) -> None:
    pki = embedded.service.pki
    assert pki is not None
    assert "[invalid]" in refused(embedded, "user", "identify", "leader", "<b>")
    assert "[invalid]" in refused(embedded, "unit", "identify", COMMUNE, "x")
    done(embedded, "unit", "identify", COMMUNE, "0301234567")
    key = tmp_path / "key.p12"
    key.write_bytes(pki.issue_person("Tên Khác", "x", identifier="CCCD:001085012345", key_kind=KeyKind.ECDSA_P256))
    words = ("key", "add", str(key), "--user", "leader", "--passphrase", "x")
    assert "[certificate-of-another]" in refused(embedded, *words)
    done(embedded, "user", "identify", "leader", "001")
    assert "[certificate-identifier-differs]" in refused(embedded, *words, "--confirm-holder")
    done(embedded, "user", "identify", "leader", "001085012345")
    assert "Tên Khác" in done(embedded, *words, "--confirm-holder")
