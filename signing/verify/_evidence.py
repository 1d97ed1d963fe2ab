"""Certificates and answers about their revocation that a file keeps. Runs in the sandbox.

They lie in the document's security store, in any revision of it (ETSI EN 319 142-1, 5.4.2), and in the containers of
signatures and timestamps. Each piece is remembered with the end of the part of the file that holds it: a timestamp over
that part proves since when it exists (EN 319 102-1, 5.6.2.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import cms, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader

_MOST_STORES = 50
_MOST_PIECES = 2000


@dataclass(frozen=True, slots=True)
class Piece:
    """A certificate, a CRL or an OCSP answer that the file holds."""

    kind: str
    """``certificate``, ``crl`` or ``ocsp``."""
    der: bytes
    end: int
    """Of the part of the file, from its start, that holds the piece."""


@dataclass(slots=True)
class Evidence:
    """All that a file keeps to prove its signatures by."""

    pieces: dict[tuple[str, bytes], Piece] = field(default_factory=dict)

    def add(self, kind: str, der: bytes, end: int) -> None:
        """Remember a piece, and the first place that it is found at."""
        known = self.pieces.get((kind, der))
        if len(self.pieces) < _MOST_PIECES and (known is None or end < known.end):
            self.pieces[kind, der] = Piece(kind, der, end)

    def certificates(self) -> list[x509.Certificate]:
        """Those that can be read."""
        return list(_certificates(piece.der for piece in self.pieces.values() if piece.kind == "certificate"))

    def answers(self) -> list[Piece]:
        """About revocation, in the order they were found."""
        return [piece for piece in self.pieces.values() if piece.kind != "certificate"]

    def end_of(self, certificate: bytes, otherwise: int) -> int:
        """Of the part that holds a certificate."""
        piece = self.pieces.get(("certificate", certificate))
        return piece.end if piece is not None else otherwise


def stored(reader: PdfFileReader) -> Evidence:
    """What the security stores of all revisions hold."""
    evidence = Evidence()
    if "/DSS" not in reader.root and reader.xrefs.total_revisions == 1:
        return evidence
    seen: set[Any] = set()
    revisions = reader.xrefs.total_revisions
    for revision in range(max(0, revisions - _MOST_STORES), revisions):
        try:
            _gather(reader, revision, evidence, seen)
        except MemoryError:
            raise
        except PdfStrictReadError:
            if revision == revisions - 1 and "/DSS" in reader.root:
                raise
        except Exception:  # noqa: BLE001, S112 - a damaged store proves nothing, but does not break a signature
            continue
    return evidence


def _gather(reader: PdfFileReader, revision: int, evidence: Evidence, seen: set[Any]) -> None:
    root = reader.get_historical_root(revision)
    if "/DSS" not in root:
        return
    store = root["/DSS"]
    end = int(reader.xrefs.get_xref_container_info(revision).end_location)
    parts = [(store, {"/Certs": "certificate", "/CRLs": "crl", "/OCSPs": "ocsp"})]
    for_signatures = store.get("/VRI", {})
    if isinstance(for_signatures, generic.DictionaryObject):
        parts += [(part, {"/Cert": "certificate", "/CRL": "crl", "/OCSP": "ocsp"}) for part in for_signatures.values()]
    for part, kinds in parts:
        dictionary = part.get_object()
        for name, kind in kinds.items() if isinstance(dictionary, generic.DictionaryObject) else ():
            listed = dictionary.get(name, ())
            for entry in listed if isinstance(listed, generic.ArrayObject) else ():
                key = _place(reader, entry, revision)
                if key in seen:
                    continue
                seen.add(key)
                der = _content(entry)
                if der is not None:
                    evidence.add(kind, der, end)


def _place(reader: PdfFileReader, entry: Any, revision: int) -> Any:
    """The same for the same bytes: an object as it was last written."""
    if not isinstance(entry, generic.IndirectObject):
        return id(entry)
    try:
        changed = int(reader.xrefs.get_last_change(entry.reference))
    except KeyError:
        changed = revision
    return entry.idnum, entry.generation, min(changed, revision)


def _content(entry: Any) -> bytes | None:
    try:
        found = entry.get_object()
        return bytes(found.data) if isinstance(found, generic.StreamObject) else None
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception:  # noqa: BLE001 - one damaged piece must not hide the others
        return None


def carried(signed_data: cms.SignedData, end: int, evidence: Evidence) -> None:
    """Add what a signature's or a timestamp's own container holds.

    Args:
        signed_data: of the signature or timestamp.
        end: of the part of the file that holds it.
        evidence: to add to.
    """
    try:
        for choice in signed_data["certificates"] or ():
            if choice.name == "certificate":
                evidence.add("certificate", choice.chosen.dump(), end)
        for choice in signed_data["crls"] or ():
            if choice.name == "certificate_list":
                evidence.add("crl", choice.chosen.dump(), end)
        for kind, der in _archived(signed_data["signer_infos"][0]["signed_attrs"]):
            evidence.add(kind, der, end)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - what cannot be read proves nothing
        return


def _archived(attributes: Any) -> Iterator[tuple[str, bytes]]:
    """Adobe's attribute of revocation data, which came before PAdES (ISO 32000-2, 12.8.3.3.2)."""
    for attribute in attributes or ():
        if attribute["type"].native != "adobe_revocation_info_archival":
            continue
        for value in attribute["values"]:
            for name, kind in (("crl", "crl"), ("ocsp", "ocsp")):
                for one in value[name] or ():
                    yield kind, one.dump()


def _certificates(encoded: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for der in encoded:
        try:
            certificate = x509.Certificate.load(der, strict=True)
            _ = certificate.subject, certificate.issuer, certificate.public_key, certificate.native
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            continue
        yield certificate
