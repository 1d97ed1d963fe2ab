"""Revocation told by rarer lists and answers: changes to lists, lists of others, RSASSA-PSS, other curves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing._status import questions, require_good
from signing.errors import RevocationUnavailable
from signing.verify import FileReport, Link, Revocation, SubIndication, Trust, Verdict, verify
from tests.signing.authority import DAY, NOW, Authority, Holder, issue, new_key, page, sign
from tests.signing.rolls import Roll, answer, kept, point

LATER = NOW + timedelta(days=2)
BEFORE = NOW - 5 * DAY


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("Gốc danh sách")


@pytest.fixture(scope="module")
def signer(authority: Authority) -> Holder:
    return authority.person()


def check(content: bytes, authority: Authority) -> FileReport:
    trust = Trust((authority.root.certificate,), revocation_required=True)
    return verify(content, trust=trust, at=LATER)


def told(authority: Authority, by: Holder, lists: Sequence[Roll], **others: Any) -> tuple[Revocation, Any, Verdict]:
    """Of a signature by somebody, with these lists and a whole one for the authorities."""
    rolls = [*lists, Roll(authority.root, NOW)]
    content = kept(sign(page(), by), lists=[roll.der() for roll in rolls], **others)
    report = check(content, authority)
    (signature,) = report.signatures
    return signature.revocation, signature.sub_indication, report.verdict


GOOD = (Revocation.GOOD, None, Verdict.VALID)
REVOKED = (Revocation.REVOKED, SubIndication.REVOKED_NO_POE, Verdict.INDETERMINATE)
UNKNOWN = (Revocation.NOT_CHECKED, SubIndication.TRY_LATER, Verdict.INDETERMINATE)


def test_changes_count_on_top_of_the_list_they_build_on(authority: Authority, signer: Holder) -> None:
    base = Roll(authority.issuing, BEFORE)
    assert told(authority, signer, [base, base.after(24)]) == GOOD
    revoked = base.after(24, revoked=[(signer, NOW - DAY, "keyCompromise")])
    assert told(authority, signer, [base, revoked]) == REVOKED
    assert told(authority, signer, [revoked]) == REVOKED, "what changes say is revoked is so, also alone"
    assert told(authority, signer, [base.after(24)]) == UNKNOWN, "changes alone say of nobody that he is good"


def test_a_hold_is_lifted_by_the_changes_and_a_revocation_is_not(authority: Authority, signer: Holder) -> None:
    held = Roll(authority.issuing, BEFORE, revoked=[(signer, BEFORE, "certificateHold")])
    assert told(authority, signer, [held]) == REVOKED
    lifted = held.after(24, revoked=[(signer, BEFORE, "removeFromCRL")])
    assert told(authority, signer, [held, lifted]) == GOOD
    lost = Roll(authority.issuing, BEFORE, revoked=[(signer, BEFORE, "keyCompromise")])
    assert told(authority, signer, [lost, lost.after(24, revoked=[(signer, BEFORE, "removeFromCRL")])]) == REVOKED


def test_changes_to_another_list_lift_nothing(authority: Authority, signer: Holder) -> None:
    held = Roll(authority.issuing, BEFORE, revoked=[(signer, BEFORE, "certificateHold")])
    of_newer = Roll(authority.issuing, BEFORE, number=7).after(24, revoked=[(signer, BEFORE, "removeFromCRL")])
    assert told(authority, signer, [held, of_newer]) == REVOKED


@pytest.fixture(scope="module")
def lister(authority: Authority) -> Holder:
    """Issues lists for the issuing authority, under the same root."""
    return issue("Đơn vị danh sách", use="authority", under=authority.root)


def test_a_list_of_another_authority_counts_where_the_certificate_names_it(
    authority: Authority, lister: Holder, signer: Holder
) -> None:
    named = authority.person("Người có danh sách", extensions=[point(lister)])
    roll = Roll(lister, NOW, indirect=True)
    assert told(authority, named, [roll], certificates=[lister]) == GOOD
    assert told(authority, named, [roll]) == UNKNOWN, "nobody knows whose the list is"
    assert told(authority, signer, [roll], certificates=[lister]) == UNKNOWN, "the certificate does not send there"
    revoked = Roll(lister, NOW, indirect=True, revoked=[(named, NOW - DAY, "")])
    assert told(authority, named, [revoked], certificates=[lister]) == REVOKED
    direct = Roll(lister, NOW)
    assert told(authority, named, [direct], certificates=[lister]) == UNKNOWN, "it does not tell of others"


def test_a_number_of_another_authority_on_the_list_means_nobody_here(authority: Authority, lister: Holder) -> None:
    named = authority.person("Người có danh sách", extensions=[point(lister)])
    other = issue("Trùng số", under=lister)
    same = Holder(_with_serial(other, named, lister), other.key)
    roll = Roll(lister, NOW, indirect=True, revoked=[(same, NOW - DAY, "")])
    assert told(authority, named, [roll], certificates=[lister]) == GOOD


def _with_serial(holder: Holder, like: Holder, under: Holder) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(holder.certificate.subject).public_key(holder.key.public_key())
    builder = builder.issuer_name(under.certificate.subject).serial_number(like.certificate.serial_number)
    builder = builder.not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
    return builder.sign(under.key, hashes.SHA256())


def test_a_list_signer_under_a_strange_authority_says_nothing(authority: Authority) -> None:
    strange = issue("Đơn vị lạ", use="authority", under=Authority("Gốc lạ").root)
    named = authority.person("Người có danh sách", extensions=[point(strange)])
    assert told(authority, named, [Roll(strange, NOW, indirect=True)], certificates=[strange]) == UNKNOWN


def test_a_list_for_some_reasons_only_says_who_is_revoked_and_of_nobody_that_he_is_good(
    authority: Authority,
) -> None:
    named = authority.person("Người có danh sách", extensions=[point()])
    some = frozenset({x509.ReasonFlags.key_compromise})
    assert told(authority, named, [Roll(authority.issuing, NOW, reasons=some)]) == UNKNOWN
    revoked = Roll(authority.issuing, NOW, reasons=some, revoked=[(named, NOW - DAY, "keyCompromise")])
    assert told(authority, named, [revoked]) == REVOKED


@pytest.mark.parametrize("kind", ["pss", "p384", "brainpool"])
def test_answers_signed_in_other_ways_count(authority: Authority, signer: Holder, kind: str) -> None:
    curves = {"p384": ec.SECP384R1(), "brainpool": ec.BrainpoolP256R1()}
    key = ec.generate_private_key(curves[kind]) if kind in curves else new_key(2048)
    charged: list[x509.ExtensionType] = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), x509.OCSPNoCheck()]
    responder = issue("Người trả lời", under=authority.issuing, key=key, extensions=charged)
    whole = [Roll(authority.root, NOW).der()]
    given = answer(signer, authority.issuing, responder, NOW, pss=kind == "pss")
    (signature,) = check(kept(sign(page(), signer), lists=whole, answers=[given]), authority).signatures
    assert (signature.revocation, signature.sub_indication) == (Revocation.GOOD, None)
    revoked = answer(signer, authority.issuing, responder, NOW, revoked=NOW - DAY, pss=kind == "pss")
    (signature,) = check(kept(sign(page(), signer), lists=whole, answers=[revoked]), authority).signatures
    assert signature.sub_indication is SubIndication.REVOKED_NO_POE
    place = given.index(b"\x18\x0f20") + 6
    spoilt = given[:place] + bytes([given[place] ^ 1]) + given[place + 1 :]
    (signature,) = check(kept(sign(page(), signer), lists=whole, answers=[spoilt]), authority).signatures
    assert signature.revocation is Revocation.NOT_CHECKED
    ders = [one.certificate.public_bytes(Encoding.DER) for one in (signer, authority.issuing)]
    (question,) = questions((Link(ders[0], ders[1], NOW),))
    require_good(question, given, "ocsp", NOW)
    with pytest.raises(RevocationUnavailable):
        require_good(question, spoilt, "ocsp", NOW)


def test_lists_signed_by_rsassa_pss_count() -> None:
    authority = Authority("Gốc PSS")
    authority.issuing = issue("CA PSS", use="authority", under=authority.root, key=new_key(2048))
    assert told(authority, authority.person(), [Roll(authority.issuing, NOW, pss=True)]) == GOOD
