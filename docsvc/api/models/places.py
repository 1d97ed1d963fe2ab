"""Places of number, date, signature and seal on the pages."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from docsvc.api.models.base import Asked, Told
from docsvc.api.models.documents import Document
from docsvc.issue.placing import Concern
from signing.places import Box, IssuePlaces

Points = Annotated[float, Field(ge=0, le=20_000, allow_inf_nan=False)]


class AskedBox(Asked):
    """A rectangle on a page as it is shown, in points (1/72 inch) from its lower left corner."""

    page: Annotated[int, Field(ge=1, le=20_000)] = Field(json_schema_extra={"example": 1})
    left: Points = Field(json_schema_extra={"example": 139.2})
    bottom: Points = Field(json_schema_extra={"example": 713.4})
    width: Points = Field(json_schema_extra={"example": 31.5})
    height: Points = Field(json_schema_extra={"example": 14.4})

    def box(self, *, italic: bool = False) -> Box:
        """As the use case takes it."""
        right, top = self.left + self.width, self.bottom + self.height
        return Box(self.page - 1, self.left, self.bottom, right, top, italic=italic)


class AskedPlaces(Asked):
    """Where everything goes; what is left out has no place."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": {"page": 1, "left": 139.2, "bottom": 713.4, "width": 31.5, "height": 14.4},
                "day": {"page": 1, "left": 386.6, "bottom": 713.2, "width": 23, "height": 15.5},
                "month": {"page": 1, "left": 442.5, "bottom": 713.2, "width": 23, "height": 15.5},
                "personal_signature": {"page": 1, "left": 343, "bottom": 485, "width": 150, "height": 85},
                "printed_year": 2026,
            }
        }
    )

    number: AskedBox | None = None
    day: AskedBox | None = None
    month: AskedBox | None = None
    year: AskedBox | None = None
    personal_signature: AskedBox | None = None
    organisation_signature: AskedBox | None = Field(
        default=None,
        description="Only its middle counts: the seal has its real size. Left out, it covers a third of the "
        "signature at its left.",
    )
    printed_month: Annotated[int, Field(ge=1, le=12)] | None = None
    printed_year: Annotated[int, Field(ge=1900, le=2100)] | None = None

    def places(self) -> IssuePlaces:
        """As the use case takes them."""
        return IssuePlaces(
            number=self.number.box() if self.number else None,
            day=self.day.box(italic=True) if self.day else None,
            month=self.month.box(italic=True) if self.month else None,
            year=self.year.box(italic=True) if self.year else None,
            personal_signature=self.personal_signature.box() if self.personal_signature else None,
            organisation_signature=self.organisation_signature.box() if self.organisation_signature else None,
            printed_month=None if self.month else self.printed_month,
            printed_year=None if self.year else self.printed_year,
        )


class ConcernTold(Told):
    """What a person should look at again; nothing was refused for it."""

    code: str = Field(json_schema_extra={"example": "covers-text"})
    text: str

    @classmethod
    def of(cls, concern: Concern, language: str) -> ConcernTold:
        """In the reader's language."""
        return cls(code=concern.code, text=concern.text_en if language == "en" else concern.text_vi)


class PlacesKept(Told):
    """The document with its places as they were kept: number and date settle on the printed line they are near."""

    document: Document
    concerns: tuple[ConcernTold, ...]
