"""What the issue flow works with: handed over by the wiring, never looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from docsvc.db import Database
from docsvc.issue.report_key import ReportKey
from docsvc.store import ObjectStore
from signing.fetching import Fetching
from signing.fitness import Recent
from signing.ocr import Recogniser
from signing.preserve import Level
from signing.remote import RemoteService
from signing.revocation import RevocationSource
from signing.sandbox import Limits
from signing.timestamp import Timestamper
from signing.verify import FileReport, Trust, verify

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class Desk:
    """The collaborators of every step."""

    database: Database
    store: ObjectStore
    trust: Trust
    timestamper: Timestamper | None
    """``None`` signs at B-B only; with one, a signature without its timestamp is never made."""
    clock: Callable[[], datetime]
    """Now, aware UTC."""
    revocation: RevocationSource | None = None
    """Whom to ask whether certificates were revoked, for levels above B-T."""
    level: Level = Level.B_T
    """What issued documents are brought to when they are sealed."""
    floor: Level = Level.B_T
    """B-B: rather go on at that level than wait for a timestamp server that does not answer."""
    status_seconds: float = 30
    """The longest wait for all revocation servers, for one document."""
    renew_within: timedelta = timedelta(days=180)
    """So long before an archive timestamp ends it is renewed."""
    algorithm_ends: Mapping[str, datetime] = field(default_factory=dict)
    """Until when algorithms of timestamps are to be trusted."""
    limits: Limits = field(default_factory=Limits)
    page_limit: int = 2000
    token_modules: Mapping[str, Path] = field(default_factory=dict)
    """PKCS#11 modules by the names that kept keys have for them; no other is ever loaded."""
    remote_services: Mapping[str, RemoteService] = field(default_factory=dict)
    """Remote signing services by the names that kept keys have for them; no other is ever asked."""
    unknown_status_refused: bool = False
    """Sign nothing while nobody says whether the certificate was revoked."""
    fetching: Fetching | None = None
    """What verification may ask for beyond the file; ``None``: it stays offline."""
    check_address: str = ""
    """Address below which the public check is found, drawn with each document's code into its files; empty: none is."""
    recent: Recent | None = None
    """What was found out about certificates a moment ago; of one pile, and of one issue."""
    report_key: ReportKey | None = None
    """Signs reports of verifications; ``None`` leaves them unsigned, and they say so."""
    recogniser: Recogniser | None = None
    """Reads scanned pages; ``None`` where the settings forbid it or it is not installed."""
    ocr_page_limit: int = 300
    """Most pages of one file that are recognised."""

    def verified(self, content: bytes, *, at: datetime | None = None, fetch: bool = True) -> FileReport:
        """The verdict on a file; with ``fetch``, with what can be fetched where the settings allow it."""
        if fetch and self.fetching is not None:
            return self.fetching.verify(content, trust=self.trust, at=at, limits=self.limits)
        return verify(content, trust=self.trust, at=at, limits=self.limits)

    def today(self) -> date:
        """Today's date where the office is."""
        return self.clock().astimezone(VIETNAM).date()


def vietnam_date(moment: datetime) -> date:
    """The date of an instant where the office is."""
    return moment.astimezone(VIETNAM).date()
