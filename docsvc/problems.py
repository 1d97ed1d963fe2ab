"""The one place that maps errors to HTTP: pages and the API answer alike (RFC 9457).

Pure tables, without Flask. Every error class of the service and its libraries stands in :data:`STATUS` by
itself: a new one that is forgotten here fails a test, so that it cannot reach people as a bare 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from docsvc import errors, pace
from docsvc.accounts import errors as accounts
from docsvc.audit import anchoring, evidence
from docsvc.db.migrate import UnknownSchema
from docsvc.inspection import errors as inspection
from docsvc.issue import errors as issue
from docsvc.records import errors as records
from docsvc.store import errors as store
from docsvc.trust import errors as trust
from search import errors as search
from signing import errors as signing
from signing import pki, refusals

DomainError = errors.DocsvcError | signing.SigningError | search.SearchError
DOMAIN_ERRORS = (errors.DocsvcError, signing.SigningError, search.SearchError)
"""Roots of the three trees: what a page or the API may catch."""

STATUS: Mapping[type[Exception], HTTPStatus] = MappingProxyType(
    {
        errors.DocsvcError: HTTPStatus.BAD_REQUEST,
        errors.NotFound: HTTPStatus.NOT_FOUND,
        errors.Forbidden: HTTPStatus.FORBIDDEN,
        errors.Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
        pace.TooOften: HTTPStatus.TOO_MANY_REQUESTS,
        pace.Busy: HTTPStatus.SERVICE_UNAVAILABLE,
        anchoring.NoTimestampAuthority: HTTPStatus.CONFLICT,
        evidence.NotAnchors: HTTPStatus.UNPROCESSABLE_ENTITY,
        accounts.AccountError: HTTPStatus.BAD_REQUEST,
        accounts.WrongSignIn: HTTPStatus.UNAUTHORIZED,
        accounts.TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
        accounts.WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
        accounts.WrongPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
        accounts.BadToken: HTTPStatus.UNAUTHORIZED,
        records.RecordsError: HTTPStatus.BAD_REQUEST,
        records.SeriesClosed: HTTPStatus.CONFLICT,
        records.DateOutOfOrder: HTTPStatus.CONFLICT,
        records.NumberMovedOn: HTTPStatus.CONFLICT,
        records.NoRegister: HTTPStatus.CONFLICT,
        records.WrongState: HTTPStatus.CONFLICT,
        records.NotCompetent: HTTPStatus.CONFLICT,
        records.NotAuthorised: HTTPStatus.CONFLICT,
        records.DelegationEnded: HTTPStatus.CONFLICT,
        records.DelegationNotYet: HTTPStatus.CONFLICT,
        records.DelegationOtherTypes: HTTPStatus.CONFLICT,
        records.RebuildUnderWay: HTTPStatus.CONFLICT,
        records.RebuildOver: HTTPStatus.CONFLICT,
        records.NoRebuild: HTTPStatus.CONFLICT,
        inspection.AuditError: HTTPStatus.BAD_REQUEST,
        inspection.AuditUnderWay: HTTPStatus.CONFLICT,
        inspection.AuditOver: HTTPStatus.CONFLICT,
        issue.IssueError: HTTPStatus.BAD_REQUEST,
        issue.NotAPdf: HTTPStatus.UNPROCESSABLE_ENTITY,
        issue.TooManyPages: HTTPStatus.UNPROCESSABLE_ENTITY,
        issue.PlacesMissing: HTTPStatus.UNPROCESSABLE_ENTITY,
        issue.NoKey: HTTPStatus.CONFLICT,
        issue.KeyExpired: HTTPStatus.CONFLICT,
        issue.KeyNotYetValid: HTTPStatus.CONFLICT,
        issue.OtherHolder: HTTPStatus.CONFLICT,
        issue.OtherIdentifier: HTTPStatus.CONFLICT,
        issue.BadResult: HTTPStatus.INTERNAL_SERVER_ERROR,
        issue.DateNotAllowed: HTTPStatus.UNPROCESSABLE_ENTITY,
        issue.DateNotAsPrinted: HTTPStatus.UNPROCESSABLE_ENTITY,
        issue.ChangedMeanwhile: HTTPStatus.CONFLICT,
        issue.PileUnderWay: HTTPStatus.CONFLICT,
        issue.NotCopyable: HTTPStatus.CONFLICT,
        issue.NoLaterTimestamp: HTTPStatus.CONFLICT,
        issue.KeyElsewhere: HTTPStatus.CONFLICT,
        issue.OtherCertificate: HTTPStatus.CONFLICT,
        issue.SigningOver: HTTPStatus.CONFLICT,
        issue.SealedHereOnly: HTTPStatus.CONFLICT,
        trust.TrustError: HTTPStatus.BAD_REQUEST,
        trust.OtherFingerprint: HTTPStatus.UNPROCESSABLE_ENTITY,
        trust.AlreadyTrusted: HTTPStatus.CONFLICT,
        trust.ListOutdated: HTTPStatus.CONFLICT,
        trust.ListBeingImported: HTTPStatus.CONFLICT,
        trust.Doubtful: HTTPStatus.UNPROCESSABLE_ENTITY,
        UnknownSchema: HTTPStatus.INTERNAL_SERVER_ERROR,
        store.StoreError: HTTPStatus.INTERNAL_SERVER_ERROR,
        store.NotStored: HTTPStatus.INTERNAL_SERVER_ERROR,
        store.Damaged: HTTPStatus.INTERNAL_SERVER_ERROR,
        store.StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        store.StoreFull: HTTPStatus.INSUFFICIENT_STORAGE,
        store.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        store.Retained: HTTPStatus.CONFLICT,
        store.BadStoreSettings: HTTPStatus.INTERNAL_SERVER_ERROR,
        search.SearchError: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.SigningError: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.WrongPassphrase: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.WrongPin: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.LastPinTry: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.PinLocked: HTTPStatus.CONFLICT,
        signing.TokenModuleMissing: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.TokenMissing: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.TokenKeyMissing: HTTPStatus.CONFLICT,
        signing.MechanismRefused: HTTPStatus.CONFLICT,
        signing.TokenFailed: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.WrongRemotePin: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.WrongOtp: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.WrongRemoteProof: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.OtpPerSignature: HTTPStatus.CONFLICT,
        signing.RemoteServiceMissing: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.RemoteServiceUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.RemoteSignInRefused: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.RemoteServiceRefused: HTTPStatus.CONFLICT,
        signing.RemoteKeyUnusable: HTTPStatus.CONFLICT,
        signing.AuthorizationExpired: HTTPStatus.CONFLICT,
        signing.WrongRemoteSignature: HTTPStatus.BAD_GATEWAY,
        signing.UnusableKey: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.UnsuitableKey: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.CertificateNotUsable: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.CertificateNotYetValid: HTTPStatus.CONFLICT,
        signing.CertificateExpired: HTTPStatus.CONFLICT,
        signing.WrongKeyUsage: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.WeakCertificate: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.UntrustedCertificate: HTTPStatus.CONFLICT,
        signing.UnreadablePdf: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.EncryptedPdf: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.AlreadySigned: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.PlaceNotFound: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.UnusablePicture: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.Unanswered: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.TimestampUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.RevocationUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
        signing.CertificateRevoked: HTTPStatus.CONFLICT,
        signing.NotPreservable: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.NoSuchPages: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.NotFaithful: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.NotACertificate: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.UnreadableList: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.ListNotSigned: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.NoAuthority: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.NotAReport: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.OtherFile: HTTPStatus.CONFLICT,
        signing.NoSignedRevision: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        signing.TimedOut: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.OutOfMemory: HTTPStatus.UNPROCESSABLE_ENTITY,
        signing.Crashed: HTTPStatus.UNPROCESSABLE_ENTITY,
        refusals.Refusal: HTTPStatus.UNPROCESSABLE_ENTITY,
        refusals.CmsRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        refusals.FileRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        refusals.HandedOutRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
        pki.UnknownCertificate: HTTPStatus.NOT_FOUND,
        pki.PkiDamaged: HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details, RFC 9457."""

    type: str
    """A URN that names the kind of problem and never changes."""
    title: str
    """The kind of problem, in the reader's language."""
    status: int
    detail: str
    """What happened this time and what to do next."""
    code: str


def status_of(error: DomainError) -> HTTPStatus:
    """The HTTP status of an error; of its nearest known kind, should a class be missing."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def message_of(error: DomainError, language: str) -> str:
    """What the error tells a person, in that language."""
    return error.message_en if language == "en" else error.message_vi


def problem_of(error: DomainError, language: str) -> Problem:
    """The error as problem details."""
    status = status_of(error)
    title = getattr(type(error), "message_en" if language == "en" else "message_vi", status.phrase)
    return Problem(
        type=f"urn:docsvc:problem:{error.code}",
        title=title,
        status=status.value,
        detail=message_of(error, language),
        code=error.code,
    )
