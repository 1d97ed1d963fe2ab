"""Settings of the service: defaults, then a TOML file, then ``DOCSVC_*`` environment variables.

Only the wiring and the command line read settings; everything else is handed what it needs.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal


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
    port: int = field(default=8080, metadata={"help": "Port to listen on."})
    threads: int = field(default=8, metadata={"help": "Request threads of the web server."})
    behind_proxy: bool = field(
        default=False, metadata={"help": "Trust X-Forwarded-* of one proxy, and send cookies over TLS only."}
    )
    public_url: str = field(default="", metadata={"help": "Address people use; empty means http://host:port."})
    pki: Literal["embedded", "none"] = field(
        default="embedded", metadata={"help": "embedded: the service's own test PKI; none: real keys only."}
    )
    tsa_url: str = field(default="", metadata={"help": "RFC 3161 server; empty means the embedded one, if any."})
    tsa_timeout_seconds: int = field(default=10, metadata={"help": "Longest wait for a timestamp."})
    trust_dir: str = field(default="", metadata={"help": "Folder of trusted root certificates (PEM or DER)."})
    upload_limit_bytes: int = field(default=50 * 1024 * 1024, metadata={"help": "Largest upload."})
    page_limit: int = field(default=2000, metadata={"help": "Most pages in one uploaded file."})
    session_hours: int = field(default=10, metadata={"help": "A sign-in ends after this time."})
    sign_in_tries: int = field(default=8, metadata={"help": "Failed sign-ins per name or address in 15 minutes."})
    checks_per_minute: int = field(
        default=20, metadata={"help": "Files that one address may check in a minute on the public page."}
    )
    api_requests_per_minute: int = field(default=600, metadata={"help": "Requests of one API user in a minute."})
    worker: bool = field(default=True, metadata={"help": "Run the background worker inside the web process."})

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'docsvc.sqlite3'}"

    @property
    def address(self) -> str:
        """The address people open in a browser, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load_settings(file: Path | None = None, environment: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings.

    Args:
        file: a TOML file with the names of :class:`Settings` at its top level; ``None`` means no file.
        environment: ``DOCSVC_<NAME>`` variables win over the file; ``None`` means the process's own.
        overrides: win over both; used by command-line options.

    Raises:
        SettingsError: a name is unknown or a value has the wrong type.
    """
    known = {entry.name: entry for entry in fields(Settings)}
    values: dict[str, Any] = {}
    if file is not None:
        try:
            values |= tomllib.loads(file.read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{file}: {error}") from error
    for name, text in (os.environ if environment is None else environment).items():
        key = name.removeprefix("DOCSVC_").lower()
        if name.startswith("DOCSVC_") and key in known and text != "":
            values[key] = text
    values |= {name: value for name, value in overrides.items() if value is not None}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(unknown)}")
    return Settings(**{name: _typed(name, str(known[name].type), value) for name, value in values.items()})


def _typed(name: str, kind: str, value: Any) -> Any:
    """Turn a value from a file or the environment into the field's type."""
    try:
        if kind == "Path":
            return Path(value)
        if kind == "int":
            return int(value)
        if kind == "bool":
            if isinstance(value, bool):
                return value
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"{name}: {value!r} is not of type {kind}") from error
    if kind.startswith("Literal"):
        allowed = [part.strip(" '\"") for part in kind[len("Literal[") : -1].split(",")]
        if value not in allowed:
            raise SettingsError(f"{name}: {value!r} is not one of {', '.join(allowed)}")
    return value
