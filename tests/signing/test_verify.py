"""What verification says of whole files: one verdict, one sentence, and who signed what."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signing.sandbox import Limits
from signing.verify import FileReport, Indication, Revocation, SubIndication, Trust, Verdict, verify
from tests.signing import hostile
from tests.signing.authority import (
    DAY,
    NOW,
    Authority,
    Holder,
    certify,
    fill,
    issue,
    new_key,
    page,
    rewrite_page,
    sign,
    standard,
    updated,
    with_text_field,
)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return standard()


@pytest.fixture(scope="module")
def person(authority: Authority) -> Holder:
    return authority.person()


def check(content: bytes, authority: Authority, at: datetime | None = None) -> FileReport:
    return verify(content, trust=Trust((authority.root.certificate,)), at=at)


def codes(report: FileReport, index: int = 0) -> set[str]:
    return {reason.code for reason in report.signatures[index].reasons}


def changes(report: FileReport, index: int = 0) -> list[str]:
    return [change.code for change in report.signatures[index].changes]


def words(report: FileReport) -> list[tuple[str, str]]:
    """Everything that people read."""
    found = [(report.message_vi, report.message_en)]
    for one in report.signatures:
        found += [(reason.text_vi, reason.text_en) for reason in one.reasons]
        found += [(change.text_vi, change.text_en) for change in one.changes]
    return found


# --- who signed, when, how


def test_a_signature_with_a_timestamp_is_valid_and_says_whose_it_is(authority: Authority, person: Holder) -> None:
    stamped = datetime(2026, 3, 7, 2, 30, tzinfo=UTC)
    report = check(sign(page(), person, timestamper=authority.timestamper(stamped), reason="Phê duyệt"), authority)
    assert report.verdict is Verdict.VALID
    assert report.message_vi == "Tệp có 1 chữ ký số hợp lệ; nội dung được ký không bị thay đổi."
    (signature,) = report.signatures
    assert signature.indication is Indication.TOTAL_PASSED
    assert signature.sub_indication is None
    assert signature.holder == "Nguyễn Thị Bình Minh"
    assert signature.organisation == "UBND xã Thử"
    assert signature.issuer == "CA của Gốc thử"
    assert signature.level == "B-T"
    assert signature.timestamped_at == signature.validation_time == stamped
    assert signature.timestamp_authority == "Dấu thời gian thử"
    assert signature.signed_at is not None
    assert abs(signature.signed_at - datetime.now(UTC)) < timedelta(minutes=10)
    assert signature.intact
    assert signature.trusted
    assert signature.covers_whole_file
    assert signature.covered_bytes == (0, report.size_bytes)
    assert signature.reason == "Phê duyệt"
    assert not signature.changes


def test_without_a_timestamp_the_time_is_only_claimed(authority: Authority, person: Holder) -> None:
    report = check(sign(page(), person), authority)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].level == "B-B"
    assert report.signatures[0].timestamped_at is None
    assert "no-timestamp" in codes(report)


def test_long_term_levels_are_told_as_they_are(authority: Authority, person: Holder) -> None:
    context = authority.context(crls=authority.crls())
    signed = sign(
        page(),
        person,
        timestamper=authority.timestamper(),
        embed_validation_info=True,
        use_pades_lta=True,
        validation_context=context,
    )
    report = check(signed, authority)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].level == "B-LTA"
    assert report.signatures[0].revocation is Revocation.GOOD
    assert [stamp.indication for stamp in report.document_timestamps] == [Indication.TOTAL_PASSED]
    assert changes(report) == ["timestamp-added", "validation-data-added"]
    stored = check(
        sign(
            page(), person, timestamper=authority.timestamper(), embed_validation_info=True, validation_context=context
        ),
        authority,
    )
    assert stored.signatures[0].level == "B-LT"


@pytest.mark.parametrize("bits", [None, 2048])
@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_keys_and_digests_in_use_are_valid(authority: Authority, bits: int | None, digest: str) -> None:
    signer = authority.person(key=new_key(bits))
    assert check(sign(page(), signer, md_algorithm=digest), authority).verdict is Verdict.VALID


def test_rsa_pss_is_valid(authority: Authority) -> None:
    assert check(sign(page(), authority.person(key=new_key(2048)), pss=True), authority).verdict is Verdict.VALID


def test_a_plain_pdf_signature_is_valid_and_said_to_be_none_of_pades(authority: Authority, person: Holder) -> None:
    report = check(sign(page(), person, subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED), authority)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].level is None
    assert "not-pades" in codes(report)


# --- what came after a signature


def test_filling_and_sealing_after_a_certification_is_allowed_and_told(authority: Authority, person: Holder) -> None:
    certified = certify(with_text_field(page()), person, MDPPerm.FILL_FORMS, timestamper=authority.timestamper())
    sealed = sign(
        fill(certified, "05"),
        authority.person("UBND xã Thử"),
        field_name="Dau",
        timestamper=authority.timestamper(),
    )
    report = check(sealed, authority)
    assert report.verdict is Verdict.VALID
    assert [one.holder for one in report.signatures] == ["Nguyễn Thị Bình Minh", "UBND xã Thử"]
    assert report.signatures[0].certification == 2
    assert not report.signatures[0].covers_whole_file
    assert report.signatures[1].covers_whole_file
    assert [change.text_vi for change in report.signatures[0].changes] == [
        "Đã điền: Số văn bản = 05.",
        "Thêm chữ ký của UBND xã Thử.",
    ]
    assert report.message_en.endswith("every later update was allowed.")


def test_filling_where_nothing_may_change_makes_the_file_invalid(authority: Authority, person: Holder) -> None:
    report = check(fill(certify(with_text_field(page()), person, MDPPerm.NO_CHANGES), "05"), authority)
    assert report.verdict is Verdict.INVALID
    assert report.signatures[0].sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert "Số văn bản = 05" in report.signatures[0].changes[0].text_vi
    assert not report.signatures[0].changes[0].allowed


def test_filling_a_locked_field_makes_the_file_invalid(authority: Authority, person: Holder) -> None:
    spec = SigFieldSpec("Sig1", field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL))

    def add(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, spec)

    report = check(fill(sign(updated(with_text_field(page()), add), person), "05"), authority)
    assert report.verdict is Verdict.INVALID
    assert changes(report) == ["locked-field"]
    assert "number" in report.signatures[0].changes[0].text_en


def test_other_words_on_the_page_make_the_file_invalid(authority: Authority, person: Holder) -> None:
    report = check(rewrite_page(sign(page(), person), "Noi dung khac"), authority)
    assert report.verdict is Verdict.INVALID
    assert report.signatures[0].intact, "the signed bytes themselves are still there"
    assert codes(report) >= {"changes-not-allowed"}
    assert report.message_vi.startswith("Chữ ký số không hợp lệ.")


def test_a_signature_taken_out_of_the_form_is_noticed(authority: Authority, person: Holder) -> None:
    def remove(writer: IncrementalPdfFileWriter) -> None:
        del writer.root["/AcroForm"]
        writer.update_root()

    report = check(updated(sign(page(), person), remove), authority)
    assert report.verdict is Verdict.UNSIGNED
    assert [note.code for note in report.notes] == ["signature-removed"]


# --- trust and time


def test_a_stranger_s_signature_is_intact_but_not_trusted(authority: Authority) -> None:
    report = check(sign(page(), Authority("Gốc lạ").person("Người Lạ")), authority)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert report.signatures[0].intact
    assert not report.signatures[0].trusted
    assert "Người Lạ" in report.message_vi


def test_nobody_is_trusted_without_roots(person: Holder) -> None:
    assert verify(sign(page(), person), trust=Trust(())).verdict is Verdict.INDETERMINATE


def test_an_intermediate_left_out_can_be_given(authority: Authority, person: Holder) -> None:
    lonely = Holder(person.certificate, person.key)
    signed = sign(page(), lonely)
    assert check(signed, authority).verdict is Verdict.INDETERMINATE
    trust = Trust((authority.root.certificate,), (authority.issuing.certificate,))
    assert verify(signed, trust=trust).verdict is Verdict.VALID


def test_an_expired_certificate_needs_a_timestamp_from_before(authority: Authority) -> None:
    past = authority.person("Người Cũ", since=NOW - 300 * DAY, until=NOW - 10 * DAY)
    bare = check(sign(page(), past), authority)
    assert bare.verdict is Verdict.INDETERMINATE
    assert bare.signatures[0].sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
    assert "expired" in codes(bare)
    stamped = check(sign(page(), past, timestamper=authority.timestamper(NOW - 20 * DAY)), authority)
    assert stamped.verdict is Verdict.VALID
    late = check(sign(page(), past, timestamper=authority.timestamper(NOW - 5 * DAY)), authority)
    assert late.verdict is Verdict.INDETERMINATE
    assert check(sign(page(), past), authority, at=NOW - 20 * DAY).verdict is Verdict.VALID


def test_a_signature_from_before_the_certificate_fails(authority: Authority) -> None:
    fresh = authority.person("Người Mới", since=NOW - DAY)
    report = check(sign(page(), fresh, timestamper=authority.timestamper(NOW - 5 * DAY)), authority)
    assert report.verdict is Verdict.INVALID
    assert report.signatures[0].sub_indication is SubIndication.NOT_YET_VALID


def test_a_timestamp_of_an_expired_authority_proves_nothing(authority: Authority, person: Holder) -> None:
    old = issue("TSA cũ", under=authority.root, use="timestamps", key=new_key(2048), until=NOW - DAY)
    report = check(sign(page(), person, timestamper=authority.timestamper(NOW - 5 * DAY, by=old)), authority)
    assert report.verdict is Verdict.INDETERMINATE
    assert codes(report) >= {"timestamp-expired", "no-timestamp"}


def test_a_stranger_s_timestamp_proves_nothing(authority: Authority, person: Holder) -> None:
    report = check(sign(page(), person, timestamper=Authority("Gốc lạ").timestamper()), authority)
    assert report.verdict is Verdict.INDETERMINATE
    assert "timestamp-untrusted" in codes(report)
    assert report.signatures[0].timestamped_at is None


def test_a_timestamp_from_the_future_is_not_believed(authority: Authority, person: Holder) -> None:
    report = check(sign(page(), person, timestamper=authority.timestamper(NOW + 5 * DAY)), authority, at=NOW)
    assert report.verdict is Verdict.INDETERMINATE
    assert "timestamp-in-future" in codes(report)


def test_a_timestamp_needs_a_certificate_for_timestamps(authority: Authority, person: Holder) -> None:
    signer = authority.person(key=new_key(2048))
    report = check(sign(page(), person, timestamper=authority.timestamper(by=signer)), authority)
    assert report.verdict is Verdict.INDETERMINATE


def test_a_certificate_for_web_servers_signs_no_document(authority: Authority) -> None:
    report = check(sign(page(), issue("web", under=authority.issuing, use="web")), authority)
    assert report.verdict is Verdict.INDETERMINATE
    assert "certificate-purpose" in codes(report)


@pytest.mark.parametrize("weak", ["sha1", "md5", "rsa"])
def test_weak_algorithms_are_named(authority: Authority, weak: str) -> None:
    key = new_key(1024 if weak == "rsa" else 2048)
    signed = sign(page(), authority.person(key=key), md_algorithm="sha256" if weak == "rsa" else weak)
    report = check(signed, authority)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert "1024 bit" in report.message_en if weak == "rsa" else weak in report.message_en


# --- revocation


def with_lists(signed: bytes, authority: Authority, revoked: list[tuple[Holder, datetime]]) -> bytes:
    kept = io.BytesIO(signed)
    DocumentSecurityStore.add_dss(kept, sig_contents=None, certs=[authority.issuing.asn1], crls=authority.crls(revoked))
    return kept.getvalue()


def test_a_certificate_revoked_before_the_proven_time_is_noticed(authority: Authority, person: Holder) -> None:
    signed = sign(page(), person, timestamper=authority.timestamper(NOW))
    report = check(with_lists(signed, authority, [(person, NOW - 3 * DAY)]), authority)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.REVOKED_NO_POE
    assert report.signatures[0].revocation is Revocation.REVOKED
    assert "thu hồi" in report.message_vi


def test_a_certificate_revoked_later_was_good_when_it_signed(authority: Authority, person: Holder) -> None:
    signed = sign(page(), person, timestamper=authority.timestamper(NOW - 3 * DAY))
    report = check(with_lists(signed, authority, [(person, NOW - 1 * DAY)]), authority)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].revocation is Revocation.GOOD


def test_a_revoked_authority_is_noticed(authority: Authority, person: Holder) -> None:
    signed = sign(page(), person, timestamper=authority.timestamper(NOW))
    report = check(with_lists(signed, authority, [(authority.issuing, NOW - 3 * DAY)]), authority)
    assert report.signatures[0].sub_indication is SubIndication.REVOKED_CA_NO_POE


def test_revocation_is_said_to_be_unchecked_or_asked_for(authority: Authority, person: Holder) -> None:
    signed = sign(page(), person, timestamper=authority.timestamper())
    assert "revocation-not-checked" in codes(check(signed, authority))
    strict = verify(signed, trust=Trust((authority.root.certificate,), revocation_required=True))
    assert strict.verdict is Verdict.INDETERMINATE
    assert strict.signatures[0].sub_indication is SubIndication.TRY_LATER


# --- no signature, or no answer


def test_an_unsigned_file_is_said_to_be_one(authority: Authority) -> None:
    report = check(page(), authority)
    assert report.verdict is Verdict.UNSIGNED
    assert report.message_vi == "Tệp không có chữ ký số."
    assert report.signatures == ()


def test_an_empty_signature_field_is_no_signature(authority: Authority) -> None:
    def add(writer: IncrementalPdfFileWriter) -> None:
        append_signature_field(writer, SigFieldSpec("Trong"))

    assert check(updated(page(), add), authority).verdict is Verdict.UNSIGNED


def encrypted(content: bytes, password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(content))
    writer.encrypt(password, owner_password="owner", algorithm="AES-256")
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def test_a_password_is_named(authority: Authority) -> None:
    assert check(encrypted(page(), "secret"), authority).verdict is Verdict.ENCRYPTED


def test_a_file_that_anybody_can_open_is_read_in_spite_of_its_owner_s_password(authority: Authority) -> None:
    assert check(encrypted(page(), ""), authority).verdict is Verdict.UNSIGNED


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", b"rubbish" * 1000, b"%PDF-1.7", b"%PDF-1.7\n%%EOF\n", b"PK\x03\x04", page()[:700], page()[100:]],
)
def test_what_is_no_pdf_is_unreadable(authority: Authority, content: bytes) -> None:
    report = check(content, authority)
    assert report.verdict is Verdict.UNREADABLE
    assert report.size_bytes == len(content)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_is_never_valid(authority: Authority, person: Holder, cut: float) -> None:
    signed = sign(page(), person)
    assert check(signed[: int(len(signed) * cut)], authority).verdict in {Verdict.UNREADABLE, Verdict.UNSIGNED}


@pytest.mark.parametrize(
    "make",
    [
        hostile.bomb,
        hostile.object_bomb,
        hostile.looping_pages,
        hostile.looping_sections,
        hostile.deep,
        lambda: hostile.many_pages(100_000),
        lambda: hostile.claimed_pages(2_000_000_000),
    ],
)
def test_hostile_files_end_in_a_named_verdict(authority: Authority, make: Callable[[], bytes]) -> None:
    limits = Limits(seconds=3, memory_bytes=150 * 1024 * 1024)
    report = verify(make(), trust=Trust((authority.root.certificate,)), limits=limits)
    assert report.verdict in {Verdict.UNSIGNED, Verdict.UNREADABLE, Verdict.LIMITS}


def test_limits_are_named(authority: Authority, person: Holder) -> None:
    trust = Trust((authority.root.certificate,))
    report = verify(sign(page(), person), trust=trust, limits=Limits(input_bytes=100))
    assert report.verdict is Verdict.LIMITS
    assert report.message_vi == "Tệp lớn quá mức cho phép."


def test_every_word_is_there_in_both_languages(authority: Authority, person: Holder) -> None:
    signed = sign(page(), person, timestamper=authority.timestamper())
    for content in (signed, signed + b"x", rewrite_page(signed, "khac"), page(), b"", encrypted(page(), "x")):
        for vietnamese, english in words(check(content, authority)):
            assert vietnamese
            assert english
            assert vietnamese != english
            assert "{" not in vietnamese + english
