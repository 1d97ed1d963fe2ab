"""How units sign, on a page: each figure opens to its documents."""

from __future__ import annotations

import csv
import io
import re

from sqlalchemy import update

from docsvc.db.records import Signature
from docsvc.records.terms import Access
from tests.web.office import Office, text_of


def test_every_figure_opens_to_its_documents(office: Office) -> None:
    right = office.issued("Về việc ký đúng")
    bare = office.issued("Về việc thiếu dấu thời gian", access=Access.RESTRICTED)
    with office.service.database.write() as session:
        session.execute(update(Signature).where(Signature.document_id == bare).values(level="B-B"))
    auditor, administrator = office.browser("chinh"), office.browser("minh")
    page = auditor.get("/inspection")
    assert "Thanh tra ký số" in text_of(page)
    opened = {
        name: auditor.get(address.replace("&amp;", "&"))
        for address, name in re.findall(r'href="(/inspection/documents\?[^"]*unit=1&amp;standard=(\w+))"', page.text)
    }
    assert set(opened) == {"all", "right", "unstamped", "below"}
    assert right in opened["right"].text
    assert bare not in opened["right"].text
    assert bare in opened["unstamped"].text
    (address,) = re.findall(r'href="(/inspection/documents\?[^"]*unit=1&amp;standard=unstamped)"', page.text)
    hidden = administrator.get(address.replace("&amp;", "&"))
    assert "trong đó 1 văn bản bạn không được xem" in text_of(hidden)
    assert bare not in hidden.text
    rows = list(csv.reader(io.StringIO(auditor.get("/inspection.csv").data.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][4:] == ["2", "1", "0", "0", "1", "1", "0", "0", "0"]


def test_days_and_units_that_cannot_be_are_told(office: Office) -> None:
    browser = office.browser("chinh")
    assert browser.get("/inspection?from=x&to=y").status_code == 422
    assert browser.get(f"/inspection?unit={office.units['TL']}").status_code == 404
    for query in ("unit=1&standard=x", "standard=all", "unit=1&standard=all&from=x&to=y", "unit=999&standard=all"):
        assert browser.get(f"/inspection/documents?{query}").status_code == 404
    assert office.browser("doc").get("/inspection").status_code == 403
