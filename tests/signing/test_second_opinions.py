"""Files of every level, by keys of every kind and place, are accepted by the programs of others."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from signing.keys import SigningKey, open_pkcs12
from signing.pki import KeyKind, TestPki
from signing.places import IssuePlaces, find_places
from signing.preserve import Level, extend
from signing.sandbox import Limits
from signing.sign import seal, sign_corner, sign_personal
from signing.tokens import open_pkcs11
from signing.verify import Trust, Verdict, verify
from tests.services.second_opinions import SecondOpinions, containers
from tests.services.softhsm import SoftHsm
from tests.signing.drafts import LEADER, draw

SECRET, OFFICE = "246810", "Ủy ban nhân dân xã Tân Lập"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki.create(tmp_path_factory.mktemp("opinions") / "pki", base_url="http://127.0.0.1:9/pki")


@pytest.fixture(scope="module")
def opinions(pki: TestPki, tmp_path_factory: pytest.TempPathFactory) -> SecondOpinions:
    return SecondOpinions(tmp_path_factory.mktemp("opinions"), pki.roots()[0], [pki.certificate("issuing")])


@pytest.fixture(scope="module")
def draft() -> tuple[bytes, IssuePlaces]:
    content = draw()
    return content, find_places(content, signatory_name=LEADER, limits=Limits())


@pytest.fixture(scope="module", params=["file", "token"])
def keys(pki: TestPki, request: pytest.FixtureRequest) -> dict[KeyKind, tuple[SigningKey, SigningKey]]:
    """The leader's and the office's key of each kind."""
    files = {
        kind: (
            pki.issue_person(LEADER, SECRET, key_kind=kind),
            pki.issue_organisation(OFFICE, SECRET, code="H99.1", key_kind=kind),
        )
        for kind in KeyKind
    }
    if request.param == "file":
        return {kind: (open_pkcs12(one, SECRET), open_pkcs12(other, SECRET)) for kind, (one, other) in files.items()}
    softhsm: SoftHsm = request.getfixturevalue("softhsm")
    kept = {f"{kind} {place}": (pair[place], SECRET) for kind, pair in files.items() for place in (0, 1)}
    softhsm.add_token("opinions", SECRET, kept)

    def on_token(kind: KeyKind, place: int) -> SigningKey:
        return open_pkcs11(softhsm.library, SECRET, token_label="opinions", key_label=f"{kind} {place}")

    return {kind: (on_token(kind, 0), on_token(kind, 1)) for kind in KeyKind}


@pytest.mark.parametrize("kind", list(KeyKind))
def test_every_level_is_accepted_by_poppler_qpdf_and_openssl(
    kind: KeyKind,
    keys: dict[KeyKind, tuple[SigningKey, SigningKey]],
    pki: TestPki,
    draft: tuple[bytes, IssuePlaces],
    opinions: SecondOpinions,
) -> None:
    leader, office = keys[kind]
    trust = Trust(roots=pki.roots())
    made: dict[Level, bytes] = {}
    for level, stamps in ((Level.B_B, None), (Level.B_T, pki.timestamper())):
        signed = sign_personal(draft[0], key=leader, places=draft[1], image_png=None, timestamper=stamps)
        made[level] = seal(
            signed.content, key=office, number="05", issued_on=date(2026, 3, 7), image_png=None, timestamper=stamps
        ).content
    for level in (Level.B_LT, Level.B_LTA):
        made[level] = extend(
            made[Level.B_T], trust=trust, status=pki.revocation(), timestamper=pki.timestamper(), level=level
        ).content
    for level, content in made.items():
        report = verify(content, trust=trust)
        assert report.verdict is Verdict.VALID, report.message_en
        assert [one.level for one in report.signatures] == [level, level]
        # OpenSSL 3.0's cms and NSS as poppler uses it know no Ed25519 in a CMS (RFC 8419).
        opinions.qpdf(content) if kind is KeyKind.ED25519 else opinions.all_of(content)
    assert [one.is_timestamp for one in containers(made[Level.B_LTA])] == [False, False, True]


def test_annexes_and_copies_signed_in_their_corner_are_accepted_too(
    keys: dict[KeyKind, tuple[SigningKey, SigningKey]],
    pki: TestPki,
    draft: tuple[bytes, IssuePlaces],
    opinions: SecondOpinions,
) -> None:
    _, office = keys[KeyKind.RSA_2048]
    lines = ("SAO Y", OFFICE)
    signed = sign_corner(draft[0], key=office, lines=lines, timestamper=pki.timestamper())
    opinions.all_of(signed.content)


def test_they_would_notice_a_changed_byte(
    pki: TestPki, draft: tuple[bytes, IssuePlaces], opinions: SecondOpinions
) -> None:
    """Else their agreement above would say nothing."""
    key = open_pkcs12(pki.issue_person(LEADER, SECRET), SECRET)
    signed = sign_personal(draft[0], key=key, places=draft[1], image_png=None, timestamper=pki.timestamper()).content
    place = signed.index(b"/MediaBox") + 2
    changed = signed[:place] + b"E" + signed[place + 1 :]
    for opinion in (opinions.poppler, opinions.openssl):
        opinion(signed)
        with pytest.raises(AssertionError):
            opinion(changed)


def test_they_trust_nobody_under_another_root(
    draft: tuple[bytes, IssuePlaces], opinions: SecondOpinions, tmp_path: Path
) -> None:
    other = TestPki.create(tmp_path / "pki", base_url="http://127.0.0.1:9/pki")
    key = open_pkcs12(other.issue_person(LEADER, SECRET), SECRET)
    signed = sign_personal(draft[0], key=key, places=draft[1], image_png=None, timestamper=None).content
    for opinion in (opinions.poppler, opinions.openssl):
        with pytest.raises(AssertionError):
            opinion(signed)
