"""The composition root: the one place that names backends."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from config.settings import Settings
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.issue.desk import Desk
from docsvc.store import ObjectStore, open_store
from search.engine import Engine
from search.whoosh_engine import WhooshEngine
from signing.pki import TestPki
from signing.timestamp import Timestamper
from signing.verify import Trust


@dataclass(frozen=True, slots=True)
class Service:
    """Every part, opened; what the web pages, the API and the command line are given."""

    settings: Settings
    database: Database
    store: ObjectStore
    engine: Engine
    desk: Desk
    pki: TestPki | None
    """The embedded test PKI; ``None`` where only real keys are used."""
    secret_key: str

    def close(self) -> None:
        """Give back what is held open."""
        self.engine.close()
        self.database.close()


def open_service(settings: Settings) -> Service:
    """Open every part the settings name, and bring the database to the newest schema.

    Raises:
        StoreError, SearchError, SigningError: a part cannot be opened.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database)
    upgrade(database)
    store = open_store(
        settings.store,
        directory=settings.data_dir / "objects",
        endpoint=settings.s3_endpoint,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
        bucket=settings.s3_bucket,
        secure=settings.s3_secure,
    )
    pki = _embedded_pki(settings)
    desk = Desk(
        database=database,
        store=store,
        trust=Trust(roots=(*(pki.roots() if pki else ()), *trusted_roots(settings))),
        timestamper=_timestamper(settings, pki),
        clock=lambda: datetime.now(UTC),
        page_limit=settings.page_limit,
    )
    return Service(
        settings=settings,
        database=database,
        store=store,
        engine=WhooshEngine(settings.data_dir / "index"),
        desk=desk,
        pki=pki,
        secret_key=settings.secret_key or _kept_secret(settings.data_dir / "secret-key"),
    )


def trusted_roots(settings: Settings) -> tuple[x509.Certificate, ...]:
    """Root certificates from the trust folder: PEM or DER, one or several a file."""
    if not settings.trust_dir:
        return ()
    roots: list[x509.Certificate] = []
    for file in sorted(Path(settings.trust_dir).iterdir()):
        content = file.read_bytes()
        if b"-----BEGIN" in content:
            roots.extend(x509.load_pem_x509_certificates(content))
        elif file.suffix in {".cer", ".crt", ".der"}:
            roots.append(x509.load_der_x509_certificate(content))
    return tuple(roots)


def _embedded_pki(settings: Settings) -> TestPki | None:
    if settings.pki != "embedded":
        return None
    return TestPki.create(settings.data_dir / "pki", base_url=f"{settings.address}/pki")


def _timestamper(settings: Settings, pki: TestPki | None) -> Timestamper | None:
    if settings.tsa_url:
        return Timestamper.http(settings.tsa_url, timeout_seconds=settings.tsa_timeout_seconds)
    return pki.timestamper() if pki else None


def _kept_secret(file: Path) -> str:
    """A random key for cookies, made once and readable by the service alone."""
    if not file.exists():
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(secrets.token_hex(32))
        temporary.chmod(0o600)
        try:
            os.link(temporary, file)
        except FileExistsError:
            pass
        temporary.unlink()
    return file.read_text().strip()
