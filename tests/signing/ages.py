"""Files that grow old: signed, stored with their proofs, and renewed by one timestamp authority after another."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore

from tests.signing.authority import DAY, NOW, Holder, Key, issue, new_key, page, revocation_list, sign

YEAR = 365 * DAY


@dataclass(slots=True)
class Ages:
    """An authority whose certificates end one after another: the signer's after 300 days, timestamps' in turn."""

    root: Holder = field(init=False)
    issuing: Holder = field(init=False)
    person: Holder = field(init=False)
    first: Holder = field(init=False)
    """Stamps until a year from now."""
    second: Holder = field(init=False)
    """Stamps from 300 days until five years."""
    third: Holder = field(init=False)
    """Stamps from four until nine years."""

    def __post_init__(self) -> None:
        self.root = issue("Gốc lâu năm", use="authority", until=NOW + 20 * YEAR)
        self.issuing = issue("CA hai năm", use="authority", under=self.root, until=NOW + 2 * YEAR)
        self.person = issue("Nguyễn Văn Cổ", under=self.issuing, until=NOW + 300 * DAY)
        self.first = self.stamping("TSA một", NOW - DAY, NOW + YEAR, bits=2048)
        self.second = self.stamping("TSA hai", NOW + 300 * DAY, NOW + 5 * YEAR, bits=3072)
        self.third = self.stamping("TSA ba", NOW + 4 * YEAR, NOW + 9 * YEAR, bits=3072)

    def stamping(self, name: str, since: datetime, until: datetime, bits: int) -> Holder:
        return issue(name, use="timestamps", under=self.root, key=rsa_key(bits), since=since, until=until)

    def signed(self, at: datetime = NOW, by: Holder | None = None, **details: Any) -> bytes:
        """Of level B-T."""
        return sign(page(), by or self.person, timestamper=stamper(self.first, at), **details)

    def kept(self, content: bytes, at: datetime, revoked: Sequence[tuple[Holder, datetime]] = ()) -> bytes:
        """With the lists of both authorities as of a moment."""
        lists = [revocation_list(authority, revoked, at) for authority in (self.root, self.issuing)]
        return stored(content, [self.issuing, self.first, self.second, self.third], lists)

    def renewed(
        self, content: bytes, at: datetime, by: Holder, revoked: Sequence[tuple[Holder, datetime]] = ()
    ) -> bytes:
        """With the lists of that moment and a timestamp over everything."""
        return stamped(self.kept(content, at, revoked), stamper(by, at))

    def archived(self) -> bytes:
        """Of level B-LTA, from today."""
        return self.renewed(self.signed(), NOW + timedelta(hours=1), self.first)


@functools.cache
def rsa_key(bits: int) -> Key:
    """One for all timestamp authorities: making them takes long."""
    return new_key(bits)


def stamper(by: Holder, at: datetime) -> DummyTimeStamper:
    return DummyTimeStamper(by.asn1, by.asn1_key, fixed_dt=at)


def stored(content: bytes, certificates: Sequence[Holder], lists: Sequence[Any]) -> bytes:
    """With certificates and lists in the document's security store."""
    kept = io.BytesIO(content)
    DocumentSecurityStore.add_dss(kept, sig_contents=None, certs=[one.asn1 for one in certificates], crls=lists)
    return kept.getvalue()


def stamped(content: bytes, by: DummyTimeStamper) -> bytes:
    """With a timestamp over the document."""
    made = signers.PdfTimeStamper(by).timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), "sha256")
    return bytes(made.getvalue())
