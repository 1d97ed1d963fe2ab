"""The test PKI's responders: open to everybody, limited in size, gone where real keys are used."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from urllib.parse import quote

import pytest
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509 import ocsp
from flask import Flask

from docsvc import web
from tests.web.office import Office


@pytest.fixture
def request_about_a_person(office: Office) -> bytes:
    assert office.service.pki is not None
    made = load_pkcs12(office.service.pki.issue_person("Lê Đình Khải", "x"), b"x")
    issuer = x509.load_der_x509_certificate(office.service.pki.certificate("issuing"))
    assert made.cert is not None
    question = ocsp.OCSPRequestBuilder().add_certificate(made.cert.certificate, issuer, SHA1())  # noqa: S303
    return question.build().public_bytes(Encoding.DER)


def test_a_timestamp_is_given_to_anybody(office: Office) -> None:
    asked = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {
                "hash_algorithm": {"algorithm": "sha256"},
                "hashed_message": hashlib.sha256(b"x").digest(),
            },
            "cert_req": True,
        }
    )
    answer = office.browser().client.post("/pki/tsa", data=asked.dump(), content_type="application/timestamp-query")
    assert (answer.status_code, answer.mimetype) == (200, "application/timestamp-reply")
    assert tsp.TimeStampResp.load(answer.data)["status"]["status"].native == "granted"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_ocsp_answers_by_post_and_by_get(office: Office, request_about_a_person: bytes) -> None:
    client = office.browser().client
    by_post = client.post("/pki/ocsp", data=request_about_a_person, content_type="application/ocsp-request")
    by_get = client.get("/pki/ocsp/" + quote(base64.b64encode(request_about_a_person).decode(), safe=""))
    for answer in (by_post, by_get):
        assert (answer.status_code, answer.mimetype) == (200, "application/ocsp-response")
        assert ocsp.load_der_ocsp_response(answer.data).certificate_status == ocsp.OCSPCertStatus.GOOD


def test_nonsense_gets_an_answer_of_the_protocol(office: Office) -> None:
    client = office.browser().client
    for answer in (client.post("/pki/ocsp", data=b"\xff" * 50), client.get("/pki/ocsp/%%%not-base64")):
        status = ocsp.load_der_ocsp_response(answer.data).response_status
        assert status == ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    rejected = client.post("/pki/tsa", data=b"nonsense").data
    assert tsp.PKIStatusInfo.load(rejected[2:])["status"].native == "rejection", "after the outer tag and length"


def test_lists_and_certificates_are_at_the_addresses_that_certificates_name(office: Office) -> None:
    client = office.browser().client
    for name in ("root", "issuing"):
        crl = client.get(f"/pki/{name}.crl")
        assert crl.mimetype == "application/pkix-crl"
        assert x509.load_der_x509_crl(crl.data).issuer
    for name in ("root", "issuing", "tsa", "ocsp"):
        certificate = client.get(f"/pki/{name}.cer")
        assert certificate.mimetype == "application/pkix-cert"
        assert x509.load_der_x509_certificate(certificate.data).serial_number
    assert client.get("/pki/other.crl").status_code == 404
    assert client.get("/pki/pki.json").status_code == 404


def test_a_long_request_is_refused_unread(office: Office) -> None:
    client = office.browser().client
    for address in ("/pki/tsa", "/pki/ocsp"):
        assert client.post(address, data=b"0" * 100_000).status_code == 413


def test_without_the_embedded_pki_nothing_answers(office: Office) -> None:
    app = Flask("docsvc.web")
    web.install(app, replace(office.service, pki=None))
    client = app.test_client()
    assert client.get("/pki/root.cer").status_code == 404
    assert client.post("/pki/tsa", data=b"x").status_code == 404
