"""The pages on PostgreSQL: the same walk, and every page opens."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from docsvc.app import create_app
from docsvc.wiring import open_service
from tests.web.office import PASSPHRASE, Office, furnish, text_of


def test_the_walk_from_draft_to_register_and_every_list(postgres_url: str, tmp_path: Path) -> None:
    service = open_service(Settings(data_dir=tmp_path / "var", database_url=postgres_url))
    try:
        furnish(service)
        office = Office(service, create_app(service))
        document_id = office.submitted()
        page = f"/documents/{document_id}"
        today = f"{service.desk.today():%d/%m/%Y}"
        assert office.browser("khai").send(f"{page}/sign", f"{page}/sign", passphrase=PASSPHRASE).status_code == 303
        clerk = office.browser("hien")
        issued = clerk.send(f"{page}/issue", f"{page}/issue", issued_on=today, passphrase=PASSPHRASE)
        assert (issued.status_code, issued.location) == (303, page), text_of(issued)
        lists = ("/", "/drafts", "/to-sign", "/to-issue", "/registers", "/registers/1", "/search?q=kiện toàn", page)
        for username in ("soan", "khai", "hien", "chinh", "minh", "doc", "doc2"):
            browser = office.browser(username)
            answers = {address: browser.get(address).status_code for address in lists}
            assert set(answers.values()) <= {200, 403, 404}, username
            assert (answers["/"], answers[page]) == (200, 200), "a public document is for everybody who signs in"
        assert clerk.get("/documents/%00").status_code == 400
        assert clerk.get("/sign-in?next=%00").status_code == 302
    finally:
        service.close()
