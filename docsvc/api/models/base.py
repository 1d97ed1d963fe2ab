"""What the models share: strictness on the way in, plain values on the way out."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LARGEST_ID = 2**63 - 1


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("the NUL character is not allowed")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("unpaired surrogates are not allowed") from None
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""Text that a database can keep."""

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class Asked(BaseModel):
    """A part of a request: nothing unknown is passed over in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Told(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)
