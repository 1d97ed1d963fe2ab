"""``GET /trust-anchors``: for administrators and auditors."""

from __future__ import annotations

from base64 import b64decode

from cryptography.hazmat.primitives.serialization import Encoding

from docsvc.accounts import SYSTEM
from docsvc.trust import anchors
from signing.anchors import BOTH
from signing.authorities import read_authority
from tests.api.client import Programs
from tests.signing.authority import NOW, Authority


def test_anchors_are_told_to_who_answers_for_them(programs: Programs) -> None:
    der = Authority("Gốc").root.certificate.public_bytes(Encoding.DER)
    root = read_authority(der, NOW)
    with programs.office.service.database.write() as session:
        anchors.add(session, root, anchors.Terms(BOTH), fingerprint=root.sha256, doubts_accepted=False, by=SYSTEM)
    for username in ("administrator", "auditor"):
        (told,) = programs.of(username).get("/trust-anchors").get_json()["anchors"]
        assert (told["name"], told["purposes"], told["removed_at"]) == ("Gốc", ["signatures", "timestamps"], None)
        assert b64decode(told["certificate"]) == der
    assert programs.of("clerk").get("/trust-anchors").status_code == 403
