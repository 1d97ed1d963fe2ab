"""Settings of the service: defaults, then a TOML file, then ``DOCSVC_*`` environment variables.

Only the wiring and the command line read settings; everything else is handed what it needs.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

MOST = 2**31 - 1
"""Largest value of a number that names no limit of its own; the smallest is 1 where it names none."""
_TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)


class SettingsError(ValueError):
    """A setting is unknown or has a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ between two installations."""

    data_dir: Path = field(default=Path("var"), metadata={"help": "Folder for all embedded data."})
    database_url: str = field(default="", metadata={"help": "SQLAlchemy URL; empty means SQLite in the data folder."})
    store: Literal["file", "s3"] = field(default="file", metadata={"help": "Where renditions lie."})
    s3_endpoint: str = field(default="", metadata={"help": "host:port of the S3 server."})
    s3_access_key: str = field(default="", metadata={"help": "S3 access key."})
    s3_secret_key: str = field(default="", metadata={"help": "S3 secret key."})
    s3_bucket: str = field(default="docsvc", metadata={"help": "Bucket for renditions."})
    s3_secure: bool = field(default=True, metadata={"help": "Use TLS towards the S3 server."})
    secret_key: str = field(default="", metadata={"help": "Signs cookies; empty means a key kept in the data folder."})
    host: str = field(default="127.0.0.1", metadata={"help": "Address to listen on."})
    port: int = field(default=8080, metadata={"help": "Port to listen on.", "most": 65535})
    threads: int = field(default=8, metadata={"help": "Request threads of the web server."})
    behind_proxy: bool = field(
        default=False, metadata={"help": "Trust X-Forwarded-* of one proxy, and send cookies over TLS only."}
    )
    public_url: str = field(default="", metadata={"help": "Address people use; empty means http://host:port."})
    pki: Literal["embedded", "none"] = field(
        default="embedded", metadata={"help": "embedded: the service's own test PKI; none: real keys only."}
    )
    pkcs11_modules: str = field(
        default="", metadata={"help": "PKCS#11 modules of tokens and HSMs: name=path, several separated by commas."}
    )
    csc_services: str = field(
        default="",
        metadata={"help": "Remote signing services (CSC API v2): name=https://… /secret/file, separated by commas."},
    )
    csc_timeout_seconds: int = field(default=20, metadata={"help": "Longest wait for a remote signature."})
    tsa_url: str = field(default="", metadata={"help": "RFC 3161 server; empty means the embedded one, if any."})
    tsa_further_urls: str = field(
        default="", metadata={"help": "Servers asked in this order when tsa_url gives no timestamp, between commas."}
    )
    tsa_policy: str = field(
        default="", metadata={"help": "Policy that timestamps must have, as a dotted number; empty means any."}
    )
    tsa_timeout_seconds: int = field(
        default=10, metadata={"help": "Longest wait for one timestamp or revocation server."}
    )
    tsa_total_seconds: int = field(
        default=20, metadata={"help": "Longest wait for all timestamp, or all revocation servers, for one signature."}
    )
    tsa_clock_tolerance_seconds: int = field(
        default=300, metadata={"help": "How far a timestamp's time may be from this machine's."}
    )
    signature_level_floor: Literal["B-T", "B-B"] = field(
        default="B-T", metadata={"help": "B-B: sign without a timestamp, for the time being, when no server answers."}
    )
    preserve_every_minutes: int = field(
        default=60, metadata={"help": "How often the worker brings documents up to their level and renews them."}
    )
    renew_within_days: int = field(
        default=180, metadata={"help": "So long before an archive timestamp ends the worker renews it."}
    )
    algorithms_file: str = field(
        default="", metadata={"help": "TOML table of the dates on which algorithms end; empty means the built-in one."}
    )
    signature_level: Literal["B-T", "B-LT", "B-LTA"] = field(
        default="B-T", metadata={"help": "PAdES level of issued documents, where there are timestamps."}
    )
    revocation_unknown: Literal["go-on", "refuse"] = field(
        default="go-on",
        metadata={"help": "Whether to sign while nobody says if the certificate was revoked."},
    )
    revocation_private_addresses: bool = field(
        default=False, metadata={"help": "Ask OCSP and CRL servers at addresses of private networks, too."}
    )
    verify_fetching: Literal["off", "on"] = field(
        default="off",
        metadata={"help": "on: verification asks for missing authorities, OCSP and CRLs that certificates name."},
    )
    verify_fetching_public: bool = field(
        default=False, metadata={"help": "Ask also for files that people without a sign-in check."}
    )
    verify_fetching_ports: str = field(
        default="80,443", metadata={"help": "Ports that verification may ask at, between commas."}
    )
    audit_every_days: int = field(
        default=30, metadata={"help": "How often the worker audits every stored file; 0 means never.", "least": 0}
    )
    audit_at_once: int = field(
        default=0,
        metadata={
            "help": "Files that an audit verifies at once; 0 means as many as processors.",
            "least": 0,
            "most": 64,
        },
    )
    trust_dir: str = field(default="", metadata={"help": "Folder of trusted root certificates (PEM or DER)."})
    report_key: str = field(
        default="",
        metadata={
            "help": "Signs reports of verifications: /key.p12 /file/with/its/passphrase; empty: a test key, if any."
        },
    )
    upload_limit_bytes: int = field(default=50 * 1024 * 1024, metadata={"help": "Largest upload."})
    page_limit: int = field(default=2000, metadata={"help": "Most pages in one uploaded file."})
    ocr: Literal["auto", "on", "off"] = field(
        default="auto",
        metadata={"help": "Recognise the text of scanned pages with tesseract; auto: where it is installed."},
    )
    ocr_page_limit: int = field(default=300, metadata={"help": "Most pages of one file that are recognised."})
    session_hours: int = field(default=10, metadata={"help": "A sign-in ends after this time."})
    sign_in_tries: int = field(default=8, metadata={"help": "Failed sign-ins per name or address in 15 minutes."})
    checks_per_minute: int = field(
        default=20, metadata={"help": "Files that one address may check in a minute on the public page."}
    )
    public_address: str = field(
        default="",
        metadata={"help": "Address printed on documents for the public check; empty means public_url, if that is set."},
    )
    check_mark: Literal["on", "off"] = field(
        default="on", metadata={"help": "Draw a QR code with that address into files before they are signed."}
    )
    code_lookups_per_minute: int = field(
        default=30, metadata={"help": "Check codes that one address may look up in a minute."}
    )
    api_requests_per_minute: int = field(default=600, metadata={"help": "Requests of one API user in a minute."})
    synonyms_file: str = field(
        default="", metadata={"help": "TOML table of ways to say the same in searches; empty means the built-in one."}
    )
    worker: bool = field(default=True, metadata={"help": "Run the background worker inside the web process."})
    search_engine: Literal["whoosh", "tantivy", "postgresql", "opensearch"] = field(
        default="whoosh",
        metadata={"help": "Answers words: embedded, for large archives, in the PostgreSQL database, or a cluster."},
    )
    opensearch_url: str = field(
        default="", metadata={"help": "https://user:password@host:9200 of the cluster, for search_engine opensearch."}
    )
    opensearch_prefix: str = field(default="docsvc", metadata={"help": "What the names of its indexes begin with."})
    opensearch_ca_file: str = field(
        default="", metadata={"help": "PEM file of the authority it is trusted by; empty means the system's."}
    )

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'docsvc.sqlite3'}"

    @property
    def address(self) -> str:
        """The address people open in a browser, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def check_address(self) -> str:
        """The address printed on documents, without a slash at its end; empty where none is known to last."""
        return (self.public_address or self.public_url).rstrip("/")


def load_settings(file: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        file: a TOML file with the names of :class:`Settings` at its top level; ``None`` means no file.
        environment: ``DOCSVC_<NAME>`` variables win over the file; ``None`` means the process's own. Unknown names
            are passed over: the environment is not ours alone.
        overrides: win over both; used by command-line options.

    Raises:
        SettingsError: a name is unknown, or a value has the wrong type or is out of range.
    """
    known = {entry.name: entry for entry in fields(Settings)}
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values |= tomllib.loads(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{file}: {error}") from error
    for name, text in (os.environ if environment is None else environment).items():
        key = name.removeprefix("DOCSVC_").lower()
        if name.startswith("DOCSVC_") and key in known and text != "":
            values[key] = text
    values |= {name: value for name, value in overrides.items() if value is not None}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(unknown)}")
    return Settings(**{name: _typed(known[name], value) for name, value in values.items()})


def _typed(entry: Field[Any], value: Any) -> Any:
    """Turn a value from a file or the environment into the field's type."""
    kind = str(entry.type)
    try:
        if kind == "bool":
            return _TRUTH[str(value).lower()]
        if kind == "int":
            return _whole(value, entry.metadata.get("least", 1), entry.metadata.get("most", MOST))
        if kind == "Path":
            return Path(value)
        if kind.startswith("Literal"):
            return _one_of(value, kind)
        if isinstance(value, str):
            return value
    except (KeyError, TypeError, ValueError) as error:
        reason = error.args[0] if isinstance(error, _Refused) else f"not of type {kind}"
        raise SettingsError(f"{entry.name}: {_shown(entry, value)} is {reason}") from error
    raise SettingsError(f"{entry.name}: {_shown(entry, value)} is not of type {kind}")


class _Refused(ValueError):
    """Says why."""


def _whole(value: Any, least: int, most: int) -> int:
    if isinstance(value, bool) or not _WHOLE.fullmatch(str(value)):
        raise TypeError
    if not least <= int(value) <= most:
        raise _Refused(f"not from {least} to {most}")
    return int(value)


def _one_of(value: Any, kind: str) -> str:
    allowed = [part.strip(" '\"") for part in kind[len("Literal[") : -1].split(",")]
    if value not in allowed:
        raise _Refused(f"not one of {', '.join(allowed)}")
    return str(value)


def _shown(entry: Field[Any], value: Any) -> str:
    """The value, unless it may be a secret."""
    return "the value" if any(word in entry.name for word in ("key", "url")) else repr(value)
