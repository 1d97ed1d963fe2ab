"""What templates may use beside their own values: filters, words, the person, the navigation."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from flask import Flask, request, url_for

from config.document_types import document_types, is_copy
from docsvc.db.records import Annex, Document
from docsvc.issue.desk import VIETNAM
from docsvc.records.annexes import annex_file, annexes_of, label_of
from docsvc.records.effects import state_on
from docsvc.records.terms import LegalEffect
from docsvc.web import words
from docsvc.web.context import parts
from docsvc.web.guard import actor_or_none
from docsvc.web.i18n import LANGUAGES, language, pick
from docsvc.web.navigation import navigation
from docsvc.web.paging import page_address


def shown_date(day: date | None) -> str:
    """``dd/mm/yyyy``, as dates are written here; a dash where it is not known."""
    return f"{day:%d/%m/%Y}" if day else "–"


def shown_moment(moment: datetime | None) -> str:
    """Day and minute where the office is."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M}" if moment else "–"


def shown_size(size_bytes: int) -> str:
    """``82 KB``, ``1,4 MB``: with the decimal mark of the language."""
    if size_bytes < 1024 * 1024:
        return f"{max(1, round(size_bytes / 1024))} KB"
    text = f"{size_bytes / 1024 / 1024:.1f} MB"
    return text if language() == "en" else text.replace(".", ",")


def thousands(number: int) -> str:
    """``12.345``: with the mark of the language."""
    text = f"{number:,}"
    return text if language() == "en" else text.replace(",", ".")


def type_name(key: str) -> str:
    """A document type's name in the reader's language."""
    kind = document_types().get(key)
    return pick(kind.name, kind.name_en) if kind else key


def legal_effect(document: Document) -> LegalEffect | None:
    """Whether it is in force today; ``None`` for documents that do not stand in the register, and copies."""
    return None if is_copy(document.type_key) else state_on(document, parts().desk.today())


def annex_label(document: Document, annex: Annex) -> str:
    """«Phụ lục II» in the reader's language."""
    label = label_of(document, annex)
    return pick(label, label.replace("Phụ lục", "Annex"))


def asset(name: str) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it for long."""
    return url_for("static", filename=name, v=_digest(name))


@cache
def _digest(name: str) -> str:
    content = (resources.files("docsvc.web") / "static" / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def install(app: Flask) -> None:
    """Add filters and names."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 30 * 24 * 3600
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=shown_date,
        moment=shown_moment,
        size=shown_size,
        type_name=type_name,
        thousands=thousands,
        word=words.word,
        act_name=words.act_name,
        effect_does=words.effect_does,
        effect_done=words.effect_done,
        legal_effect=legal_effect,
        indication_name=words.indication_name,
    )
    app.jinja_env.globals.update(
        asset=asset,
        pick=pick,
        languages=LANGUAGES,
        page_address=page_address,
        annexes_of=annexes_of,
        annex_label=annex_label,
        annex_file=annex_file,
        is_copy=is_copy,
    )

    @app.context_processor
    def every_page() -> dict[str, Any]:
        person = actor_or_none()
        return {
            "actor": person,
            "endpoints": app.view_functions,
            "language": language(),
            "navigation": navigation(person),
            "here": request.full_path.rstrip("?") if request.method == "GET" else "/",
        }
