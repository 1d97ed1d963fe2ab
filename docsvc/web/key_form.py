"""A new signing key from a form: an uploaded file, on a token or at a service, or a test certificate made here."""

from __future__ import annotations

from flask import request

from docsvc.db.people import SigningKeyFile, Unit
from docsvc.errors import Invalid, NotFound
from docsvc.issue.key_keeping import keep_key, keep_remote_key, keep_token_key, key_owner
from docsvc.issue.keys import TokenPlace
from docsvc.issue.remote_keys import RemotePlace
from docsvc.web.context import parts
from docsvc.web.document_form import uploaded, whole_number
from docsvc.web.guard import actor
from docsvc.web.i18n import gettext
from docsvc.web.tries import Secret, count_try
from signing.appearance import without_paper

SHORTEST_PASSPHRASE = 8
TOKEN_FIELDS = ("module", "token", "serial", "key_label", "key_id")
"""As :class:`docsvc.issue.keys.TokenPlace` has them."""


def keep_from_form(owner: str, *, tokens: bool = False) -> SigningKeyFile:
    """Keep the key that the form brings; ``owner`` is ``user:5`` or ``unit:2``.

    Keys on tokens and at remote services are for administrators to add (``tokens``): a wrong PIN counts there, and
    too many lock the key.

    Raises:
        Invalid, Forbidden, NotFound, SigningError: see :mod:`docsvc.issue.key_keeping`.
        TooOften: too many PINs were tried.
    """
    kind, _, number = owner.partition(":")
    owner_id = whole_number(number, gettext("Chủ khóa")) or None
    user_id, unit_id = (owner_id, None) if kind == "user" else (None, owner_id)
    passphrase = request.form.get("passphrase", "")
    picture, _ = uploaded(request.files.get("image"))
    if picture and request.form.get("on_paper"):
        picture = without_paper(picture)
    if request.form.get("source") == "token":
        if not tokens or not parts().desk.token_modules:
            raise NotFound
        count_try(Secret.PASSPHRASE)
        return keep_token_key(
            parts().desk,
            user_id=user_id,
            unit_id=unit_id,
            place=TokenPlace(*(request.form.get(name, "").strip() for name in TOKEN_FIELDS)),
            pin=passphrase,
            image_png=picture or None,
            by=actor(),
            holder_confirmed=request.form.get("holder_confirmed") == "1",
        )
    if request.form.get("source") == "remote":
        if not tokens or not parts().desk.remote_services:
            raise NotFound
        count_try(Secret.PASSPHRASE)
        return keep_remote_key(
            parts().desk,
            user_id=user_id,
            unit_id=unit_id,
            place=RemotePlace(*(request.form.get(name, "").strip() for name in ("service", "credential"))),
            pin=passphrase,
            otp=request.form.get("otp", "").strip(),
            image_png=picture or None,
            holder_confirmed=request.form.get("holder_confirmed") == "1",
            by=actor(),
        )
    if request.form.get("source") == "test":
        pkcs12 = _test_certificate(user_id, unit_id, passphrase)
    else:
        pkcs12, _ = uploaded(request.files.get("pkcs12"))
    if not pkcs12:
        raise Invalid("Hãy chọn tệp khóa .p12 hoặc .pfx.", "Choose a key file, .p12 or .pfx.")
    return keep_key(
        parts().desk,
        user_id=user_id,
        unit_id=unit_id,
        pkcs12=pkcs12,
        passphrase=passphrase,
        image_png=picture or None,
        by=actor(),
        holder_confirmed=request.form.get("holder_confirmed") == "1",
    )


def _test_certificate(user_id: int | None, unit_id: int | None, passphrase: str) -> bytes:
    pki = parts().pki
    if pki is None:
        raise NotFound
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Invalid(
            f"Mật khẩu khóa ký cần ít nhất {SHORTEST_PASSPHRASE} ký tự.",
            f"The key's passphrase needs at least {SHORTEST_PASSPHRASE} characters.",
        )
    with parts().database.read() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=actor())
    if isinstance(owner, Unit):
        return pki.issue_organisation(owner.name, passphrase, code=owner.code)
    return pki.issue_person(owner.full_name, passphrase, position=owner.position)
