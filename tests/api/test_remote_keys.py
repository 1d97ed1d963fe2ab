"""Programs sign with keys at a remote service, too: PIN and one-time code stand in the request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docsvc.app import create_app
from docsvc.issue.key_keeping import keep_remote_key
from docsvc.issue.remote_keys import RemotePlace
from signing.pki import KeyKind
from tests.api.client import Programs
from tests.office import COMMUNE, PEOPLE, Office, make_service, shared_pki
from tests.services.csc import BEARER, CscService

PIN = "135790"


@pytest.fixture
def programs(embedded: Office, csc: CscService, tmp_path: Path) -> Iterator[Programs]:
    """The office with the leader's and the commune's keys at a service that asks for codes."""
    (tmp_path / "csc.toml").write_text(f'token = "{BEARER}"\n', encoding="utf-8")
    folder, kind = embedded.service.settings.data_dir, KeyKind.ECDSA_P256
    service = make_service(folder, csc_services=f"ky-xa={csc.url} {tmp_path / 'csc.toml'}")
    office = Office(service, embedded.again)
    by = office.actor("administrator")
    person = shared_pki().issue_person(PEOPLE["leader"][0], "x", key_kind=kind)
    seal = shared_pki().issue_organisation("Ủy ban nhân dân xã Tân Lập", "x", code=COMMUNE, key_kind=kind)
    for name, content, user_id, unit_id in (
        ("api-khai", person, office.people["leader"], None),
        ("api-dau", seal, None, office.units[COMMUNE]),
    ):
        csc.add_key(name, content, "x", PIN, otp=True)
        keep_remote_key(
            service.desk,
            user_id=user_id,
            unit_id=unit_id,
            place=RemotePlace("ky-xa", name),
            pin=PIN,
            otp=csc.code(name),
            image_png=None,
            by=by,
        )
    yield Programs(office, create_app(service))
    service.close()


def test_sign_seal_and_issue_take_the_code(programs: Programs, csc: CscService) -> None:
    leader, clerk = programs.of("leader"), programs.of("clerk")
    path = f"/documents/{programs.office.submitted()}"
    refused = leader.post(f"{path}/sign", {"passphrase": PIN})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "wrong-otp")
    assert leader.post(f"{path}/sign", {"passphrase": PIN, "otp": csc.code("api-khai")}).status_code == 200
    assert clerk.post(f"{path}/number", {}).status_code == 200
    csc.fail("signatures/signHash", "503")
    late = clerk.post(f"{path}/seal", {"passphrase": PIN, "otp": csc.code("api-dau")})
    assert (late.status_code, late.get_json()["code"]) == (503, "remote-service-unavailable")
    csc.mend()
    assert clerk.post(f"{path}/issue", {"passphrase": PIN, "otp": csc.code("api-dau")}).get_json()["state"] == "issued"
