"""``docsvc trust``: anchors listed, added with a fingerprint, withdrawn."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from docsvc.cli import main
from tests.cli.test_commands import done, refused
from tests.office import Office
from tests.signing.authority import Authority, page, sign
from tests.signing.lists import Scheme, Service


def test_an_anchor_is_added_listed_and_withdrawn(embedded: Office, tmp_path: Path) -> None:
    authority = Authority("Gốc nạp bằng lệnh")
    (tmp_path / "root.pem").write_bytes(authority.root.certificate.public_bytes(Encoding.PEM))
    (tmp_path / "signed.pdf").write_bytes(sign(page(), authority.person()))
    fingerprint = authority.root.certificate.fingerprint(hashes.SHA256()).hex(":")

    def run(*arguments: str) -> tuple[int, str]:
        data = ["--data-dir", str(embedded.service.settings.data_dir)]
        result = CliRunner().invoke(main, [*data, *arguments])
        return result.exit_code, result.output

    assert run("verify", str(tmp_path / "signed.pdf"))[0] == 1
    wrong = run("trust", "add", str(tmp_path / "root.pem"), "--sha256", "00" * 32)
    assert "[other-fingerprint]" in wrong[1]
    added = run("trust", "add", str(tmp_path / "root.pem"), "--sha256", fingerprint, "--until", "2099-12-31")
    assert added[0] == 0, added[1]
    assert run("verify", str(tmp_path / "signed.pdf"))[0] == 0
    assert "1\tGốc nạp bằng lệnh\tsignatures timestamps\t– 2099-12-31" in run("trust", "list")[1]
    assert "withdrawn" in run("trust", "withdraw", "1", "--reason", "Nhầm")[1]
    assert "Gốc nạp bằng lệnh" not in run("trust", "list")[1]
    assert "Nhầm" in run("trust", "list", "--all")[1]
    assert run("verify", str(tmp_path / "signed.pdf"))[0] == 1


def test_a_trusted_list_is_imported(embedded: Office, tmp_path: Path) -> None:
    scheme, authority = Scheme(), Authority("CA trong danh sách")
    file = tmp_path / "list.xml"
    file.write_bytes(scheme.list(Service("Một", [authority.root])))
    sha256 = authority.root.certificate.fingerprint(hashes.SHA256()).hex()
    assert "[trusted-list-not-signed]" in refused(embedded, "trust", "import-list", str(file), "--signer", "0" * 64)
    words = ("trust", "import-list", str(file), "--signer", scheme.fingerprint)
    assert f"  {sha256}" in done(embedded, *words, "--dry-run")
    assert "not in the list" in refused(embedded, *words, "--choose", "0" * 64)
    assert "added\tCA trong danh sách" in done(embedded, *words, "--choose", sha256)
    assert "CA trong danh sách" in done(embedded, "trust", "list")
