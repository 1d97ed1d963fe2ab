"""A file is handed out, signed by other programs, and taken back: only with that signature and nothing else."""

from __future__ import annotations

import hashlib
import io
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing._cms import signed_data
from signing._elsewhere import examine_returned, with_timestamp
from signing._prepare import with_container
from signing.elsewhere import hand_out_personal, hand_out_seal, take_back
from signing.keys import SigningKey, open_pkcs12
from signing.pki import TestPki
from signing.places import find_places
from signing.refusals import FileRefused
from signing.sandbox import Limits
from signing.sign import SignedFile, seal
from signing.verify import Trust, Verdict, verify
from tests.services.programs import program
from tests.services.second_opinions import SecondOpinions, nss_database
from tests.signing.drafts import LEADER, draw

PASSPHRASE = "mat-khau-khoa"
PERSONAL, ORGANISATION = "personal_signature", "organisation_signature"


@dataclass(frozen=True)
class Person:
    pkcs12: bytes
    key: SigningKey


@dataclass(frozen=True)
class Ground:
    pki: TestPki
    leader: Person
    namesake: Person
    organisation: Person
    handed_out: bytes
    """To the leader."""

    def taken(self, returned: bytes, *, personal: bool = True, base: bytes | None = None, **more: Any) -> SignedFile:
        who = self.leader if personal else self.organisation
        given: dict[str, Any] = {"timestamper": self.pki.timestamper(), "trust": Trust(self.pki.roots())} | more
        return take_back(
            base or self.handed_out,
            returned,
            personal=personal,
            certificate_sha256=who.key.fingerprint_sha256,
            **given,
        )

    def refused(self, reason: str, returned: bytes, **more: Any) -> FileRefused:
        with pytest.raises(FileRefused) as told:
            self.taken(returned, **more)
        assert told.value.reason == reason, told.value.message_en
        return told.value


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    pki = TestPki.create(tmp_path_factory.mktemp("pki") / "pki", base_url="http://127.0.0.1:9/pki")

    def person(pkcs12: bytes) -> Person:
        return Person(pkcs12, open_pkcs12(pkcs12, PASSPHRASE))

    draft = draw()
    return Ground(
        pki=pki,
        leader=person(pki.issue_person(LEADER, PASSPHRASE)),
        namesake=person(pki.issue_person(LEADER, PASSPHRASE)),
        organisation=person(pki.issue_organisation("UBND xã Tân Lập", PASSPHRASE, code="H9")),
        handed_out=hand_out_personal(
            draft,
            holder=LEADER,
            places=find_places(draft, signatory_name=LEADER, limits=Limits()),
            image_png=None,
        ),
    )


def by_pyhanko(
    content: bytes, who: Person, field_name: str = PERSONAL, *, passphrase: str = PASSPHRASE, **options: Any
) -> bytes:
    """As pyHanko's documentation has it; on a thread of its own, as tests with browsers leave an event loop in ours."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_by_pyhanko, content, who, field_name, passphrase, options).result()


def _by_pyhanko(content: bytes, who: Person, field_name: str, passphrase: str, options: dict[str, Any]) -> bytes:
    signer = signers.SimpleSigner.load_pkcs12_data(who.pkcs12, other_certs=[], passphrase=passphrase.encode())
    assert signer is not None
    spec: SigFieldSpec | None = options.pop("new_field_spec", None)
    stamper = options.pop("timestamper", None)
    room = options.pop("room", None if stamper else 40_000)
    named: dict[str, Any] = {"subfilter": SigSeedSubFilter.PADES, "md_algorithm": "sha256"} | options
    meta = signers.PdfSignatureMetadata(field_name=field_name, **named)
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    signed = signers.PdfSigner(meta, signer=signer, timestamper=stamper, new_field_spec=spec).sign_pdf(
        writer, bytes_reserved=room
    )
    return bytes(signed.getvalue())


CERTIFYING: dict[str, Any] = {"certify": True, "docmdp_permissions": MDPPerm.FILL_FORMS}


def test_pyhanko_s_signatures_are_taken_and_every_program_accepts_the_result(ground: Ground, tmp_path: Path) -> None:
    returned = by_pyhanko(
        ground.handed_out, ground.leader, timestamper=ground.pki.timestamper().pyhanko(), **CERTIFYING
    )
    signed = ground.taken(returned)
    assert (signed.content, signed.level) == (returned, "B-T"), "what has its timestamp stays byte for byte"
    assert signed.certificate_sha256 == ground.leader.key.fingerprint_sha256
    out = hand_out_seal(signed.content, number="05", issued_on=date(2026, 3, 7))
    assert out.startswith(signed.content)
    assert "05" in str(pypdf.PdfReader(io.BytesIO(out)).get_fields()["number"].get("/V"))  # type: ignore[index]
    sealed = ground.taken(by_pyhanko(out, ground.organisation, ORGANISATION), personal=False, base=out)
    report = verify(sealed.content, trust=Trust(ground.pki.roots()))
    assert report.verdict is Verdict.VALID, report.message_en
    assert [one.level for one in report.signatures] == ["B-T", "B-T"], "the seal got its timestamp here"
    SecondOpinions(tmp_path, ground.pki.roots()[0], [ground.pki.certificate("issuing")]).all_of(sealed.content)


def test_a_signature_that_does_not_certify_is_taken_and_can_be_sealed_here(ground: Ground) -> None:
    signed = ground.taken(by_pyhanko(ground.handed_out, ground.leader))
    assert signed.level == "B-T"
    sealed = seal(
        signed.content,
        key=ground.organisation.key,
        number="05",
        issued_on=date(2026, 3, 7),
        image_png=None,
        timestamper=ground.pki.timestamper(),
    )
    assert verify(sealed.content, trust=Trust(ground.pki.roots())).verdict is Verdict.VALID


def by_poppler(content: bytes, who: Person, folder: Path, roots: bytes, *options: str) -> bytes:
    """As ``pdfsig`` of Debian's poppler signs, with a certificate database of NSS."""
    given, made, key, root = (folder / name for name in ("given.pdf", "made.pdf", "key.p12", "root.pem"))
    given.write_bytes(content)
    key.write_bytes(who.pkcs12)
    root.write_bytes(roots)
    made.unlink(missing_ok=True)
    database = nss_database(folder / "signing-nss", root)
    pk12util = program("pk12util", "apt-get install libnss3-tools")
    added = [pk12util, "-i", str(key), "-d", f"sql:{database}", "-W", PASSPHRASE, "-K", ""]
    assert subprocess.run(added, capture_output=True, check=False).returncode == 0
    listed = subprocess.run(
        [program("certutil", "apt-get install libnss3-tools"), "-L", "-d", f"sql:{database}"],
        capture_output=True,
        text=True,
        check=True,
    )
    nick = next(line for line in listed.stdout.splitlines() if line.rstrip().endswith("u,u,u")).rsplit(None, 1)[0]
    pdfsig = program("pdfsig", "apt-get install poppler-utils")
    command = [pdfsig, "-nssdir", str(database), "-nick", nick.strip(), *options, str(given), str(made)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.exists(), said.stdout + said.stderr
    return made.read_bytes()


def test_poppler_changes_the_field_or_makes_its_own_and_is_refused(ground: Ground, tmp_path: Path) -> None:
    roots = b"".join(one.public_bytes(Encoding.PEM) for one in ground.pki.roots())
    in_our_field = by_poppler(ground.handed_out, ground.leader, tmp_path, roots, "-sign", PERSONAL, "-etsi")
    ground.refused("other-changes", in_our_field)
    in_its_own = by_poppler(ground.handed_out, ground.leader, tmp_path, roots, "-add-signature")
    ground.refused("other-field", in_its_own)


def by_a_careless_program(content: bytes, who: Person, field_name: str) -> bytes:
    """Signs and heeds nothing that the field says."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    placeholder = SignatureObject(subfilter=SigSeedSubFilter.PADES, bytes_reserved=40_000)
    prepared = with_container(writer, field_name, cms_embedder.SigObjSetup(sig_placeholder=placeholder))
    return prepared.filled(signed_data(who.key, prepared.digest, None))


def test_what_is_not_the_file_handed_out_is_refused(ground: Ground) -> None:
    ground.refused("other-file", by_pyhanko(draw(), ground.leader, field_name="x"))
    ground.refused("other-file", b"%PDF-1.7 something")
    ground.refused("nothing-signed", ground.handed_out)
    ground.refused("nothing-signed", ground.handed_out + b"garbage")
    signed = by_pyhanko(ground.handed_out, ground.leader)
    flipped = bytearray(signed)
    flipped[200] ^= 1
    ground.refused("other-file", bytes(flipped))


def test_another_person_s_signature_is_refused_even_under_the_same_name(ground: Ground) -> None:
    ground.refused("other-person", by_pyhanko(ground.handed_out, ground.namesake))
    ground.refused("other-person", by_pyhanko(ground.handed_out, ground.organisation))
    strangers = Trust(())
    told = ground.refused("not-valid", by_pyhanko(ground.handed_out, ground.leader), trust=strangers)
    assert len(told.message_vi) > len(FileRefused("not-valid").message_vi), "verification's own words are told too"


def test_a_signature_elsewhere_in_the_file_or_twice_is_refused(ground: Ground) -> None:
    own_field = SigFieldSpec("another", box=(10, 10, 60, 60))
    ground.refused("other-field", by_pyhanko(ground.handed_out, ground.leader, "another", new_field_spec=own_field))
    ground.refused("other-field", by_pyhanko(ground.handed_out, ground.leader, ORGANISATION))
    once = by_pyhanko(ground.handed_out, ground.leader)
    ground.refused("more-than-one", by_pyhanko(once, ground.leader, "another", new_field_spec=SigFieldSpec("another")))


def test_a_signature_that_leaves_no_number_or_seal_possible_is_refused(ground: Ground) -> None:
    options: dict[str, Any] = {"certify": True, "docmdp_permissions": MDPPerm.NO_CHANGES}
    ground.refused("locks", by_pyhanko(ground.handed_out, ground.leader, **options))


def appended(content: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def a_note(writer: IncrementalPdfFileWriter) -> None:
    page, _ = writer.find_page_for_modification(0)
    box = generic.ArrayObject(map(generic.NumberObject, (0, 0, 300, 300)))
    note = generic.DictionaryObject({generic.pdf_name("/Subtype"): generic.pdf_name("/Square")})
    note["/Type"], note["/Rect"] = generic.pdf_name("/Annot"), box
    writer.register_annotation(page, writer.add_object(note))


def other_words(writer: IncrementalPdfFileWriter) -> None:
    page, _ = writer.find_page_for_modification(0)
    page.get_object()["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page.get_object())


def a_number_of_its_own(writer: IncrementalPdfFileWriter) -> None:
    for field in writer.root["/AcroForm"]["/Fields"]:
        entry = field.get_object()
        if entry["/T"] == "number":
            entry["/V"] = generic.TextStringObject("99")
            writer.update_container(entry)


def test_whatever_else_was_done_to_the_file_is_refused(ground: Ground) -> None:
    for change in (a_note, other_words, a_number_of_its_own):
        before = by_pyhanko(appended(ground.handed_out, change), ground.leader)
        ground.refused("other-changes", before)
        after = appended(by_pyhanko(ground.handed_out, ground.leader), change)
        ground.refused("not-whole", after)


def test_a_seal_that_does_not_lock_is_refused(ground: Ground) -> None:
    signed = ground.taken(by_pyhanko(ground.handed_out, ground.leader, **CERTIFYING))
    out = hand_out_seal(signed.content, number="05", issued_on=date(2026, 3, 7))
    returned = by_a_careless_program(out, ground.organisation, ORGANISATION)
    ground.refused("does-not-lock", returned, personal=False, base=out)
    ground.taken(by_a_careless_program(ground.handed_out, ground.leader, PERSONAL))


def test_a_signature_of_another_kind_than_pades_is_refused(ground: Ground) -> None:
    adobe = by_pyhanko(ground.handed_out, ground.leader, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    ground.refused("not-pades", adobe)


@pytest.mark.parametrize("kind", [SigSeedSubFilter.PADES, SigSeedSubFilter.ADOBE_PKCS7_DETACHED])
def test_a_timestamp_is_added_without_encoding_anything_anew(ground: Ground, kind: SigSeedSubFilter) -> None:
    found = examine_returned(ground.handed_out, by_pyhanko(ground.handed_out, ground.leader, subfilter=kind), PERSONAL)
    token = ground.pki.timestamper().token(hashlib.sha256(found.signature).digest())
    before, after = (cms.ContentInfo.load(one)["content"] for one in (found.cms, with_timestamp(found.cms, token)))
    for name in ("version", "digest_algorithms", "encap_content_info", "certificates"):
        assert after[name].dump() == before[name].dump()
    for name in ("sid", "digest_algorithm", "signed_attrs", "signature_algorithm", "signature"):
        assert after["signer_infos"][0][name].dump() == before["signer_infos"][0][name].dump()
    assert after["signer_infos"][0]["unsigned_attrs"][0]["values"][0].dump() == token


def test_without_room_for_the_timestamp_that_is_due_it_is_refused(ground: Ground) -> None:
    ground.refused("no-room", by_pyhanko(ground.handed_out, ground.leader, room=None))


def test_without_a_timestamp_authority_the_level_is_told_honestly(ground: Ground) -> None:
    signed = ground.taken(by_pyhanko(ground.handed_out, ground.leader), timestamper=None)
    assert signed.level == "B-B"
