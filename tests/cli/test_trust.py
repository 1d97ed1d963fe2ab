"""``docsvc trust``: anchors listed, added with a fingerprint, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from docsvc.cli import main
from tests.cli.test_commands import done, refused
from tests.office import Office
from tests.signing.authority import Authority, page, sign
from tests.signing.lists import Scheme, Service
from tests.signing.named_servers import Web, chain, serving


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


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def test_a_file_is_verified_with_what_can_be_fetched(embedded: Office, tmp_path: Path, web: Web) -> None:
    made = chain(web)
    (tmp_path / "signed.pdf").write_bytes(made.signed)
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "root.pem").write_bytes(made.root.certificate.public_bytes(Encoding.PEM))
    config = tmp_path / "docsvc.toml"
    config.write_text(
        f'data_dir = "{embedded.service.settings.data_dir}"\ntrust_dir = "{roots}"\n'
        f'revocation_private_addresses = true\nverify_fetching_ports = "{web.url.rpartition(":")[2]}"\n',
        "utf-8",
    )

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["--config", str(config), "verify", str(tmp_path / "signed.pdf"), *arguments])
        return result.exit_code, result.output

    assert run()[0] == 1
    assert web.asked == []
    status, told = run("--fetch")
    assert status == 0, told
    assert f"crl  {web.url}/issuing.crl  ok" in told
