"""Incremental saving: a changed body behind the signed file, with all, some or none of what belongs to a revision."""

from __future__ import annotations

from tests.signing.attacks.case import appended, attack, body, free_number, page_number, signed
from tests.signing.authority import rewrite_page

SAVING = "incremental-saving"


def _objects(content: bytes) -> dict[int, bytes]:
    stream, number = b"BT /F1 12 Tf 85 700 Td (Quyet dinh khac) Tj ET", page_number(content)
    fresh = free_number(content)
    changed = body(content, number).replace(b"/Contents", b"/Contents %d 0 R /Was" % fresh, 1)
    return {number: changed, fresh: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)}


def _body_only(content: bytes) -> bytes:
    return b"".join(b"%d 0 obj\n%s\nendobj\n" % item for item in _objects(content).items())


@attack(SAVING)
def right_revision() -> bytes:
    return appended(signed(), _objects(signed()))


@attack(SAVING)
def right_revision_by_a_writer() -> bytes:
    return rewrite_page(signed(), "Quyet dinh khac")


@attack(SAVING)
def new_page_instead() -> bytes:
    content = signed()
    fresh, tree = free_number(content), b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>"
    pages = int(body(content, page_number(content)).split(b"/Parent ")[1].split()[0])
    new = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>" % pages
    return appended(content, {pages: tree % fresh, fresh: new})


@attack(SAVING)
def page_added() -> bytes:
    content = signed()
    fresh, kept = free_number(content), page_number(content)
    pages = int(body(content, kept).split(b"/Parent ")[1].split()[0])
    tree = b"<< /Type /Pages /Count 2 /Kids [%d 0 R %d 0 R] >>" % (kept, fresh)
    new = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] >>" % pages
    return appended(content, {pages: tree, fresh: new})


@attack(SAVING)
def body_without_table() -> bytes:
    return signed() + _body_only(signed())


@attack(SAVING)
def body_and_trailer() -> bytes:
    return signed() + _body_only(signed()) + b"trailer\n<< /Root 1 0 R >>\n"


@attack(SAVING)
def body_and_end() -> bytes:
    return signed() + _body_only(signed()) + b"%%EOF\n"


@attack(SAVING)
def body_and_old_start() -> bytes:
    start = signed()[signed().rindex(b"startxref") :]
    return signed() + _body_only(signed()) + start


@attack(SAVING)
def table_in_a_remark() -> bytes:
    whole = appended(signed(), _objects(signed()))[len(signed()) :]
    return signed() + b"%PDF-1.7\n%" + whole.replace(b"xref\n", b"xref %", 1)


@attack(SAVING)
def remark_before_it() -> bytes:
    content = signed() + b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    return appended(content, _objects(content))


@attack(SAVING)
def signature_field_again_with_it() -> bytes:
    """The signature's dictionary stands in the new body too, so that readers find it with the changes."""
    content = signed()
    copied = {number: body(content, number) for number in _signature_numbers(content)}
    return appended(content, {**copied, **_objects(content)})


def _signature_numbers(content: bytes) -> list[int]:
    head = content[: content.rindex(b"/ByteRange")]
    return [int(head[: head.rindex(b" 0 obj")].split()[-1])]
