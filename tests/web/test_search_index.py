"""The page of the search index: figures for administrators, a rebuild for those of the whole tree."""

from __future__ import annotations

from docsvc.accounts import SYSTEM, Role, grant_role
from docsvc.records import rebuilding
from tests.web.office import Office, text_of

PLACE = "/admin/search-index"


def test_only_who_administers_every_unit_has_the_index_built_anew(office: Office) -> None:
    minh = office.browser("minh")
    assert "Lập lại chỉ mục" not in text_of(minh.get(PLACE))
    assert minh.send(PLACE, PLACE).status_code == 403
    with office.service.database.write() as session:
        grant_role(session, office.actors["minh"].user_id, office.units["TL"], Role.ADMINISTRATOR, by=SYSTEM)
    assert "Chưa chạy lần nào" in text_of(minh.get(PLACE))
    assert minh.send(PLACE, PLACE).status_code == 303
    assert "Chờ tiến trình nền làm tiếp" in text_of(minh.get(PLACE))
    with office.service.database.read() as session:
        build = rebuilding.under_way(session)
    assert build is not None
    assert build.asked_by == "minh"
    assert minh.send(PLACE, f"{PLACE}/{build.id}/give-up").status_code == 303
    assert "Đã thôi" in text_of(minh.get(PLACE))
    assert minh.send(PLACE, f"{PLACE}/{build.id}/give-up").status_code == 409
