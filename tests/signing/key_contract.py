"""What every source of keys must do. Each backend's test class inherits this one."""

from __future__ import annotations

import asyncio
import subprocess
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing.errors import WrongPassphrase
from signing.keys import SigningKey
from signing.pki import KeyKind, TestPki
from signing.places import find_places
from signing.sandbox import Limits
from signing.sign import sign_personal
from signing.verify import Trust, Verdict, verify
from tests.services.second_opinions import SecondOpinions
from tests.signing.drafts import LEADER, draw

SECRET = "246810"
"""PIN or passphrase."""


KINDS = [kind for kind in KeyKind if kind is not KeyKind.ED25519]
"""What every source has."""


class KeyContract(ABC):
    """A subclass knows how to open the key of a kind; its module's fixture ``pki`` is who issued them."""

    @abstractmethod
    def opened(self, kind: KeyKind, secret: str) -> SigningKey:
        """The key of :data:`LEADER`, opened."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
    def test_every_kind_signs_what_its_certificate_verifies(self, kind: KeyKind, digest: str) -> None:
        key = self.opened(kind, SECRET)
        signature = key.sign(b"Quyet dinh", digest)
        public = key.certificate.public_key()
        algorithm = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}[digest]
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, b"Quyet dinh", padding.PKCS1v15(), algorithm)
        else:
            assert isinstance(public, ec.EllipticCurvePublicKey)
            public.verify(signature, b"Quyet dinh", ec.ECDSA(algorithm))

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_makes_a_file_that_others_accept(self, pki: TestPki, kind: KeyKind, tmp_path: Path) -> None:
        content = self.signed(pki, kind)
        SecondOpinions(tmp_path, pki.roots()[0], [pki.certificate("issuing")]).all_of(content)

    def signed(self, pki: TestPki, kind: KeyKind) -> bytes:
        """A file that verifies."""
        draft = draw()
        signed = sign_personal(
            draft,
            key=self.opened(kind, SECRET),
            places=find_places(draft, signatory_name=LEADER, limits=Limits()),
            image_png=None,
            timestamper=pki.timestamper(),
        )
        report = verify(signed.content, trust=Trust(roots=pki.roots()))
        assert report.verdict is Verdict.VALID, report.message_en
        assert (report.signatures[0].holder, report.signatures[0].level) == (LEADER, "B-T")
        return signed.content

    def test_openssl_accepts_what_pyhanko_makes_with_it(self, pki: TestPki, tmp_path: Path) -> None:
        message, signature, trusted = tmp_path / "message", tmp_path / "message.p7s", tmp_path / "trusted.pem"
        message.write_bytes("Quyết định".encode())
        for kind in (KeyKind.RSA_2048, KeyKind.ECDSA_P256):
            signer = self.opened(kind, SECRET).signer
            signature.write_bytes(asyncio.run(signer.async_sign_general_data(message.read_bytes(), "sha256")).dump())
            trusted.write_bytes(pki.roots()[0].public_bytes(Encoding.PEM))
            what = ("-inform", "DER", "-in", signature, "-content", message, "-binary", "-CAfile", trusted)
            command = ["openssl", "cms", "-verify", *map(str, what), "-purpose", "any", "-out", "/dev/null"]
            assert subprocess.run(command, capture_output=True, check=False).returncode == 0

    def test_the_key_tells_whose_it_is_how_long_and_under_whom(self) -> None:
        key = self.opened(KeyKind.RSA_2048, SECRET)
        assert key.holder == LEADER
        assert key.fingerprint_sha256 == key.certificate.fingerprint(hashes.SHA256()).hex()
        assert key.not_before < datetime.now(UTC) < key.not_after
        assert [one.issuer == one.subject for one in key.chain] == [False], "the issuing CA, and no root"

    @pytest.mark.parametrize("wrong", ["", "000000", SECRET + " ", "\udcff", "9" * 500])
    def test_a_wrong_secret_opens_nothing_whoever_has_it_open(self, wrong: str) -> None:
        right = self.opened(KeyKind.ECDSA_P256, SECRET)
        right.sign(b"x", "sha256")
        with pytest.raises(WrongPassphrase) as refused:
            self.opened(KeyKind.ECDSA_P256, wrong)
        assert not wrong.strip() or wrong not in f"{refused.value} {refused.value.detail}"
        right.sign(b"x", "sha256")

    def test_nothing_that_is_printed_shows_the_secret(self) -> None:
        key = self.opened(KeyKind.ECDSA_P256, SECRET)
        assert repr(key) == f"SigningKey(holder='{LEADER}')"
        assert SECRET not in f"{key.signer!r} {key.signer._key!r} {vars(key.signer)!r}"

    def test_many_threads_sign_with_one_key_and_open_it_too(self) -> None:
        shared = self.opened(KeyKind.RSA_2048, SECRET)
        public = shared.certificate.public_key()
        assert isinstance(public, rsa.RSAPublicKey)

        def sign(number: int) -> None:
            key = shared if number % 3 else self.opened(KeyKind.RSA_2048, SECRET)
            message = b"%d" % number
            public.verify(key.sign(message, "sha256"), message, padding.PKCS1v15(), hashes.SHA256())

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(sign, range(48)))


class Ed25519Contract(KeyContract):
    """Of sources that have such keys, too (RFC 8419, ISO/TS 32002)."""

    def test_an_ed25519_key_makes_a_file_that_verifies(self, pki: TestPki, tmp_path: Path) -> None:
        content = self.signed(pki, KeyKind.ED25519)
        opinions = SecondOpinions(tmp_path, pki.roots()[0], [pki.certificate("issuing")])
        opinions.qpdf(content)
        # OpenSSL 3.0's cms (invalid digest) and NSS as poppler uses it know no Ed25519 in a CMS (RFC 8419).
        for opinion in (opinions.poppler, opinions.openssl):
            with pytest.raises(AssertionError):
                opinion(content)

    def test_openssl_accepts_a_bare_ed25519_signature(self, tmp_path: Path) -> None:
        key = self.opened(KeyKind.ED25519, SECRET)
        message, signature, public = tmp_path / "message", tmp_path / "signature", tmp_path / "public.pem"
        message.write_bytes(b"Quyet dinh")
        signature.write_bytes(key.sign(b"Quyet dinh", key.digest))
        public.write_bytes(key.certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-in", message]
        said = subprocess.run([*map(str, command), "-sigfile", str(signature)], capture_output=True, check=False)
        assert said.returncode == 0, said.stdout
