"""Shares and what is behind them."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from docsvc.api.models.base import Asked, Id, Told
from docsvc.api.models.documents import DocumentSummary
from docsvc.api.models.finding import PageNumber, PerPage
from docsvc.records.shares import Listing, Metric, Part


class PeriodQuery(Asked):
    """Days, both included."""

    start: date = Field(alias="from", description="First day.", json_schema_extra={"example": "2026-01-01"})
    end: date = Field(alias="to", description="Last day.", json_schema_extra={"example": "2026-09-30"})


class SharesQuery(PeriodQuery):
    """Whose shares, for which days."""

    unit_id: Id | None = Field(default=None, description="Only this unit and those below it.")


class BehindQuery(PeriodQuery):
    """One side of one share."""

    unit_id: Id
    metric: Metric
    part: Part = Field(description="`counted`: in the numerator; `remainder`: in the denominator only.")
    page: PageNumber = 1
    per_page: PerPage = 50


class Share(Told):
    """A share as two whole numbers; with a total of 0 there is no share."""

    counted: int
    total: int
    percent: str = Field(
        description="One decimal, rounded half up; `–` where there is no share.", json_schema_extra={"example": "88.2%"}
    )


class UnitShares(Told):
    """The shares of a unit together with the units below it."""

    unit_id: Id
    name: str
    depth: int = Field(description="0 for the roots of the report.")
    documents: int
    electronic: Share = Field(description="Issued electronically ÷ documents.")
    paperless: Share = Field(description="Electronic and no paper copy sent to anybody ÷ documents.")
    personal: Share = Field(description="With a valid personal signature ÷ electronic documents.")


class SharesReport(Told):
    """Shares of every unit, each before those below it; secret documents are in none."""

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    units: tuple[UnitShares, ...]


class DocumentsBehind(Told):
    """The documents of one side of a share."""

    total: int
    hidden: int = Field(description="Counted, but not for this person to read.")
    page: int
    pages: int
    documents: tuple[DocumentSummary, ...]

    @classmethod
    def of(cls, found: Listing, *, page: int, per_page: int) -> DocumentsBehind:
        """A page of what a figure counts."""
        return cls(
            total=found.total,
            hidden=found.hidden,
            page=page,
            pages=max(1, -(-(found.total - found.hidden) // per_page)),
            documents=tuple(DocumentSummary.of(document) for document in found.documents),
        )
