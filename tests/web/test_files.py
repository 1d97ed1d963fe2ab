"""Files and pictures of pages: the right bytes, only for those who may read them, safe names and types."""

from __future__ import annotations

import hashlib
import struct

import pytest

from docsvc.records.terms import Access
from docsvc.web import files as files_of_pages
from docsvc.web.previews import Previews
from tests.web.office import Office


def address(office: Office, document_id: str, role: str) -> str:
    found = {rendition.role: rendition.id for rendition in office.document(document_id).renditions}
    return f"/documents/{document_id}/files/{found[role]}"


def test_the_issued_file_comes_whole_with_its_hash_as_tag_and_a_safe_name(office: Office) -> None:
    document_id = office.issued()
    answer = office.browser("doc").get(address(office, document_id, "issued"))
    sha256 = hashlib.sha256(answer.data).hexdigest()
    assert answer.status_code == 200
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert sha256 == office.document(document_id).renditions[-1].sha256
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"01-QD-UBND.pdf\"; filename*=UTF-8''01-Q%C4%90-UBND.pdf"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Length"] == str(len(answer.data))


def test_an_unchanged_file_is_not_sent_again_but_the_right_is_asked_for_again(office: Office) -> None:
    document_id = office.issued()
    file = address(office, document_id, "issued")
    reader = office.browser("doc")
    tag = reader.get(file).headers["ETag"]
    answer = reader.get(file, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    stranger = office.browser()
    assert stranger.get(file, headers={"If-None-Match": tag}).status_code == 303


def test_who_took_a_file_away_stands_in_the_history(office: Office) -> None:
    document_id = office.issued()
    file = address(office, document_id, "issued")
    reader = office.browser("doc")
    tag = reader.get(file).headers["ETag"]
    reader.get(file, headers={"If-None-Match": tag})
    clerk = office.browser("hien")
    assert clerk.get(f"/documents/{document_id}").text.count("Tải tệp") == 1
    assert "Tải tệp" not in reader.get(f"/documents/{document_id}").text


def test_readers_get_the_issued_file_and_never_a_draft(office: Office) -> None:
    document_id = office.issued()
    for username in ("doc", "doc2", "tung"):
        browser = office.browser(username)
        assert browser.get(address(office, document_id, "issued")).status_code == 200
        for role in ("draft", "signed"):
            assert browser.get(address(office, document_id, role)).status_code == 404
            assert browser.get(address(office, document_id, role) + "/pages/1.png").status_code == 404
        assert address(office, document_id, "draft") not in browser.get(f"/documents/{document_id}").text
    for username in ("soan", "khai", "hien", "chinh"):
        assert office.browser(username).get(address(office, document_id, "draft")).status_code == 200


def test_a_restricted_document_is_for_those_who_handle_it(office: Office) -> None:
    document_id = office.issued(access=Access.RESTRICTED)
    file = address(office, document_id, "issued")
    answers = {name: office.browser(name).get(file).status_code for name in ("hien", "khai", "chinh", "doc", "doc2")}
    assert answers == {"hien": 200, "khai": 200, "chinh": 200, "doc": 404, "doc2": 404}


def test_a_file_of_another_document_is_not_opened_through_a_readable_one(office: Office) -> None:
    readable, hidden = office.issued("Về việc thứ nhất"), office.draft("Về việc thứ hai")
    foreign = office.document(hidden).renditions[0].id
    assert office.browser("doc").get(f"/documents/{readable}/files/{foreign}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("Quyết định số 5.pdf", "Quyết định số 5.pdf"),
        ("..\\..\\etc\\passwd", "passwd.pdf"),
        ('a"b\r\nSet-Cookie: x=1.pdf', "a_b__Set-Cookie_ x=1.pdf"),
        ("<script>.html", "_script_.html.pdf"),
        ("....pdf", "van-ban.pdf"),
    ],
)
def test_a_drafts_own_name_cannot_break_the_header(office: Office, typed: str, given: str) -> None:
    document_id = office.draft()
    rendition = office.document(document_id).renditions[0]
    rendition.file_name = typed.replace("\\", "/").rsplit("/", 1)[-1]
    assert files_of_pages.file_name(office.document(document_id), rendition) == given


def test_a_page_is_drawn_in_the_widths_on_offer_only(office: Office) -> None:
    document_id = office.draft()
    picture = address(office, document_id, "draft") + "/pages/1.png"
    browser = office.browser("soan")
    answer = browser.get(picture)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert struct.unpack(">I", answer.data[16:20]) == (960,)
    assert struct.unpack(">I", browser.get(f"{picture}?width=480").data[16:20]) == (480,)
    for query in ("?width=10000", "?width=0", "?width=-1"):
        assert browser.get(picture + query).status_code == 404
    for page in ("0", "2", "99999999999999999999"):
        assert browser.get(picture.replace("/1.png", f"/{page}.png")).status_code == 404
    assert browser.get(picture, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_pictures_are_kept_up_to_a_number_of_bytes(office: Office) -> None:
    first, second = office.draft("Về việc thứ nhất"), office.draft("Về việc thứ hai")
    hashes = [office.document(document_id).renditions[0].sha256 for document_id in (first, second)]
    previews = Previews(office.service.desk, most_bytes=1)
    pictures = [previews.picture(sha256, 0, 480) for sha256 in hashes]
    office.service.store.delete(hashes[1])
    assert previews.picture(hashes[1], 0, 480) == pictures[1], "the last one is still there"
    office.service.store.delete(hashes[0])
    with pytest.raises(Exception, match="not in the store"):
        previews.picture(hashes[0], 0, 480)
