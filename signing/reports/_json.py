"""A verification as JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from signing.reports import model
from signing.reports._evidence import Container, Token
from signing.reports._report import VerificationReport, ders, fingerprint
from signing.reports._settings import settings_of
from signing.verify import Change, Reason, SignatureReport, TimestampReport


def modelled(report: VerificationReport) -> model.Report:
    """The report in the form that is written."""
    file, tokens = report.file, _tokens(report)
    return model.Report.model_validate(
        {
            "format": model.FORMAT,
            "program": {
                "name": report.program.name,
                "version": report.program.version,
                "libraries": [{"name": name, "version": version} for name, version in report.program.libraries],
            },
            "made_at": report.made_at,
            "judged_for": file.checked_at,
            "file": {"name": report.file_name, "sha256": file.sha256, "size_bytes": file.size_bytes},
            "verdict": str(file.verdict),
            "message": {"vi": file.message_vi, "en": file.message_en},
            "signatures": [_signature(report, one, tokens) for one in file.signatures],
            "document_timestamps": [_stamp(report, one, tokens) for one in file.document_timestamps],
            "notes": plain(file.notes),
            "trust": {
                "anchors": _certificates(report, ders(report.trust.roots)),
                "intermediates": _certificates(report, ders(report.trust.intermediates)),
            },
            "settings": settings_of(report.trust),
            "algorithms": plain(report.algorithms),
            "timestamps": [
                _token(report, name, container, token)
                for container in report.evidence.containers
                for token in container.tokens
                for name in [tokens[token.der]]
            ],
            "certificates": _certificates(report, report.certificates),
            "revocation_data": [
                {
                    "id": f"revocation-{number}",
                    "kind": one.kind,
                    "issuer": one.issuer,
                    "at": one.at,
                    "until": one.until,
                    "sha256": fingerprint(one.der),
                    "size_bytes": len(one.der),
                    "in_file": one.in_file,
                }
                for number, one in enumerate(report.evidence.answers, 1)
            ],
            "fetched": plain(file.fetched),
        }
    )


def as_json(report: VerificationReport) -> bytes:
    """The report as a file."""
    return modelled(report).model_dump_json(indent=1).encode() + b"\n"


def plain(value: Any) -> Any:
    """Dataclasses of the verdict as plain values; words become ``vi`` and ``en``."""
    if is_dataclass(value):
        short = {"text_vi": "vi", "text_en": "en"} if isinstance(value, Reason | Change) else {}
        return {short.get(one.name, one.name): plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, bytes):
        return encoded(value)
    return value


def encoded(value: bytes) -> str:
    """Base64."""
    return base64.b64encode(value).decode()


def _tokens(report: VerificationReport) -> dict[bytes, str]:
    every = dict.fromkeys(token.der for one in report.evidence.containers for token in one.tokens)
    return {der: f"timestamp-{number}" for number, der in enumerate(every, 1)}


def _token(report: VerificationReport, name: str, container: Container, token: Token) -> dict[str, Any]:
    return {
        "id": name,
        "field_name": container.field_name,
        "over": "document" if container.kind == "/ETSI.RFC3161" else "signature",
        "at": token.at,
        "sha256": fingerprint(token.der),
        "imprint_algorithm": token.imprint_algorithm,
        "digest_algorithm": token.digest_algorithm,
        "path": [fingerprint(one) for one in report.path_from(token.certificate)],
    }


def _common(
    report: VerificationReport, one: SignatureReport | TimestampReport, tokens: dict[bytes, str]
) -> tuple[Container | None, dict[str, Any]]:
    container = report.container_of(one.field_name)
    told = plain(one)
    told["tokens"] = [tokens[token.der] for token in container.tokens] if container else []
    told["path"] = [fingerprint(der) for der in report.path_from(container.certificate)] if container else []
    told["cms_sha256"] = fingerprint(container.der) if container else None
    return container, told


def _signature(report: VerificationReport, one: SignatureReport, tokens: dict[bytes, str]) -> dict[str, Any]:
    container, told = _common(report, one, tokens)
    told["kind"] = container.kind if container else ""
    told["document_digest"] = _digest(container, container.document_digest) if container else None
    told["to_be_signed_digest"] = _digest(container, container.to_be_signed) if container else None
    told["signature_value"] = encoded(container.signature_value) if container else ""
    return told


def _stamp(report: VerificationReport, one: TimestampReport, tokens: dict[bytes, str]) -> dict[str, Any]:
    return _common(report, one, tokens)[1]


def _digest(container: Container, value: bytes) -> dict[str, Any] | None:
    return {"algorithm": container.digest_algorithm, "value": value.hex()} if value else None


def _certificates(report: VerificationReport, ders: tuple[bytes, ...]) -> list[dict[str, Any]]:
    told = [report.described(der) for der in ders]
    return [
        {
            "sha256": one.sha256,
            "subject": one.subject,
            "issuer": one.issuer,
            "serial": one.serial,
            "not_before": one.not_before,
            "not_after": one.not_after,
            "der": encoded(one.der),
        }
        for one in told
        if one is not None
    ]
