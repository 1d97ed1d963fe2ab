"""Identifiers of people (CCCD) and organisations (MST), which certificates are held against."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import Unit, User
from docsvc.errors import Invalid
from docsvc.records.administration import require_unit, require_whole_user
from docsvc.texts import one_line

_PERSONAL = re.compile(r"[0-9A-Za-z-]{1,60}")
_TAX_CODE = re.compile(r"[0-9-]{1,20}")


def identify_user(session: Session, user_id: int, identifier: str, *, by: Actor) -> User:
    """Record a person's identifier, or take it off the record if empty.

    Raises:
        Forbidden, NotFound: see :func:`docsvc.records.administration.require_whole_user`.
        Invalid: see :func:`record_user`.
    """
    user = require_whole_user(session, user_id, by)
    record_user(session, user, identifier, by=by)
    return user


def identify_unit(session: Session, unit_id: int, tax_code: str, *, by: Actor) -> Unit:
    """Record an organisation's tax code, or take it off the record if empty.

    Raises:
        Forbidden: the unit lies outside.
        Invalid: see :func:`record_unit`.
    """
    unit = require_unit(session, unit_id, by)
    record_unit(session, unit, tax_code, by=by)
    return unit


def record_user(session: Session, user: User, identifier: str, *, by: Actor) -> None:
    """As :func:`identify_user`; who may, the caller has seen to. The log does not repeat the number.

    Raises:
        Invalid: other letters than a number has.
    """
    user.identifier = _checked(identifier, _PERSONAL)
    act = "identifier-recorded" if user.identifier else "identifier-removed"
    audit.append(session, actor=by.username, act=act, object_kind="user", object_id=user.id)


def record_unit(session: Session, unit: Unit, tax_code: str, *, by: Actor) -> None:
    """As :func:`identify_unit`; who may, the caller has seen to.

    Raises:
        Invalid: other letters than a tax code has.
    """
    unit.tax_code = _checked(tax_code, _TAX_CODE)
    act = "identifier-recorded" if unit.tax_code else "identifier-removed"
    audit.append(session, actor=by.username, act=act, object_kind="unit", object_id=unit.id, code=unit.tax_code or "")


def _checked(text: str, form: re.Pattern[str]) -> str | None:
    text = one_line(text).replace(" ", "")
    if text and not form.fullmatch(text):
        raise Invalid("Số định danh chỉ gồm chữ số và chữ cái.", "An identifier has digits and letters only.")
    return text or None
