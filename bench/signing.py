"""Signing a draft visibly: ours beside pyHanko as its documentation shows it, and the bare key operation.

All sign the same draft with the same key, picture and timestamp authority (in this process: no network is measured).
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from pyhanko import stamp
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper

from bench.tables import by_turns, middle, show
from docsvc.example.drafts import Draft, draft_pdf
from docsvc.example.images import signature_png
from signing.keys import SigningKey, open_pkcs12
from signing.pki import TestPki
from signing.places import Box, IssuePlaces, find_places
from signing.sandbox import Limits
from signing.sign import sign_personal
from signing.timestamp import Timestamper
from signing.tokens import open_pkcs11
from tests.services.softhsm import SoftHsm, softhsm_in

SECONDS = 24.0
PIN = "246810"
LEADER, PASSPHRASE = "Nguyễn Thị Bình Minh", "mat-khau-khoa"
NOTE = (
    "Medians of {} runs each, by turns; RSA of 2048 bits, one page of A4 with a picture as signature. Ours also lays "
    "the fields for number, date and seal over the draft, reads both draft and key file in separate limited processes, "
    "and checks the timestamp before it uses it."
)
PLAIN_PYHANKO = "plain pyHanko, {}: key file loaded, signed"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ways = prepared(Path(folder))
        durations = by_turns(ways, seconds=SECONDS)
    times = {name: middle(runs) for name, runs in durations.items()}
    rows = [
        (
            name,
            f"{1 / seconds:.0f}" if seconds < 0.01 else f"{1 / seconds:.1f}",
            f"{seconds * 1000:.1f}",
            f"{times[PLAIN_PYHANKO.format(level)] / seconds:.1f}×" if (level := level_of(name)) else "",
        )
        for name, seconds in times.items()
    ]
    runs = len(next(iter(durations.values())))
    show(
        "Signing, one at a time",
        ("", "per second", "ms each", "plain pyHanko = 1"),
        rows,
        [NOTE.format(runs)],
    )


def level_of(name: str) -> str:
    return next((level for level in ("B-B", "B-T") if level in name), "")


def prepared(folder: Path) -> dict[str, Callable[[], object]]:
    """The ways to sign, each a function that makes one signed file."""
    pki = TestPki.create(folder / "pki", base_url="http://127.0.0.1:9/pki")
    key_file = folder / "key.p12"
    key_file.write_bytes(pki.issue_person(LEADER, PASSPHRASE, position="Chủ tịch"))
    picture = folder / "signature.png"
    picture.write_bytes(signature_png("leader"))
    content = a_draft()
    key = open_pkcs12(key_file.read_bytes(), PASSPHRASE)
    places = find_places(content, signatory_name=LEADER, limits=Limits())
    box = places.personal_signature
    assert box is not None, "the draft has room for a signature"

    def ours(*, timestamper: Timestamper | None, opened: bool) -> Callable[[], object]:
        def sign() -> bytes:
            used = key if opened else open_pkcs12(key_file.read_bytes(), PASSPHRASE)
            return one_of_ours(content, used, places, picture.read_bytes(), timestamper)

        return sign

    def plain(timestamper: TimeStamper | None) -> Callable[[], object]:
        return lambda: as_documented(content, key_file, box, picture, timestamper)

    stamps = pki.timestamper()
    (folder / "softhsm").mkdir()
    token = on_a_token(softhsm_in(folder / "softhsm"), key_file.read_bytes(), content, places, picture)
    return {
        "the bare key operation": lambda: key.sign(b"x" * 64, "sha256"),
        "docsvc, B-B: key open": ours(timestamper=None, opened=True),
        "docsvc, B-B: key file opened, signed": ours(timestamper=None, opened=False),
        PLAIN_PYHANKO.format("B-B"): plain(None),
        "docsvc, B-T: key open": ours(timestamper=stamps, opened=True),
        "docsvc, B-T: key file opened, signed": ours(timestamper=stamps, opened=False),
        PLAIN_PYHANKO.format("B-T"): plain(stamps.pyhanko()),
    } | token


def on_a_token(
    softhsm: SoftHsm | None, key_file: bytes, content: bytes, places: IssuePlaces, picture: Path
) -> dict[str, Callable[[], object]]:
    """The same key in SoftHSM, where that is on the machine."""
    if softhsm is None:
        return {}
    softhsm.add_token("bench", PIN, {"key": (key_file, PASSPHRASE)})

    def opened() -> SigningKey:
        return open_pkcs11(softhsm.library, PIN, token_label="bench", key_label="key")

    key = opened()
    return {
        "the bare key operation, on a SoftHSM token": lambda: key.sign(b"x" * 64, "sha256"),
        "docsvc, B-B: key on a SoftHSM token, PIN given, signed": lambda: one_of_ours(
            content, opened(), places, picture.read_bytes(), None
        ),
    }


def a_draft() -> bytes:
    return draft_pdf(
        Draft(
            type_key="qd",
            abstract="Về việc ban hành Kế hoạch cải cách hành chính năm 2026",
            superior="",
            agency="Ủy ban nhân dân xã Tân Lập",
            symbol="QĐ-UBND",
            place="Tân Lập",
            year=2026,
            body=("**Điều 1.** Ban hành kèm theo Quyết định này Kế hoạch cải cách hành chính năm 2026.",) * 3,
            signing=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
            signatory=LEADER,
            recipients=("- Như Điều 3;", "- Lưu: VT."),
        )
    )


def one_of_ours(
    content: bytes, key: SigningKey, places: IssuePlaces, picture: bytes, timestamper: Timestamper | None
) -> bytes:
    return sign_personal(content, key=key, places=places, image_png=picture, timestamper=timestamper).content


def as_documented(content: bytes, key_file: Path, box: Box, picture: Path, timestamper: TimeStamper | None) -> bytes:
    """One signature as in pyHanko's documentation: "Signing functionality", with a text stamp over a picture."""
    signer = signers.SimpleSigner.load_pkcs12(str(key_file), passphrase=PASSPHRASE.encode())
    assert signer is not None
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    place = (round(box.left), round(box.bottom), round(box.right), round(box.top))
    fields.append_signature_field(writer, fields.SigFieldSpec("Signature", on_page=box.page, box=place))
    with Image.open(picture) as image:
        style = stamp.TextStampStyle(stamp_text="%(signer)s\n%(ts)s", background=PdfImage(image))
        pdf_signer = signers.PdfSigner(
            signers.PdfSignatureMetadata(
                field_name="Signature",
                certify=True,
                docmdp_permissions=fields.MDPPerm.FILL_FORMS,
                subfilter=fields.SigSeedSubFilter.PADES,
            ),
            signer=signer,
            timestamper=timestamper,
            stamp_style=style,
        )
        signed = pdf_signer.sign_pdf(writer)
    assert isinstance(signed, io.BytesIO)
    return signed.getvalue()
