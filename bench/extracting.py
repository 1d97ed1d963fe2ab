"""Text out of PDFs: pdfium as docsvc uses it, plain pypdf and poppler's ``pdftotext``, by who made the file.

What came out is held against what was put in, word by word and in order. Files of Chromium and of LibreOffice are
measured where these programs are installed. Recognition of a scan is measured where tesseract is.
"""

from __future__ import annotations

import difflib
import io
import re
import shutil
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pypdf

from bench.tables import by_turns, middle, show
from docsvc.example.drafts import Draft, draft_pdf
from signing._pdfium import opened_pdf
from signing.ocr import DOTS_PER_INCH, Recogniser
from signing.pages import page_sizes, render_page
from signing.sandbox import Limits
from signing.texts import _text, read_text
from tests.signing.texts import SENTENCES, in_tcvn3, in_vni, leaves, scanned

SECONDS = 1.0
PAGES, TIMES = 5, 6
"""Pages of a file, and how often the sentences stand on one."""
WORD = re.compile(r"\w+")
LIMITS = Limits()
CHROMIUM = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer")
ENGLISH = (
    "Internationalization considerations notwithstanding, administrative communications require "
    "extraordinarily comprehensive documentation of responsibilities, efficiencies and offices. "
) * 12
NOTE = (
    "Milliseconds a page, medians by turns, on files of some {pages} pages; `pdftotext` counts the start of its "
    "process once a file. In brackets the share of words that came out as they were put in, in their order."
)


@dataclass(frozen=True)
class Case:
    """A file and what stands on it."""

    name: str
    content: bytes
    text: str


def main() -> None:
    cases = [*ours(), *old_fonts(), *of_chromium(), *of_libreoffice()]
    ways: dict[str, Callable[[bytes], str]] = {
        "docsvc (pdfium)": by_pdfium,
        "docsvc, in the sandbox": lambda content: "\n".join(one.text for one in read_text(content, limits=LIMITS)),
        "pypdf": by_pypdf,
    }
    if shutil.which("pdftotext"):
        ways["pdftotext"] = by_poppler
    rows = []
    for case in cases:
        timed = by_turns({name: partial(way, case.content) for name, way in ways.items()}, seconds=SECONDS)
        pages = len(pypdf.PdfReader(io.BytesIO(case.content)).pages)
        cells = [
            f"{middle(timed[name]) / pages * 1000:.2f} ({rightness(case.text, way(case.content))})"
            for name, way in ways.items()
        ]
        rows.append((case.name, *cells))
    show("Reading text", ("file", *ways), rows, [NOTE.format(pages=PAGES)])
    recognising()


def by_pdfium(content: bytes) -> str:
    with opened_pdf(content) as document:
        return "\n".join(_text(page).text for page in document)


def by_pypdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def by_poppler(content: bytes) -> str:
    command = ["pdftotext", "-enc", "UTF-8", "-", "-"]
    return subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True).stdout.decode()


def rightness(put_in: str, came_out: str) -> str:
    """Words that came out as they were put in, in their order; nothing is made up for a reader's lacks."""
    wanted, found = WORD.findall(put_in), WORD.findall(came_out)
    same = sum(
        block.size for block in difflib.SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    )
    return f"{same / max(len(wanted), len(found), 1):.0%}"


def ours() -> list[Case]:
    lines = tuple(line for line in SENTENCES for _ in range(TIMES))
    body = tuple(f"{line} Khoản {number}." for number, line in enumerate(SENTENCES * 25, 1))
    decision = draft_pdf(
        Draft(
            type_key="qd",
            abstract="Về việc kiện toàn Ban Chỉ đạo chuyển đổi số",
            superior="",
            agency="Ủy ban nhân dân\nxã Tân Lập",
            symbol="QĐ-UBND",
            place="Tân Lập",
            year=2026,
            decided_by="Ủy ban nhân dân xã Tân Lập",
            bases=(),
            body=body,
            signing=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
            signatory="Lê Đình Khải",
            recipients=("Lưu: VT.",),
        )
    )
    head = (
        "ỦY BAN NHÂN DÂN XÃ TÂN LẬP Số QĐ UBND CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập Tự do Hạnh phúc Tân Lập ngày "
        "tháng năm 2026 QUYẾT ĐỊNH Về việc kiện toàn Ban Chỉ đạo chuyển đổi số ỦY BAN NHÂN DÂN XÃ TÂN LẬP QUYẾT ĐỊNH "
    )
    foot = " Nơi nhận: - Lưu: VT. TM. ỦY BAN NHÂN DÂN CHỦ TỊCH Lê Đình Khải"
    decomposed = tuple(unicodedata.normalize("NFD", line) for line in lines)
    return [
        Case("a decision of the example office", decision, head + " ".join(body) + foot),
        Case("reportlab", leaves(*[lines] * PAGES), " ".join(lines * PAGES)),
        Case("reportlab, decomposed letters (NFD)", leaves(*[decomposed] * PAGES), " ".join(lines * PAGES)),
    ]


def old_fonts() -> list[Case]:
    lines = tuple(line.replace("Ủ", "ủ") for line in SENTENCES for _ in range(TIMES))
    said = {"TCVN3": tuple(map(in_tcvn3, lines)), "VNI": tuple(map(in_vni, lines))}
    return [
        Case(
            "an old font, .VnTime (TCVN3)",
            leaves(*[said["TCVN3"]] * PAGES, name=".VnTime", encoding="TCVN3"),
            " ".join(lines * PAGES),
        ),
        Case("an old font, VNI-Times", leaves(*[said["VNI"]] * PAGES, name="VNI-Times"), " ".join(lines * PAGES)),
    ]


def of_chromium() -> list[Case]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return []
    paragraphs = [f"{line} Khoản {number}." for number, line in enumerate(SENTENCES * 30, 1)]
    html = "".join(f"<p>{line}</p>" for line in paragraphs)
    columns = f'<div style="columns:2">{html}</div>'
    soft = re.sub(r"(\w{4})(?=\w{4})", "\\1\u00ad", ENGLISH)
    hyphens = f'<div lang="en" style="columns:5;text-align:justify"><p>{soft}</p></div>'
    decomposed = unicodedata.normalize("NFD", html)
    return [
        Case("Chromium", printed(program, html), " ".join(paragraphs)),
        Case("Chromium, decomposed letters (NFD)", printed(program, decomposed), " ".join(paragraphs)),
        Case("Chromium, two columns", printed(program, columns), " ".join(paragraphs)),
        Case("Chromium, words broken at line ends", printed(program, hyphens), ENGLISH),
    ]


def printed(program: str, html: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        page, made = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(f'<!doctype html><meta charset="utf-8"><body style="font:13pt Tinos,serif">{html}', "utf-8")
        command = [program, *CHROMIUM, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return made.read_bytes()


def of_libreoffice() -> list[Case]:
    program = shutil.which("soffice")
    if program is None:
        return []
    paragraphs = [f"{line} Khoản {number}." for number, line in enumerate(SENTENCES * 30, 1)]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text('<meta charset="utf-8">' + "".join(f"<p>{line}</p>" for line in paragraphs), "utf-8")
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to"]
        command += ["pdf:writer_web_pdf_Export", "--outdir", folder, str(page)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        return [Case("LibreOffice", page.with_suffix(".pdf").read_bytes(), " ".join(paragraphs))]


def recognising() -> None:
    """A page of a decision, scanned well and less well."""
    recogniser = Recogniser.installed()
    if recogniser is None or recogniser.problem:
        print("\nRecognition is not measured: tesseract with its Vietnamese model is not installed.")
        return
    lines = SENTENCES * 6
    rows = []
    for name, dpi, skew, turned in (
        ("200 dpi, 0.3° askew", 200, 0.3, 0),
        ("100 dpi", 100, 0.3, 0),
        ("2° askew", 200, 2.0, 0),
        ("upside down", 200, 0.3, 180),
        ("a quarter turned", 200, 0.3, 90),
    ):
        scan = scanned(leaves(lines), dpi=dpi, skew=skew, turned=turned)
        width = round(page_sizes(scan, limits=LIMITS)[0].width * DOTS_PER_INCH / 72)
        began = time.perf_counter()
        picture = render_page(scan, 0, width_px=width, limits=LIMITS)
        drawn = time.perf_counter()
        found = recogniser.recognise(picture)
        done = time.perf_counter()
        cells = (f"{drawn - began:.1f}", f"{done - drawn:.1f}", f"{found.confidence}")
        rows.append((name, *cells, rightness(" ".join(lines), found.text)))
    show(
        f"Recognising a scanned page ({recogniser.name})",
        ("scan", "drawing, s", "reading, s", "confidence", "right"),
        rows,
    )


if __name__ == "__main__":
    main()
