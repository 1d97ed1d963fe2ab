"""Real legal texts, read where they lie at the time of the test and never copied into the project."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

from tests.search.relevance.decisions import Written

FOLDER = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[4] / "shared" / "corpora")) / "legal-texts"
AGENCY = "Cơ quan trung ương"
LONGEST_TEXT = 15_000
"""Letters taken of each text, so that indexing stays short."""

_HEADER = re.compile(r"^[\"']?(?P<key>[\w\-]+)[\"']?\s*:\s*[\"']?(?P<value>.*?)[\"']?\s*$", re.MULTILINE)
_REFERENCE = re.compile(r"(\d{1,4})/((?:\d{4}/)?[A-ZĐ][\wĐ]*(?:-[\wĐ]+)*)")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})|(\d{1,2})/(\d{1,2})/(\d{4})")


def legal_texts() -> list[Written]:
    """Those whose header gives a number and symbol that a reference can have; none where the folder is not there."""
    return [found for file in sorted(FOLDER.glob("*.md")) if (found := _read(file)) is not None]


def _read(file: Path) -> Written | None:
    content = file.read_text("utf-8")
    parts = content.split("---", 2)
    headers = (
        {m["key"].lower().replace("-", "_").replace("_", ""): m["value"] for m in _HEADER.finditer(parts[1])}
        if len(parts) == 3
        else {}
    )
    printed = next((headers[key] for key in ("sohieu", "sốhiệu", "documentnumber", "number") if key in headers), "")
    found = _REFERENCE.fullmatch(printed.strip()) or _REFERENCE.search(headers.get("title", ""))
    if found is None or len(found.group(2)) > 30:
        return None
    day = _DAY.search(next((headers[key] for key in ("ngaybanhanh", "ngàybanhành", "date") if key in headers), ""))
    numbers = [int(part) for part in day.groups() if part] if day else [2026, 1, 1]
    on = date(*numbers) if numbers[0] > 31 else date(*reversed(numbers))
    title = headers.get("title", "")
    abstract = (headers.get("trichyeu") or title).strip()
    symbol = found.group(2)
    code = symbol.split("/")[-1].split("-")[0]
    return Written(
        unit=AGENCY,
        number=int(found.group(1)),
        type_key={"QĐ": "qd", "NQ": "nq", "NĐ": "nd", "TT": "tt"}.get(code, "luat"),
        on=on,
        abstract=(title if len(abstract) > 490 else abstract)[:490],
        text=parts[2][:LONGEST_TEXT] if len(parts) == 3 else content[:LONGEST_TEXT],
        signatory=headers.get("nguoiky", "")[:50],
        symbol=symbol,
        name=file.stem,
    )
