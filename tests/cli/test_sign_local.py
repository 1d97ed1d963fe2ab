"""``docsvc sign-local`` as a process of its own against a real server, with a key in a file and one on a token."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from werkzeug.serving import make_server

from docsvc.accounts import create_token
from docsvc.app import create_app
from docsvc.cli.main import main
from docsvc.records.terms import State
from signing.keys import open_pkcs12
from signing.pki import KeyKind
from signing.verify import Verdict, verify
from tests.office import COMMUNE, PASSPHRASE, Office, issued_keys, make_service, shared_pki
from tests.services.programs import free_ports, program, running
from tests.services.second_opinions import SecondOpinions
from tests.services.softhsm import SoftHsm
from tests.signing.test_elsewhere import CERTIFYING, Person, by_pyhanko

PIN = "246802"


@dataclass(frozen=True)
class Ground:
    """An office's data, and files on the machines of its people."""

    office: Office
    folder: Path
    files: Path

    def token(self, username: str) -> Path:
        """A file with a new token."""
        with self.office.service.database.write() as session:
            actor = self.office.actor(username)
            text = create_token(session, user_id=actor.user_id, name="x", lasts=timedelta(days=1), by=actor)
        return self.file(f"{username}.token", text.encode())

    def file(self, name: str, content: bytes) -> Path:
        file = self.files / name
        file.write_bytes(content)
        return file


@pytest.fixture
def ground(tmp_path: Path, office_folder: Path) -> Iterator[Ground]:
    folder = tmp_path / "var"
    shutil.copytree(office_folder, folder)
    (tmp_path / "mine").mkdir()
    service = make_service(folder)
    yield Ground(Office(service, lambda: service), folder, tmp_path / "mine")
    service.close()


def docsvc(*words: object) -> subprocess.CompletedProcess[str]:
    command = [program("docsvc", "pip install -e ."), *(str(word) for word in words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def served(ground: Ground) -> Iterator[str]:
    """The real server; gives its address."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{address}/sign-in", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    command = [program("docsvc", "pip install -e ."), "--data-dir", str(ground.folder), "run", "--port", str(port)]
    with running(command, log=ground.files / "said.log", ready=answers):
        yield address


def test_a_leader_signs_with_a_file_and_a_clerk_seals_with_a_token(
    ground: Ground, softhsm: SoftHsm, tmp_path: Path
) -> None:
    office = ground.office
    documents = [office.submitted(), office.submitted("Về việc thành lập Tổ công tác")]
    seal = shared_pki().issue_organisation(
        "Ủy ban nhân dân xã Tân Lập", PASSPHRASE, code=COMMUNE, key_kind=KeyKind.ECDSA_P256
    )
    softhsm.add_token("con dau", PIN, {"dấu": (seal, PASSPHRASE)})
    opened = open_pkcs12(seal, PASSPHRASE)
    chain = b"".join(one.public_bytes(Encoding.PEM) for one in (opened.certificate, *opened.chain))
    added = docsvc(
        "--data-dir", ground.folder, "key", "add", "--certificate", ground.file("dau.pem", chain), "--unit", COMMUNE
    )
    assert added.returncode == 0, added.stderr
    with served(ground) as address:
        here = ("sign-local", "--server", address, "--waiting", "--yes", "--save", ground.files / "seen")
        secret = ground.file("secret", PASSPHRASE.encode() + b"\n")
        pkcs12 = ground.file("leader.p12", issued_keys()["leader"])
        said = docsvc(*here, "--token-file", ground.token("leader"), "--pkcs12", pkcs12, "--passphrase-file", secret)
        assert said.returncode == 0, said.stdout + said.stderr
        assert "2/2" in said.stdout
        for document_id in documents:
            assert office.document(document_id).renditions[0].sha256 in said.stdout
            assert (ground.files / "seen" / f"{document_id}-personal.pdf").exists()
        assert {office.document(one).state for one in documents} == {State.SIGNED}
        pin = ground.file("pin", PIN.encode())
        token = ("--module", softhsm.library, "--token-label", "con dau", "--key-label", "dấu")
        said = docsvc(*here, "--token-file", ground.token("clerk"), *token, "--passphrase-file", pin)
        assert said.returncode == 0, said.stdout + said.stderr
    references = set()
    for document_id in documents:
        issued = office.document(document_id)
        references.add(issued.reference)
        assert issued.state == State.ISSUED
        content = office.desk.store.get(issued.renditions[-1].sha256)
        assert verify(content, trust=office.desk.trust).verdict is Verdict.VALID
        pki = shared_pki()
        SecondOpinions(tmp_path / document_id, pki.roots()[0], [pki.certificate("issuing")]).all_of(content)
    assert references == {"01/QĐ-UBND", "02/QĐ-UBND"}


Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """A server in this process, whose answers a test bends."""
    server = make_server("127.0.0.1", 0, answer, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def signing(ground: Ground, address: str, *words: str, passphrase: str = PASSPHRASE, **more: Any) -> Result:
    """The command in this process."""
    fixed = ["sign-local", "--server", address, "--token-file", str(ground.token("leader"))]
    fixed += ["--pkcs12", str(ground.file("leader.p12", issued_keys()["leader"]))]
    fixed += ["--passphrase-file", str(ground.file("secret", passphrase.encode()))]
    return CliRunner().invoke(main, [*fixed, *words], **more)


def test_a_lying_server_gets_no_signature(ground: Ground) -> None:
    office = ground.office
    shown, other = office.submitted(), office.submitted("Về việc chuyển nhượng đất công")
    app = create_app(office.service)
    sent: list[str] = []

    def lying(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] == "POST":
            sent.append(path.rsplit("/", 1)[-1])
        if "/signing" in path and path.endswith("/signing"):
            environ["PATH_INFO"] = path.replace(shown, other)
        if path.endswith("/file"):
            environ["PATH_INFO"] = path.replace(shown, other)
        return app(environ, start)

    with answering(lying) as address:
        said = signing(ground, address, shown, "--yes")
    assert said.exit_code == 1
    assert "handed-out-refused" in said.output
    assert sent == ["signing"], "nothing was handed in"
    assert {office.document(one).state for one in (shown, other)} == {State.SUBMITTED}


def test_each_document_is_asked_about_and_fails_alone(ground: Ground) -> None:
    office = ground.office
    first, second, foreign = office.submitted(), office.submitted(), office.draft()
    with answering(create_app(office.service)) as address:
        said = signing(ground, address, first, f"{address}/documents/{second}", input="n\ny\n")
        assert said.exit_code == 0, said.output
        assert (office.document(first).state, office.document(second).state) == (State.SUBMITTED, State.SIGNED)
        said = signing(ground, address, foreign, first, "--yes")
        assert (said.exit_code, office.document(first).state) == (1, State.SIGNED)
        assert "[not-found]" in said.output
        wrong = signing(ground, address, second, passphrase="sai")
        assert (wrong.exit_code, "[wrong-passphrase]" in wrong.output) == (1, True)
        assert "chờ" in signing(ground, address, "--waiting").output


def test_a_file_is_fetched_signed_with_another_program_and_handed_in(ground: Ground) -> None:
    office = ground.office
    document_id = office.submitted()
    who = ["--token-file", str(ground.token("leader"))]
    file, signed = ground.files / "out.pdf", ground.files / "signed.pdf"
    with answering(create_app(office.service)) as address:
        there = [document_id, str(file), "--server", address, *who]
        said = CliRunner().invoke(main, ["hand-out", *there])
        assert said.exit_code == 0, said.output
        assert "personal_signature" in said.output
        refused = CliRunner().invoke(main, ["hand-in", *there])
        assert (refused.exit_code, "[signed-file-refused]" in refused.output) == (1, True)
        pkcs12 = issued_keys()["leader"]
        leader = Person(pkcs12, open_pkcs12(pkcs12, PASSPHRASE))
        signed.write_bytes(by_pyhanko(file.read_bytes(), leader, passphrase=PASSPHRASE, **CERTIFYING))
        said = CliRunner().invoke(main, ["hand-in", document_id, str(signed), "--server", address, *who])
        assert (said.exit_code, said.output) == (0, "signed\n")
    assert office.document(document_id).state == State.SIGNED


def test_the_token_is_sent_over_tls_or_inside_the_machine_only(ground: Ground) -> None:
    for address in ("http://docsvc.example", "ftp://127.0.0.1", "127.0.0.1:8080"):
        said = signing(ground, address, "0" * 32)
        assert said.exit_code == 1
        assert "https" in said.output

    def moved(_: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("302 Found", [("Location", "http://127.0.0.1:9/")])
        return [b""]

    with answering(moved) as address:
        said = signing(ground, address, "--waiting")
    assert (said.exit_code, "http-302" in said.output) == (1, True)


def test_a_certificate_alone_is_kept_only_if_it_can_sign(ground: Ground) -> None:
    root = shared_pki().roots()[0].public_bytes(Encoding.PEM)
    assert x509.load_pem_x509_certificates(root)
    file = ground.file("root.pem", root)
    refused = CliRunner().invoke(
        main, ["--data-dir", str(ground.folder), "key", "add", "--certificate", str(file), "--user", "leader"]
    )
    assert refused.exit_code == 1
    assert "wrong-key-usage" in refused.output
