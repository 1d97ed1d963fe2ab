"""The composition root: the one place that names backends."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography import x509
from sqlalchemy.exc import ArgumentError, OperationalError

from config.algorithms import algorithm_ends
from config.settings import Settings, SettingsError
from config.synonyms import synonyms
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.issue.desk import Desk
from docsvc.issue.report_key import ReportKey, key_for_trials, key_in_file
from docsvc.records.vocabulary import use_synonyms
from docsvc.search_engines import open_engine
from docsvc.store import ObjectStore, open_store
from docsvc.trust.kept import KeptAnchors
from search.engine import Rebuildable
from signing.answers_kept import FolderOfAnswers
from signing.fetching import Fetching, Reach
from signing.ocr import Recogniser
from signing.pki import TestPki
from signing.preserve import Level
from signing.remote import RemoteService, secret_in
from signing.revocation import HttpRevocation, RevocationSource, Several
from signing.timestamp import Authority, Expected, Timestamper
from signing.verify import Trust

_LONGEST_ADDRESS = 100
_WEB_ADDRESS = re.compile(r"(?=.{1,100}$)https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?")
_MODULE_NAME = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True, slots=True)
class Service:
    """Every part, opened; what the web pages, the API and the command line are given."""

    settings: Settings
    database: Database
    store: ObjectStore
    engine: Rebuildable
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
        StoreError, SearchError, SigningError, UnknownSchema: a part cannot be opened.
        SettingsError: the data folder, the database or a trusted certificate cannot be used.
    """
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = Database(settings.database)
    except (OSError, ArgumentError, ModuleNotFoundError) as error:
        raise SettingsError(f"data_dir, database_url: {error}") from error
    try:
        upgrade(database)
        return _opened(settings, database)
    except OperationalError as error:
        database.close()
        raise SettingsError(f"database_url: {error.orig}") from error
    except BaseException:
        database.close()
        raise


def _opened(settings: Settings, database: Database) -> Service:
    secret_key = settings.secret_key or _kept_secret(settings.data_dir / "secret-key")
    modules, services = token_modules(settings), remote_services(settings)
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
    use_synonyms(database, synonyms(settings.synonyms_file))
    ends = algorithm_ends(settings.algorithms_file)
    roots = (*(pki.roots() if pki else ()), *trusted_roots(settings))
    trust = Trust(roots=roots, anchors=KeptAnchors(database), algorithm_ends=ends)
    desk = Desk(
        database=database,
        store=store,
        trust=trust,
        timestamper=_timestamper(settings, pki, trust),
        clock=lambda: datetime.now(UTC),
        revocation=_revocation(settings, pki),
        level=Level(settings.signature_level),
        floor=Level(settings.signature_level_floor),
        status_seconds=settings.tsa_total_seconds,
        renew_within=timedelta(days=settings.renew_within_days),
        algorithm_ends=ends,
        page_limit=settings.page_limit,
        token_modules=modules,
        remote_services=services,
        unknown_status_refused=settings.revocation_unknown == "refuse",
        fetching=fetching(settings, pki) if settings.verify_fetching == "on" else None,
        report_key=report_key(settings, pki, secret_key),
        check_address=_check_address(settings),
        recogniser=Recogniser.installed() if settings.ocr != "off" else None,
        ocr_page_limit=settings.ocr_page_limit,
    )
    return Service(
        settings=settings,
        database=database,
        store=store,
        engine=open_engine(settings, database),
        desk=desk,
        pki=pki,
        secret_key=secret_key,
    )


def trusted_roots(settings: Settings) -> tuple[x509.Certificate, ...]:
    """Root certificates from the trust folder: PEM or DER, one or several a file.

    Raises:
        SettingsError: the folder or a certificate in it cannot be read.
    """
    if not settings.trust_dir:
        return ()
    roots: list[x509.Certificate] = []
    file = Path(settings.trust_dir)
    try:
        for file in sorted(file.iterdir()):  # noqa: B020 - the error names the folder, then each file
            roots.extend(_certificates(file))
    except (OSError, ValueError) as error:
        raise SettingsError(f"trust_dir: {file}: {error}") from error
    return tuple(roots)


def token_modules(settings: Settings) -> dict[str, Path]:
    """PKCS#11 modules by name. One that is not installed is told when its keys are used.

    Raises:
        SettingsError: an entry is no ``name=path`` with a name of letters, digits and hyphens and an absolute path.
    """
    modules: dict[str, Path] = {}
    for entry in filter(None, map(str.strip, settings.pkcs11_modules.split(","))):
        name, _, path = (part.strip() for part in entry.partition("="))
        if not _MODULE_NAME.fullmatch(name) or not Path(path).is_absolute() or name in modules:
            raise SettingsError(f"pkcs11_modules: {entry!r} is not name=/absolute/path with a name of its own")
        modules[name] = Path(path)
    return modules


def remote_services(settings: Settings) -> dict[str, RemoteService]:
    """Remote signing services by name; none is asked yet, and a secret file is read when it is needed.

    Raises:
        SettingsError: an entry is no ``name=https://… /secret/file`` with a name of letters, digits and hyphens.
    """
    services: dict[str, RemoteService] = {}
    for entry in filter(None, map(str.strip, settings.csc_services.split(","))):
        name, _, place = (part.strip() for part in entry.partition("="))
        url, _, path = place.partition(" ")
        file = Path(path.strip())
        if not _MODULE_NAME.fullmatch(name) or not file.is_absolute() or name in services:
            raise SettingsError(f"csc_services: {entry!r} is not name=https://address /path/of/its/secret, named once")
        try:
            services[name] = RemoteService(url, partial(secret_in, file), timeout_seconds=settings.csc_timeout_seconds)
        except ValueError as error:
            raise SettingsError(f"csc_services: the address of {name} is {error}") from error
    return services


def report_key(settings: Settings, pki: TestPki | None, secret: str) -> ReportKey | None:
    """Who signs reports of verifications; a file that cannot be used is told when it is needed.

    Raises:
        SettingsError: it is not two absolute paths.
    """
    if settings.report_key.strip():
        files = [Path(part) for part in settings.report_key.split()]
        if len(files) != 2 or not all(file.is_absolute() for file in files):  # noqa: PLR2004 - the key and its passphrase
            raise SettingsError("report_key: is not /path/to/key.p12 /path/to/its/passphrase")
        return ReportKey(partial(key_in_file, *files), for_trials=False)
    if pki is None:
        return None
    return ReportKey(partial(key_for_trials, pki, settings.data_dir / "report-key.p12", secret), for_trials=True)


def _certificates(file: Path) -> list[x509.Certificate]:
    if not file.is_file():
        return []
    content = file.read_bytes()
    if b"-----BEGIN" in content:
        return x509.load_pem_x509_certificates(content)
    if file.suffix.lower() in {".cer", ".crt", ".der"}:
        return [x509.load_der_x509_certificate(content)]
    return []  # a note beside the certificates


def _check_address(settings: Settings) -> str:
    """What is drawn into documents: an address that people can type and that will last.

    Raises:
        SettingsError: it is no web address, or too long for the foot of a page.
    """
    address = settings.check_address if settings.check_mark == "on" else ""
    if address and not _WEB_ADDRESS.fullmatch(address):
        raise SettingsError(
            f"public_address, public_url: {address!r} is not http(s)://name, at most {_LONGEST_ADDRESS} letters long"
        )
    return address


def _embedded_pki(settings: Settings) -> TestPki | None:
    if settings.pki != "embedded":
        return None
    return TestPki.create(settings.data_dir / "pki", base_url=f"{settings.address}/pki")


def _timestamper(settings: Settings, pki: TestPki | None, trust: Trust) -> Timestamper | None:
    """The servers named, one after the other; each must prove what it says."""
    urls = [settings.tsa_url, *settings.tsa_further_urls.split(",")]
    named = [url.strip() for url in urls if url.strip()]
    if not named:
        return pki.timestamper() if pki else None
    expected = Expected(
        roots=trust.roots,
        anchors=trust.anchors,
        policy=settings.tsa_policy,
        tolerance=timedelta(seconds=settings.tsa_clock_tolerance_seconds),
    )
    seconds = settings.tsa_timeout_seconds
    authorities = [Authority.http(url, timeout_seconds=seconds, expected=expected) for url in named]
    return Timestamper.in_turn(authorities, total_seconds=settings.tsa_total_seconds)


def _revocation(settings: Settings, pki: TestPki | None) -> RevocationSource:
    across = HttpRevocation(
        timeout_seconds=settings.tsa_timeout_seconds, private_addresses=settings.revocation_private_addresses
    )
    return Several((pki.revocation(), across)) if pki else across


def fetching(settings: Settings, pki: TestPki | None) -> Fetching:
    """What verification may ask for beyond the file.

    Raises:
        SettingsError: a port is none.
    """
    try:
        ports = frozenset(int(port) for port in settings.verify_fetching_ports.split(",") if port.strip())
    except ValueError as error:
        raise SettingsError(f"verify_fetching_ports: {settings.verify_fetching_ports!r}") from error
    return Fetching(
        answers=FolderOfAnswers(settings.data_dir / "answers"),
        reach=Reach(private_addresses=settings.revocation_private_addresses, ports=ports),
        own=pki.revocation() if pki else None,
        timeout_seconds=settings.tsa_timeout_seconds,
        total_seconds=settings.tsa_total_seconds,
    )


def _kept_secret(file: Path) -> str:
    """A random key for cookies, made once and readable by the service alone."""
    if not file.exists():
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.touch(0o600)
        temporary.write_text(secrets.token_hex(32), encoding="ascii")
        with contextlib.suppress(FileExistsError):  # another process was first
            os.link(temporary, file)
        temporary.unlink()
    return file.read_text(encoding="ascii").strip()
