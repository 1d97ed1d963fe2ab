"""The composition root: what is opened, by how many at once, and what happens when it cannot be."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from config.settings import Settings, SettingsError
from docsvc.db import Database
from docsvc.db.migrate import is_current
from docsvc.wiring import open_service, remote_services, token_modules, trusted_roots
from tests.forks import forking
from tests.office import Office, make_service


def opened(settings: Settings, gate: Any, answers: Any) -> None:
    """In a process of its own: open everything, and tell what keys it works with."""
    gate.wait(60)
    try:
        service = open_service(settings)
        assert service.pki is not None
        service.store.put(b"hello")
        answers.put((service.secret_key, service.pki.roots()[0].public_bytes(Encoding.DER)))
        service.close()
    except Exception as error:  # noqa: BLE001 - told to the test
        answers.put(repr(error))


def test_processes_that_open_an_empty_folder_at_once_agree_on_everything(tmp_path: Path) -> None:
    context = forking()
    gate, answers = context.Barrier(4), context.SimpleQueue()
    settings = Settings(data_dir=tmp_path / "var")
    processes = [context.Process(target=opened, args=(settings, gate, answers)) for _ in range(4)]
    for process in processes:
        process.start()
    told = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    assert all(isinstance(one, tuple) for one in told), told
    assert len(set(told)) == 1
    database = Database(settings.database)
    assert is_current(database)
    database.close()


def test_secrets_in_the_data_folder_are_the_services_alone(tmp_path: Path) -> None:
    service = open_service(Settings(data_dir=tmp_path / "var"))
    service.close()
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "var" / "secret-key").stat().st_mode) == 0o600
    assert len(service.secret_key) == 64
    again = open_service(Settings(data_dir=tmp_path / "var"))
    again.close()
    assert again.secret_key == service.secret_key
    chosen = open_service(Settings(data_dir=tmp_path / "var", secret_key="chosen"))
    chosen.close()
    assert chosen.secret_key == "chosen"


def test_trusted_roots_are_read_as_pem_and_der_and_notes_passed_over(embedded: Office, tmp_path: Path) -> None:
    assert embedded.service.pki is not None
    root = embedded.service.pki.roots()[0]
    (tmp_path / "one.pem").write_bytes(root.public_bytes(Encoding.PEM) * 2)
    (tmp_path / "two.CRT").write_bytes(root.public_bytes(Encoding.DER))
    (tmp_path / "README").write_text("from the Government's authority", encoding="utf-8")
    (tmp_path / "old").mkdir()
    assert trusted_roots(Settings(trust_dir=str(tmp_path))) == (root, root, root)
    assert trusted_roots(Settings()) == ()
    (tmp_path / "three.cer").write_bytes(b"no certificate")
    with pytest.raises(SettingsError, match=r"three\.cer"):
        trusted_roots(Settings(trust_dir=str(tmp_path)))


def test_modules_of_tokens_are_named_in_the_settings_and_nowhere_else(tmp_path: Path) -> None:
    both = Settings(pkcs11_modules="hsm = /usr/lib/hsm.so, the=/opt/the.so,")
    assert token_modules(both) == {"hsm": Path("/usr/lib/hsm.so"), "the": Path("/opt/the.so")}
    assert token_modules(Settings()) == {}
    for wrong in ("/usr/lib/hsm.so", "hsm=lib/hsm.so", "a=/x,a=/y", "Đ=/x", "=/x"):
        with pytest.raises(SettingsError, match="pkcs11_modules"):
            open_service(Settings(data_dir=tmp_path / "var", pkcs11_modules=wrong))


def test_remote_services_are_named_in_the_settings_with_their_secret_and_nowhere_else(tmp_path: Path) -> None:
    both = "ky-xa = https://ky.example.vn/csc/v2 /run/secrets/ky, thu=http://127.0.0.1:9/csc/v2 /run/thu,"
    assert list(remote_services(Settings(csc_services=both))) == ["ky-xa", "thu"]
    assert remote_services(Settings()) == {}
    for wrong in (
        "https://ky.example.vn /x",
        "ky=http://ky.example.vn/csc/v2 /x",
        "ky=https://ky.example.vn/csc/v2",
        "ky=https://ky.example.vn/csc/v2 x",
        "ky=https://a /x,ky=https://b /x",
        "Ký=https://a /x",
        "ky=https://nguoi:mat-khau@a /x",
    ):
        with pytest.raises(SettingsError, match="csc_services") as refused:
            open_service(Settings(data_dir=tmp_path / "var", csc_services=wrong))
        assert "mat-khau" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["kiemtra.vn", "ftp://kiemtra.vn", "https://kiểm-tra.vn", "https://a b", "https://" + "a" * 100]
)
def test_an_address_that_cannot_be_printed_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="public_address"):
        make_service(tmp_path, public_address=address)


def test_marks_are_drawn_with_the_public_address_and_only_if_there_is_one(tmp_path: Path) -> None:
    wanted: dict[str, dict[str, str]] = {
        "": {},
        "https://vb.vn": {"public_url": "https://vb.vn/"},
        "https://kt.vn": {"public_url": "https://vb.vn", "public_address": "https://kt.vn"},
    }
    for number, (address, settings) in enumerate(wanted.items()):
        service = make_service(tmp_path / str(number), **settings)
        assert service.desk.check_address == address
        service.close()
    service = make_service(tmp_path / "off", public_address="https://kt.vn", check_mark="off")
    assert service.desk.check_address == ""
    service.close()


def test_without_the_embedded_authority_only_real_keys_count(tmp_path: Path) -> None:
    service = open_service(Settings(data_dir=tmp_path / "var", pki="none"))
    assert (service.pki, service.desk.timestamper, service.desk.trust.roots) == (None, None, ())
    assert not (tmp_path / "var" / "pki").exists()
    service.close()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="data_dir"):
        open_service(Settings(data_dir=tmp_path / "file" / "var"))
