"""What the fixed words of a record are called on the pages."""

from __future__ import annotations

from enum import StrEnum

from docsvc.accounts import Role
from docsvc.records.terms import Access, Channel, Medium, RenditionRole, State, Urgency
from docsvc.web.i18n import N_, gettext

NAMES: tuple[tuple[StrEnum, str], ...] = (
    (State.DRAFT, N_("Dự thảo")),
    (State.SUBMITTED, N_("Chờ ký")),
    (State.SIGNED, N_("Đã ký, chờ cấp số")),
    (State.NUMBERED, N_("Đã cấp số, chờ đóng dấu")),
    (State.SEALED, N_("Đã đóng dấu, chờ phát hành")),
    (State.ISSUED, N_("Đã ban hành")),
    (State.WITHDRAWN, N_("Đã thu hồi")),
    (Medium.ELECTRONIC, N_("Văn bản điện tử")),
    (Medium.PAPER, N_("Văn bản giấy")),
    (Access.PUBLIC, N_("Công khai")),
    (Access.INTERNAL, N_("Nội bộ")),
    (Access.RESTRICTED, N_("Hạn chế")),
    (Urgency.NORMAL, N_("Thường")),
    (Urgency.URGENT, N_("Khẩn")),
    (Urgency.VERY_URGENT, N_("Thượng khẩn")),
    (Urgency.EXPRESS, N_("Hỏa tốc")),
    (Channel.ELECTRONIC, N_("Điện tử")),
    (Channel.PAPER, N_("Giấy")),
    (Channel.BOTH, N_("Điện tử và giấy")),
    (RenditionRole.DRAFT, N_("Bản dự thảo")),
    (RenditionRole.SIGNED, N_("Bản lãnh đạo đã ký")),
    (RenditionRole.ISSUED, N_("Bản phát hành")),
    (RenditionRole.SCAN, N_("Bản quét")),
    (Role.DRAFTER, N_("Soạn thảo")),
    (Role.LEADER, N_("Lãnh đạo")),
    (Role.CLERK, N_("Văn thư")),
    (Role.AUDITOR, N_("Kiểm tra")),
    (Role.ADMINISTRATOR, N_("Quản trị")),
    (Role.READER, N_("Tra cứu")),
)
"""Pairs, not a table by word: «draft» is a state and a rendition, «electronic» a medium and a channel."""

_BY_KIND = {(type(member), str(member)): text for member, text in NAMES}
_KINDS: dict[str, type[StrEnum]] = {
    "state": State,
    "medium": Medium,
    "access": Access,
    "urgency": Urgency,
    "channel": Channel,
    "rendition": RenditionRole,
    "role": Role,
}


def word(value: str, kind: str) -> str:
    """What a value kept in the database is called: ``word("draft", "state")``."""
    return gettext(_BY_KIND.get((_KINDS[kind], str(value)), str(value)))
