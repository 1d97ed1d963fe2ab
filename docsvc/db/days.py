"""Comparing an instant with a date of Vietnam, in the databases' own words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import FunctionElement

from docsvc.db.base import UtcInstant


class DayEnd(FunctionElement[Any]):
    """The first instant behind a date of Vietnam (UTC+7, no summer time), or behind the date so many days later."""

    inherit_cache = True
    type = UtcInstant()

    def __init__(self, day: ColumnElement[Any] | InstrumentedAttribute[Any], days: int = 0) -> None:
        super().__init__(day, literal(days + 1))


@compiles(DayEnd, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    """As text, in the form in which instants are kept."""
    day, days = (compiler.process(one, **how) for one in element.clauses)
    return f"datetime({day}, {days} || ' days', '-7 hours')"


@compiles(DayEnd, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    day, days = (compiler.process(one, **how) for one in element.clauses)
    return f"((CAST({day} AS DATE) + CAST({days} AS INTEGER))::timestamp AT TIME ZONE 'Asia/Ho_Chi_Minh')"
