"""Ways to sign one draft visibly: ours, pyHanko and endesive as their documentation shows them, and the bare key.

All sign the same draft with the same key, picture and timestamp authority (in this process: no network is measured).
"""

from __future__ import annotations

import atexit
import io
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image
from pyhanko import stamp
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper

from docsvc.example.drafts import Draft, draft_pdf
from docsvc.example.images import signature_png
from signing.keys import SigningKey, open_pkcs12
from signing.pki import TestPki
from signing.places import Box, IssuePlaces, find_places
from signing.preserve import Level, extend
from signing.sandbox import Limits
from signing.sign import SignedFile, sign_personal
from signing.timestamp import Timestamper
from signing.tokens import open_pkcs11
from signing.verify import Trust
from tests.services.softhsm import softhsm_in

PIN = "246810"
LEADER, PASSPHRASE = "Nguyễn Thị Bình Minh", "mat-khau-khoa"

BARE_KEY = "the bare key operation"
OURS_B_B, OURS_B_T, OURS_B_LTA = (f"docsvc, {level}: key open" for level in ("B-B", "B-T", "B-LTA"))
OURS_B_B_OPENED, OURS_B_T_OPENED = (f"docsvc, {level}: key file opened, signed" for level in ("B-B", "B-T"))
PYHANKO_B_B, PYHANKO_B_T = (f"plain pyHanko, {level}: key file loaded, signed" for level in ("B-B", "B-T"))
ENDESIVE = "endesive: key file loaded, signed"
BARE_TOKEN = "the bare key operation, on a SoftHSM token"
OURS_TOKEN = "docsvc, B-B: key on a SoftHSM token, PIN given, signed"

Way = Callable[[], object]


@dataclass
class Desk:
    """What all ways sign, and with what."""

    folder: Path

    def __post_init__(self) -> None:
        self.pki = TestPki.create(self.folder / "pki", base_url="http://127.0.0.1:9/pki")
        self.key_file = self.folder / "key.p12"
        self.key_file.write_bytes(self.pki.issue_person(LEADER, PASSPHRASE, position="Chủ tịch"))
        self.picture = self.folder / "signature.png"
        self.picture.write_bytes(signature_png("leader"))
        self.draft = a_draft()
        self.stamps = self.pki.timestamper()

    @cached_property
    def key(self) -> SigningKey:
        return open_pkcs12(self.key_file.read_bytes(), PASSPHRASE)

    @cached_property
    def places(self) -> IssuePlaces:
        return find_places(self.draft, signatory_name=LEADER, limits=Limits())

    @property
    def box(self) -> Box:
        box = self.places.personal_signature
        assert box is not None, "the draft has room for a signature"
        return box

    def ways(self) -> dict[str, Way]:
        """Each a function that makes one signed file; those whose program is not on the machine are left out."""
        return (
            {
                BARE_KEY: lambda: self.key.sign(b"x" * 64, "sha256"),
                OURS_B_B: lambda: self.ours(self.key, None),
                OURS_B_B_OPENED: lambda: self.ours(self.opened(), None),
                PYHANKO_B_B: lambda: self.pyhanko(None),
                OURS_B_T: lambda: self.ours(self.key, self.stamps),
                OURS_B_T_OPENED: lambda: self.ours(self.opened(), self.stamps),
                PYHANKO_B_T: lambda: self.pyhanko(self.stamps.pyhanko()),
                OURS_B_LTA: self.preserved,
            }
            | self._endesive()
            | self._token()
        )

    def opened(self) -> SigningKey:
        return open_pkcs12(self.key_file.read_bytes(), PASSPHRASE)

    def ours(self, key: SigningKey, timestamper: Timestamper | None) -> SignedFile:
        return sign_personal(
            self.draft, key=key, places=self.places, image_png=self.picture.read_bytes(), timestamper=timestamper
        )

    def preserved(self) -> object:
        """Signed, then extended with everything that will prove it, which includes verifying it."""
        return extend(
            self.ours(self.key, self.stamps).content,
            trust=Trust(roots=self.pki.roots()),
            status=self.pki.revocation(),
            timestamper=self.stamps,
            level=Level.B_LTA,
        )

    def pyhanko(self, timestamper: TimeStamper | None) -> bytes:
        """As in pyHanko's documentation, "Signing functionality", with a text stamp over a picture."""
        signer = signers.SimpleSigner.load_pkcs12(str(self.key_file), passphrase=PASSPHRASE.encode())
        assert signer is not None
        writer = IncrementalPdfFileWriter(io.BytesIO(self.draft))
        fields.append_signature_field(
            writer, fields.SigFieldSpec("Signature", on_page=self.box.page, box=whole_points(self.box))
        )
        with Image.open(self.picture) as image:
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

    def _endesive(self) -> dict[str, Way]:
        """In a process of its own; see :mod:`bench.endesive_rival`."""
        python = os.environ.get("ENDESIVE_PYTHON", "")
        if not python:
            return {}
        draft = self.folder / "draft.pdf"
        draft.write_bytes(self.draft)
        arguments = (draft, self.key_file, PASSPHRASE, self.picture, self.box.page, *whole_points(self.box))
        rival = subprocess.Popen(
            [python, "-m", "bench.endesive_rival", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        asked, answered = rival.stdin, rival.stdout
        assert asked is not None and answered is not None  # noqa: PT018
        atexit.register(asked.close)

        def sign() -> int:
            asked.write("\n")
            asked.flush()
            return int(answered.readline())

        return {ENDESIVE: sign}

    def _token(self) -> dict[str, Way]:
        """The same key in SoftHSM."""
        folder = self.folder / "softhsm"
        folder.mkdir(exist_ok=True)
        softhsm = softhsm_in(folder)
        if softhsm is None:
            return {}
        softhsm.add_token("bench", PIN, {"key": (self.key_file.read_bytes(), PASSPHRASE)})

        def opened() -> SigningKey:
            return open_pkcs11(softhsm.library, PIN, token_label="bench", key_label="key")

        key = opened()
        return {
            BARE_TOKEN: lambda: key.sign(b"x" * 64, "sha256"),
            OURS_TOKEN: lambda: self.ours(opened(), None),
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


def whole_points(box: Box) -> tuple[int, int, int, int]:
    return round(box.left), round(box.bottom), round(box.right), round(box.top)


def rival_of(name: str, times: Mapping[str, float]) -> float | None:
    """What plain pyHanko takes for the same level; ``None`` where it has no row."""
    if name in (BARE_KEY, BARE_TOKEN, OURS_B_LTA):
        return None
    return times.get(PYHANKO_B_T if "B-T" in name else PYHANKO_B_B)
