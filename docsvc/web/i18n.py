"""Languages of the pages: Vietnamese as written in the sources, other languages from gettext catalogues.

Catalogues are read as ``.po`` files when first needed, so no compiled file has to be kept in step.
"""

from __future__ import annotations

import gettext as stdlib_gettext
import io
from functools import cache
from importlib import resources
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request

from docsvc.problems import DomainError, message_of
from docsvc.web.guard import actor_or_none

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
DEFAULT = "vi"
COOKIE = "docsvc_language"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translate where it is shown"
    """Mark a text for the catalogue; :func:`gettext` translates it when it is shown."""
    return text


def language() -> str:
    """The language of this request: chosen in the header, else the person's own."""
    if not has_request_context():
        return DEFAULT
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        if chosen not in LANGUAGES:
            person = actor_or_none()
            chosen = person.language if person else DEFAULT
        g.language = chosen if chosen in LANGUAGES else DEFAULT
    return str(g.language)


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language, with ``%(name)s`` filled in."""
    translated = translations(language()).gettext(text)
    return translated % values if values else translated


def pick(vi: str, en: str) -> str:
    """One of two texts that come from the domain in both languages."""
    return en if language() == "en" else vi


def told(error: DomainError) -> str:
    """An error's message in the reader's language."""
    return message_of(error, language())


@cache
def translations(code: str) -> stdlib_gettext.NullTranslations:
    """The catalogue of a language; Vietnamese needs none."""
    file = resources.files("docsvc.web") / "translations" / code / "LC_MESSAGES" / "messages.po"
    if not file.is_file():
        return stdlib_gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes()), locale=code))
    compiled.seek(0)
    return stdlib_gettext.GNUTranslations(compiled)


def install(app: Flask) -> None:
    """Let templates translate."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    environment: Any = app.jinja_env
    environment.install_gettext_callables(_plain, _plural, newstyle=True)


def _plain(text: str) -> str:
    return translations(language()).gettext(text)


def _plural(one: str, many: str, count: int) -> str:
    return translations(language()).ngettext(one, many, count)
