"""The one error of the search library."""

from __future__ import annotations


class SearchError(Exception):
    """A search index could not be read or written.

    ``code`` is stable and meant for programs:

    ``index-damaged``
        The index is missing or unreadable. Call ``Engine.clear()`` and index all documents again.
    ``index-outdated``
        The index was written by another version of this library. Call ``Engine.clear()`` and index again.
    ``index-busy``
        Another process held the writer's lock for too long. Try again later; nothing was written.
    ``index-unreadable``
        The system refused to read (no permission, too many open files, no memory). The index may well be whole.
    ``index-unwritable``
        The disk refused the write (full, read-only, no permission). The previous index still answers.

    ``message_vi`` and ``message_en`` are for people, and say what to do next.
    """

    def __init__(self, code: str, message_vi: str, message_en: str) -> None:
        super().__init__(f"{code}: {message_en}")
        self.code = code
        self.message_vi = message_vi
        self.message_en = message_en

    def __reduce__(self) -> tuple[type[SearchError], tuple[str, str, str]]:
        """Pickle by the three constructor arguments, so that the error crosses process borders whole."""
        return type(self), (self.code, self.message_vi, self.message_en)


def damaged(reason: str) -> SearchError:
    """Say that the index cannot be read and must be built again."""
    return SearchError(
        "index-damaged",
        f"Chỉ mục tìm kiếm bị thiếu hoặc hỏng ({reason}). Hãy lập lại chỉ mục.",
        f"The search index is missing or damaged ({reason}). Build it again.",
    )


def outdated(reason: str) -> SearchError:
    """Say that the index has another format and must be built again."""
    return SearchError(
        "index-outdated",
        f"Chỉ mục tìm kiếm thuộc phiên bản khác ({reason}). Hãy lập lại chỉ mục.",
        f"The search index belongs to another version ({reason}). Build it again.",
    )


def busy(seconds: float) -> SearchError:
    """Say that the writer's lock was not free in time."""
    return SearchError(
        "index-busy",
        f"Chỉ mục tìm kiếm đang được ghi bởi tiến trình khác (đã chờ {seconds:g} giây). Hãy thử lại.",
        f"Another process is writing the search index (waited {seconds:g} s). Try again.",
    )


def unreadable(reason: str) -> SearchError:
    """Say that the system refused to read."""
    return SearchError(
        "index-unreadable",
        f"Hiện không đọc được chỉ mục tìm kiếm ({reason}). Hãy kiểm tra quyền đọc và tài nguyên máy rồi thử lại.",
        f"The search index cannot be read now ({reason}). Check permissions and the machine's limits, then try again.",
    )


def unwritable(reason: str) -> SearchError:
    """Say that the disk refused a write."""
    return SearchError(
        "index-unwritable",
        f"Không ghi được chỉ mục tìm kiếm ({reason}). Hãy kiểm tra ổ đĩa và quyền ghi rồi thử lại.",
        f"The search index could not be written ({reason}). Check the disk and its permissions, then try again.",
    )
