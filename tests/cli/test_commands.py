"""The operators' command line, on a real office."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from config.settings import Settings
from docsvc.accounts import SYSTEM, Role, deactivate_user, token_actor
from docsvc.cli.main import main
from docsvc.db import Database
from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.db.records import Event, Series
from docsvc.issue import steps
from docsvc.records.terms import State
from signing.keys import open_pkcs12
from signing.pki import KeyKind
from tests.office import COMMUNE, PASSPHRASE, PASSWORD, Office, draft_file, make_service
from tests.services.csc import BEARER, CLIENT_ID, CscService
from tests.services.programs import program
from tests.services.softhsm import SoftHsm

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def environment(settings: Settings) -> dict[str, str]:
    """What makes a process use the same service."""
    names = ("data_dir", "database_url", "store", "s3_endpoint", "s3_access_key", "s3_secret_key", "s3_bucket")
    chosen = {f"DOCSVC_{name.upper()}": str(getattr(settings, name)) for name in names}
    return chosen | {"DOCSVC_S3_SECURE": str(settings.s3_secure), "DOCSVC_WORKER": "false"}


def run(office: Office | Path, *words: str, typed: str = "") -> Result:
    """A command; ``typed`` answers its questions."""
    settings = Settings(data_dir=office) if isinstance(office, Path) else office.service.settings
    return CliRunner().invoke(main, list(words), input=typed, env=environment(settings))


def done(office: Office | Path, *words: str, typed: str = "") -> str:
    result = run(office, *words, typed=typed)
    assert result.exit_code == 0, result.output
    return result.output


def refused(office: Office | Path, *words: str, typed: str = "") -> str:
    """Ends with 1 and one line that says why, never with a stack trace."""
    result = run(office, *words, typed=typed)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result.output


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_and_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0, result.output
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert command.help, "no help"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{parameter.name} has no help"
    assert f"docsvc {path[0]}" in README


def test_the_installed_program_tells_its_commands_and_version() -> None:
    docsvc = program("docsvc", "install the package: pip install -e .")
    told = subprocess.run([docsvc, "--help"], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in told for name in main.commands)
    version = subprocess.run([docsvc, "--version"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"\d+\.\d+", version)


INIT = (
    *(
        "init",
        "--unit-name",
        "Ủy ban nhân dân xã Mới",
        "--unit-code",
        "H09",
        "--abbreviation",
        "UBND",
        "--place",
        "Mới",
    ),
    *("--admin", "quantri", "--admin-name", "Trịnh Gia Minh"),
)


def test_init_sets_up_one_office_once(tmp_path: Path) -> None:
    assert "docsvc run" in done(tmp_path, *INIT, typed=f"{PASSWORD}\n{PASSWORD}\n")
    database = Database(Settings(data_dir=tmp_path).database)
    with database.read() as session:
        unit = session.scalars(select(Unit)).one()
        assert (unit.code, unit.place, unit.issues) == ("H09", "Mới", True)
        assert session.scalars(select(User.username)).one() == "quantri"
        assert session.scalars(select(Series.last_number)).one() == 0
        acts = session.scalars(select(Event.act).order_by(Event.id)).all()
        assert acts == ["unit-created", "register-opened", "user-created", "role-granted"]
    database.close()
    assert "already has an office" in refused(tmp_path, *INIT, "--password", PASSWORD)
    assert PASSWORD not in "".join(file.read_text("latin-1") for file in tmp_path.rglob("*") if file.is_file())


def test_init_with_a_weak_password_leaves_nothing_behind(tmp_path: Path) -> None:
    assert "weak-password" in refused(tmp_path, *INIT, "--password", "1234567890")
    done(tmp_path, *INIT, "--password", PASSWORD)


def test_the_readmes_way_to_a_real_office_works(tmp_path: Path) -> None:
    """Units, people, roles, keys, tokens: as README's "A real office" shows it."""
    done(tmp_path, *INIT, "--password", PASSWORD)
    done(tmp_path, "unit", "add", "H09.VP", "Văn phòng", "--abbreviation", "VP", "--parent", "H09")
    done(tmp_path, "user", "add", "lan", "Nguyễn Thị Lan", "--position", "Chủ tịch", typed=f"{PASSWORD}\n{PASSWORD}\n")
    done(tmp_path, "user", "grant", "lan", "H09", "leader")
    service = make_service(tmp_path)
    assert service.pki is not None
    key, seal = tmp_path / "lan.p12", tmp_path / "co-quan.p12"
    key.write_bytes(service.pki.issue_person("Nguyễn Thị Lan", PASSPHRASE))
    seal.write_bytes(service.pki.issue_organisation("Ủy ban nhân dân xã Mới", PASSPHRASE, code="H09"))
    assert "Nguyễn Thị Lan" in done(tmp_path, "key", "add", str(key), "--user", "lan", typed=f"{PASSPHRASE}\n")
    assert done(tmp_path, "unit", "seal", "H09", "38") == "H09: 38 mm\n"
    assert "xã Mới" in done(tmp_path, "key", "add", str(seal), "--unit", "H09", typed=f"{PASSPHRASE}\n")
    token = done(tmp_path, "user", "token", "lan", "--name", "máy nhập").strip()
    done(tmp_path, "user", "password", "lan", typed="một mật khẩu khác\nmột mật khẩu khác\n")
    with service.database.read() as session:
        actor = token_actor(session, token)
        assert actor.has(Role.LEADER)
        assert len(session.scalars(select(SigningKeyFile)).all()) == 2
    service.close()


def test_a_key_on_a_token_is_kept_by_its_names(
    embedded: Office, softhsm: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pki = embedded.service.pki
    assert pki is not None
    pkcs12 = pki.issue_organisation("Ủy ban nhân dân xã Tân Lập", "x", code=COMMUNE, key_kind=KeyKind.ECDSA_P384)
    softhsm.add_token("Cơ quan", "864209", {"con dấu": (pkcs12, "x")})
    monkeypatch.setenv("DOCSVC_PKCS11_MODULES", f"hsm={softhsm.library}")
    words = ("key", "add", "--pkcs11", "hsm", "--token", "Cơ quan", "--unit", COMMUNE)
    assert "[wrong-pin]" in refused(embedded, *words, "--key", "con dấu", typed="1111\n")
    assert "[token-key-missing]" in refused(embedded, *words, "--key", "khác", typed="864209\n")
    assert "[invalid]" in refused(embedded, *words, typed="864209\n")
    told = done(embedded, *words, "--key", "con dấu", typed="864209\n")
    assert "xã Tân Lập" in told
    assert "864209" not in told
    chain = tmp_path / "chain.pem"
    key = open_pkcs12(pkcs12, "x")
    chain.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain)))
    assert "xã Tân Lập" in done(
        embedded, *words, "--key-id", "01", "--certificate", str(chain), "--passphrase", "864209"
    )
    assert "docsvc" not in refused(embedded, *words, "--key-id", "01", "--certificate", __file__, typed="864209\n")
    assert "ok  token modules" in done(embedded, "doctor")
    issued = embedded.signed()
    assert "01/QĐ-UBND" in done(embedded, "issue", issued, "--as", "clerk", typed="864209\n")
    for extra in ((), (__file__, "--pkcs11", "hsm")):
        mixed = run(embedded, "key", "add", *extra, "--unit", COMMUNE, typed="1\n")
        assert mixed.exit_code == 2
        assert "--pkcs11" in mixed.output


def test_a_key_at_a_remote_service_is_kept_by_its_names(
    embedded: Office, csc: CscService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pki, pin = embedded.service.pki, "975310"
    assert pki is not None
    pkcs12 = pki.issue_organisation("Ủy ban nhân dân xã Tân Lập", "x", code=COMMUNE, key_kind=KeyKind.ECDSA_P384)
    csc.add_key("cli", pkcs12, "x", pin, user="tan-lap")
    csc.add_key("cli-otp", pkcs12, "x", pin, user="tan-lap", otp=True)
    csc.add_key("cli-khoa", pkcs12, "x", pin, user="tan-lap", status="disabled")
    secret = tmp_path / "csc.toml"
    monkeypatch.setenv("DOCSVC_CSC_SERVICES", f"ky-xa={csc.url} {secret}")
    words = ("key", "add-remote", "ky-xa")
    owner = ("--unit", COMMUNE)
    assert "[remote-service-missing]" in refused(embedded, *words, "cli", *owner, typed=f"{pin}\n"), "no secret yet"
    secret.write_text(f'client_id = "{CLIENT_ID}"\nclient_secret = "khac"\n', encoding="utf-8")
    assert "[remote-sign-in-refused]" in refused(embedded, *words, "cli", *owner, typed=f"{pin}\n")
    ill = run(embedded, "doctor")
    assert ill.exit_code == 1
    assert "!!  remote signing ky-xa: " in ill.output and "khac" not in ill.output
    secret.write_text(f'token = "{BEARER}"\n', encoding="utf-8")
    assert "[wrong-remote-pin]" in refused(embedded, *words, "cli", *owner, typed="1111\n")
    assert "[remote-service-missing]" in refused(embedded, "key", "add-remote", "khac", "cli", *owner, typed=f"{pin}\n")
    assert "[invalid]" in refused(embedded, *words, "", *owner, typed=f"{pin}\n")
    assert run(embedded, *words, "cli", typed=f"{pin}\n").exit_code == 2
    listed = done(embedded, "key", "list-remote", "ky-xa", "--service-user", "tan-lap").splitlines()
    assert [line.split("\t")[0] for line in listed] == ["cli", "cli-otp", "cli-khoa"]
    assert (
        listed[0] == "cli\tỦy ban nhân dân xã Tân Lập\tPIN"
        and listed[1].endswith("\tPIN + OTP")
        and "[remote-key-unusable]" in listed[2]
    )
    assert "[remote-service-missing]" in refused(embedded, "key", "list-remote", "khac")
    code = csc.code("cli-otp")
    assert "xã Tân Lập" in done(embedded, *words, "cli-otp", *owner, "--otp", code, typed=f"{pin}\n")
    sealed = embedded.signed()
    issue = ("issue", sealed, "--as", "clerk", "--otp")
    assert "[wrong-otp]" in refused(embedded, *issue, "", typed=f"{pin}\n")
    assert "01/QĐ-UBND" in done(embedded, *issue, csc.code("cli-otp"), typed=f"{pin}\n")
    told = done(embedded, *("key", "add-remote", "ky-xa", "cli"), *owner, typed=f"{pin}\n")
    assert "xã Tân Lập" in told
    assert pin not in told
    told = done(embedded, "doctor")
    assert "ok  remote signing ky-xa\n" in told
    assert "ok  remote signing ky-xa: cli (Ủy ban nhân dân xã Tân Lập)" in told


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("unit", "add", "X", "Tên", "--abbreviation", "X", "--parent", "nowhere"), "no unit with code 'nowhere'"),
        (("unit", "add", COMMUNE, "Tên", "--abbreviation", "X"), "[invalid]"),
        (("user", "add", "Không Được", "Tên", "--password", PASSWORD), "[invalid]"),
        (("user", "add", "moi", "Tên", "--password", "ngan"), "[weak-password]"),
        (("user", "grant", "nobody", COMMUNE, "clerk"), "no user 'nobody'"),
        (("key", "add", __file__, "--user", "leader", "--passphrase", "x"), "[unusable-key]"),
        (("find", "gì đó", "--as", "nobody"), "no user 'nobody'"),
        (("issue", "0" * 32, "--as", "clerk", "--passphrase", "x"), "[not-found]"),
        (("report", "--from", "2026-01-01", "--to", "2026-12-31", "--unit", "nowhere"), "no unit with code 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(embedded: Office, words: tuple[str, ...], reason: str) -> None:
    assert reason in refused(embedded, *words)


def test_a_key_belongs_either_to_a_person_or_to_a_unit(embedded: Office) -> None:
    result = run(embedded, "key", "add", __file__, "--passphrase", "x")
    assert result.exit_code == 2
    assert "--user or --unit" in result.output


def test_issue_goes_on_find_finds_and_report_counts(office: Office) -> None:
    numbered, signed = office.signed(), office.signed("Về việc thứ hai")
    steps.take_number(office.desk, numbered, office.today, by=office.actor("clerk"))
    assert "wrong-passphrase" in refused(office, "issue", signed, "--as", "clerk", "--passphrase", "wrong")
    assert done(office, "issue", numbered, "--as", "clerk", typed=f"{PASSPHRASE}\n").endswith("01/QĐ-UBND\n")
    day = f"{office.today:%d/%m/%Y}"
    assert "02/QĐ-UBND" in done(office, "issue", signed, "--as", "clerk", "--on", day, "--passphrase", PASSPHRASE)
    assert "forbidden" in refused(office, "issue", office.signed("Ba"), "--as", "leader", "--passphrase", PASSPHRASE)
    assert office.document(signed).state == State.ISSUED
    office.index()
    told = done(office, "find", "thứ hai", "--as", "reader")
    assert told.splitlines()[0].startswith("1 ")
    assert signed in told
    assert "0 văn bản" in done(office, "find", "không có trong kho", "--as", "reader")
    first, last = f"{office.today.year}-01-01", f"31/12/{office.today.year}"
    report = done(office, "report", "--from", first, "--to", last, "--unit", COMMUNE)
    assert "Ủy ban nhân dân xã Tân Lập\t2\t100,0% (2/2)\t100,0% (2/2)\t100,0% (2/2)" in report


def test_copy_makes_a_copy_of_a_document_and_of_a_file_from_outside(embedded: Office, tmp_path: Path) -> None:
    source = embedded.issued()
    who = ("--as", "clerk", "--unit", COMMUNE, "--signatory", "leader", "--authority", "TM.", "--to", "Các thôn")
    assert done(embedded, "copy", source, "--form", "sy", *who, typed=f"{PASSPHRASE}\n").rstrip().endswith("01/SY-UBND")
    file = tmp_path / "cong-van.pdf"
    file.write_bytes(draft_file())
    facts = ("--reference", "221/SNV-TCCB", "--agency", "Sở Nội vụ", "--abstract", "Về việc khác", "--pages", "1")
    words = ("copy", "--file", str(file), "--form", "trs", *who, *facts)
    assert done(embedded, *words, typed=f"{PASSPHRASE}\n").rstrip().endswith("02/TrS-UBND")
    assert "sao y" in refused(embedded, "copy", source, "--form", "sl", *who, typed=f"{PASSPHRASE}\n")


def test_nobody_acts_by_a_closed_account(embedded: Office) -> None:
    with embedded.service.database.write() as session:
        deactivate_user(session, embedded.people["clerk"], by=SYSTEM)
    assert "closed" in refused(embedded, "issue", "0" * 32, "--as", "clerk", "--passphrase", "x")


def test_verify_ends_with_0_only_if_every_file_is_valid(embedded: Office, tmp_path: Path) -> None:
    content = embedded.service.store.get(embedded.document(embedded.issued()).renditions[-1].sha256)
    good, changed, unsigned, broken = (tmp_path / f"{name}.pdf" for name in ("good", "changed", "unsigned", "broken"))
    good.write_bytes(content)
    spoilt = bytearray(content)
    spoilt[len(content) // 3] ^= 1
    changed.write_bytes(spoilt)
    unsigned.write_bytes(draft_file())
    broken.write_bytes(b"not a pdf")
    told = done(embedded, "verify", str(good))
    assert "VALID" in told
    assert "Lê Đình Khải" in told
    assert "Ủy ban nhân dân xã Tân Lập" in told
    for bad in (changed, unsigned, broken):
        assert bad.name in refused(embedded, "verify", str(bad))
    told = refused(embedded, "verify", "--json", str(good), str(changed), str(broken))
    verdicts = [json.loads(line)["verdict"] for line in told.splitlines()]
    assert verdicts[0] == "VALID"
    assert "VALID" not in verdicts[1:]
    assert run(embedded, "verify", str(tmp_path / "absent.pdf")).exit_code == 2


def test_verify_writes_what_was_signed_and_its_pages_beside_today_s(embedded: Office, tmp_path: Path) -> None:
    store, document = embedded.service.store, embedded.document(embedded.issued())
    issued, signed = (
        store.get(next(one.sha256 for one in document.renditions if one.role == role)) for role in ("issued", "signed")
    )
    file, out, folder = tmp_path / "issued.pdf", tmp_path / "signed.pdf", tmp_path / "pages"
    file.write_bytes(issued)
    told = done(embedded, "verify", str(file), "--signed-revision", "1", "--out", str(out))
    assert out.read_bytes() == signed
    assert "Đã điền" in told
    done(embedded, "verify", str(file), "--compare", "1", "--out", str(folder))
    pictures = sorted(folder.iterdir())
    assert [picture.name for picture in pictures][:2] == ["0001-now.png", "0001-then.png"]
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)
    assert "signatures" in refused(embedded, "verify", str(file), "--signed-revision", "9", "--out", str(out))
    assert run(embedded, "verify", str(file), "--compare", "1").exit_code == 2


def test_scrub_tells_what_is_wrong_and_ends_with_1(office: Office) -> None:
    sha256 = office.document(office.draft()).renditions[0].sha256
    assert "1 checked, 0 missing, 0 damaged, 0 orphans" in done(office, "scrub")
    office.service.store.delete(sha256)
    told = refused(office, "scrub", "--delete-orphans")
    assert f"missing\t{sha256}" in told
    assert "1 checked, 1 missing, 0 damaged, 0 orphans deleted" in told


def test_reindex_and_doctor_see_the_whole_archive(office: Office) -> None:
    office.issued()
    told = done(office, "doctor")
    assert "1 documents in the registers, 1 waiting to be indexed" in told
    assert {line[:2] for line in told.splitlines()[:-1]} == {"ok"}
    for part in ("store", "event log", "index", "search", "indexing", "last check of the event log", "disk"):
        assert f"ok  {part}" in told
    assert "1 văn bản" in done(office, "reindex")
    office.index()
    with office.service.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events WHERE id = 3")
    told = refused(office, "doctor")
    assert "!!  event log: entry 3 is missing" in told
    assert "Entry 3 is missing" in refused(office, "audit", "verify")


def test_preserve_brings_the_archive_to_a_level_and_tells_what_failed(embedded: Office) -> None:
    first, _ = embedded.issued(), embedded.issued("Về việc thứ hai")
    for words in (
        ("preserve",),
        ("preserve", "--level", "B-LT", "--within-days", "30"),
        ("preserve", "--due", "--unit", COMMUNE),
    ):
        assert run(embedded, *words).exit_code == 2
    told = done(embedded, "preserve", "--level", "B-LTA", "--unit", COMMUNE, "--within-days", "30")
    assert "2/2 văn bản" in told
    assert "2 extended, 0 renewed, 0 kept, 0 failed" in told
    assert {one.level for one in embedded.document(first).signatures} == {"B-LTA"}
    third = embedded.issued("Về việc thứ ba")
    embedded.service.store.delete(embedded.document(third).renditions[-1].sha256)
    told = refused(embedded, "preserve", "--level", "B-LTA", "--within-days", "30")
    assert f"03/QĐ-UBND\t{third}" in told
    assert "0 extended, 0 renewed, 2 kept, 1 failed" in told
    assert "\r" not in told, "a log keeps lines"
    told = done(embedded, "preserve", "--level", "B-LTA", "--status")
    assert "3 issued, 2 at B-LTA, 1 due (1 below B-LTA, 0 to be renewed), 1 failed" in told
    assert "1\tnot-stored\t-\tsince" in told
    assert "no run yet" in told
    told = refused(embedded, "preserve", "--due", "--level", "B-LTA")
    assert "1/1 văn bản" in told
    told = done(embedded, "preserve", "--status", "--level", "B-LTA")
    assert "1 due, 0 extended, 0 renewed, 0 kept, 1 failed" in told


def test_a_unit_succeeds_another_once_and_not_in_a_circle(embedded: Office) -> None:
    done(embedded, "unit", "add", "OLD", "Xã cũ", "--abbreviation", "UBND")
    done(embedded, "unit", "add", "NEW", "Xã mới", "--abbreviation", "UBND")
    said = ("--from", "2025-07-01", "--basis", "Nghị quyết 1/NQ-HĐND")
    assert "OLD → NEW" in done(embedded, "unit", "succeed", "OLD", "NEW", *said)
    assert "recorded already" in refused(embedded, "unit", "succeed", "OLD", "NEW", *said)
    assert "no circles" in refused(embedded, "unit", "succeed", "NEW", "OLD", *said)


def test_audit_verify_finds_a_whole_log_whole(office: Office) -> None:
    office.draft()
    assert "whole" in done(office, "audit", "verify")


@pytest.mark.parametrize(
    ("text", "reason"),
    [("colour = 1", "unknown settings: colour"), ("port = ", "docsvc.toml"), ("port = 0", "port: 0 is not from 1")],
)
def test_bad_settings_end_every_command_with_a_line(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "docsvc.toml"
    file.write_text(text, encoding="utf-8")
    assert reason in refused(tmp_path / "var", "--config", str(file), "doctor")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DOCSVC_DATABASE_URL", "no url at all", "database_url"),
        ("DOCSVC_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "database_url"),
        ("DOCSVC_DATABASE_URL", "oracle://x", "database_url"),
        ("DOCSVC_STORE", "s3", "bad-store-settings"),
        ("DOCSVC_TRUST_DIR", "/nowhere", "trust_dir: /nowhere"),
        ("DOCSVC_PKCS11_MODULES", "lib.so", "pkcs11_modules: 'lib.so'"),
        ("DOCSVC_PKCS11_MODULES", "hsm=/nowhere.so", "token modules: not installed: hsm"),
    ],
)
def test_a_part_that_cannot_be_opened_is_named(tmp_path: Path, name: str, value: str, reason: str) -> None:
    result = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "doctor"], env={name: value})
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert reason in result.output


def test_the_example_is_not_shown_to_the_network_and_a_busy_port_is_told(embedded: Office) -> None:
    assert "loopback" in refused(embedded, "run", "--example", "--host", "0.0.0.0")  # noqa: S104 - refused


def test_a_port_in_use_is_told_in_a_line(embedded: Office) -> None:
    docsvc = program("docsvc", "install the package: pip install -e .")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        address = f"127.0.0.1:{holder.getsockname()[1]}"
        told = subprocess.run(
            [docsvc, "run", "--port", address.rpartition(":")[2]],
            env=os.environ | environment(embedded.service.settings),
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 1
    assert address in told.stderr
    assert "Traceback" not in told.stderr
