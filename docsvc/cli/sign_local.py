"""``docsvc sign-local``: the desktop part of signing with a key on the official's own machine."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from docsvc.cli.remote import Refused, Remote
from signing.errors import SigningError
from signing.external import client_cms, prepared_in, require_shown
from signing.keys import SigningKey, open_pkcs12
from signing.tokens import open_pkcs11

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_DOCUMENT = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_PROOF = b"docsvc: is this the certificate's key?"
_ANOTHER_KEY = "other-certificate"


@click.command("sign-local")
@click.argument("documents", nargs=-1)
@click.option("--server", required=True, help="The service's address, https://…")
@click.option("--token-file", type=_FILE, required=True, help="Holds an API token of yours.")
@click.option("--waiting", is_flag=True, help="All documents that wait for your signature, or for your office's seal.")
@click.option("--pkcs12", type=_FILE, help="The key as a file (.p12, .pfx).")
@click.option("--module", type=_FILE, help="Instead: the PKCS#11 module of the token's software.")
@click.option("--token-label", default="", help="Label of the token.")
@click.option("--token-serial", default="", help="Serial number of the token, beside or instead of its label.")
@click.option("--key-label", default="", help="Label of the key on the token.")
@click.option("--key-id", default="", help="Identifier of the key (CKA_ID, hexadecimal), beside or instead of a label.")
@click.option("--certificate", type=_FILE, help="PEM: certificate and chain, where the token does not hold them.")
@click.option("--passphrase-file", type=_FILE, help="Its first line opens the key; asked for if not given.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"]), help="For a clerk: date of the documents; today.")
@click.option(
    "--save", type=click.Path(path_type=Path, file_okay=False), help="Folder to put each PDF into before it is signed."
)
@click.option("--yes", is_flag=True, help="Do not ask before each document.")
def sign_local(**options: Any) -> None:
    """Sign DOCUMENTS (identifiers or addresses) of a server with a key on this machine.

    The key never leaves it. Each document is downloaded and shown; what the server hands out is compared with it
    before it is signed. Each succeeds or fails alone. Ends with 0 only if all are signed.
    """
    if (options["pkcs12"] is None) == (options["module"] is None):
        raise click.UsageError("name either --pkcs12 or --module")
    if bool(options["documents"]) == options["waiting"]:
        raise click.UsageError("name documents, or --waiting")
    remote = Remote(options["server"], options["token_file"].read_text("utf-8").strip())
    try:
        chosen = list(_waiting(remote)) if options["waiting"] else [identifier(one) for one in options["documents"]]
    except Refused as error:
        raise click.ClickException(str(error)) from error
    if not chosen:
        click.echo("Không có văn bản nào chờ. / Nothing is waiting.")
        return
    key = _opened(_secret(options["passphrase_file"]), **options)
    click.echo(f"Khóa / key: {key.holder}  {key.fingerprint_sha256}")
    on: datetime | None = options["on"]
    signer = _Signer(remote, key, on.date().isoformat() if on else None, options["save"], ask=not options["yes"])
    outcomes = [_alone(signer, document_id, skips=options["waiting"]) for document_id in chosen]
    click.echo(f"Đã ký / signed: {outcomes.count(True)}/{len(outcomes)}")
    if False in outcomes:
        raise SystemExit(1)


@dataclass(frozen=True, slots=True)
class _Signer:
    remote: Remote
    key: SigningKey
    on: str | None
    save: Path | None
    ask: bool

    def sign(self, document_id: str) -> bool:
        """Show, compare, sign, hand in; ``False`` if the person does not want to.

        1. Download the document as it is, and show what it is.
        2. Have it laid out; a clerk's number is taken then.
        3. Download what was laid out, and see that its digest was handed out and that it is the document shown.
        4. Sign, and hand the CMS in.
        """
        path = f"/documents/{document_id}"
        document = self.remote.get(path)
        rendition = max(document["renditions"], key=lambda one: int(one["id"]))
        shown = self.remote.file(f"{path}/renditions/{int(rendition['id'])}")
        sha256 = hashlib.sha256(shown).hexdigest()
        if sha256 != rendition["sha256"]:
            raise Refused("damaged", "Tệp tải về không nguyên vẹn / the file was damaged on its way")
        click.echo(f"\n{document['reference'] or document['symbol']}  {document['abstract']}")
        click.echo(
            f"  {document['unit']['name']}  {document['pages']} trang / pages  {document_id}\n  SHA-256 {sha256}"
        )
        self._saved(f"{document_id}.pdf", shown)
        if self.ask and not click.confirm("  Ký văn bản này? / Sign it?", default=False):
            return False
        if document["state"] == "sealed":  # an earlier try was cut off before the last step
            self.remote.post(f"{path}/publish")
            return True
        begun = self.remote.post(f"{path}/signing", {"certificates": self._pem(), "on": self.on})
        laid = f"{path}/signing/{identifier(begun['id'])}"
        content = self.remote.file(f"{laid}/file")
        start, end = (int(place) for place in begun["container"])
        prepared = prepared_in(content, start, end)
        digest = base64.b64decode(begun["digest"], validate=True)
        require_shown(prepared, shown, digest)
        self._saved(f"{document_id}-{begun['kind']}.pdf", content)
        cms = client_cms(self.key, digest)
        done = self.remote.post(laid, {"cms": base64.b64encode(cms).decode("ascii")})
        click.echo(f"  ✓ {done['reference'] or ''} {done['state']}".rstrip())
        return True

    def _pem(self) -> str:
        return "".join(
            one.public_bytes(Encoding.PEM).decode("ascii") for one in (self.key.certificate, *self.key.chain)
        )

    def _saved(self, name: str, content: bytes) -> None:
        if self.save is not None:
            self.save.mkdir(parents=True, exist_ok=True)
            (self.save / name).write_bytes(content)
            click.echo(f"  {self.save / name}")


def _alone(signer: _Signer, document_id: str, *, skips: bool) -> bool | None:
    """One document; ``None`` if it was left out on purpose, or waits for another key of this person."""
    try:
        return True if signer.sign(document_id) else None
    except Refused as error:
        click.echo(f"  ✗ {error}", err=True)
        return None if skips and error.code == _ANOTHER_KEY else False
    except SigningError as error:
        click.echo(f"  ✗ {error.message_vi} / {error.message_en} [{error.code}]", err=True)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        click.echo(f"  ✗ Máy chủ trả lời sai / a wrong answer: {type(error).__name__}: {error}", err=True)
    return False


def _waiting(remote: Remote) -> Iterator[str]:
    for work in ("to-sign", "to-issue"):
        page, pages = 1, 1
        while page <= pages:
            listed = remote.get("/waiting", work=work, page=page, per_page=100)
            yield from (identifier(document["id"]) for document in listed["documents"])
            page, pages = page + 1, int(listed["pages"])


def identifier(text: str) -> str:
    """Of a document, out of what was typed: the identifier or an address with it."""
    found = _DOCUMENT.search(text)
    if found is None:
        raise click.ClickException(f"{text!r}: không phải mã hay địa chỉ văn bản / no document's identifier or address")
    return found.group()


def _secret(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("Mật khẩu khóa hoặc mã PIN / passphrase or PIN", hide_input=True))
    return (file.read_text("utf-8").splitlines() or [""])[0]


def _opened(secret: str, **options: Any) -> SigningKey:
    """The key, proven by one signature: a wrong PIN must not cost a number."""
    pkcs12: Path | None = options["pkcs12"]
    certificate: Path | None = options["certificate"]
    if pkcs12 is not None:
        return open_pkcs12(pkcs12.read_bytes(), secret)
    try:
        key_id = bytes.fromhex(options["key_id"])
        certificates = x509.load_pem_x509_certificates(certificate.read_bytes()) if certificate else []
        key = open_pkcs11(
            options["module"],
            secret,
            token_label=options["token_label"],
            token_serial=options["token_serial"],
            key_label=options["key_label"],
            key_id=key_id,
            certificates=certificates,
        )
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    key.sign(_PROOF, "sha256")
    return key


COMMANDS: tuple[click.Command, ...] = (sign_local,)
