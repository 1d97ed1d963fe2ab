"""Looking at a file that another program was to sign. Runs in the sandbox.

Whether the signature itself holds and whose it is, is for :mod:`signing.verify` to say; here it is about what else was
done to the file.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.constants import ROOT_EXEMPT_STRICT_COMPARISON
from pyhanko.sign.diff_analysis.policies import DEFAULT_DIFF_POLICY
from pyhanko.sign.fields import FieldMDPAction, MDPPerm

from signing import _form
from signing._der import SEQUENCE, SET, TAG_0, TAG_1, der, set_of
from signing.errors import SigningError
from signing.refusals import FileRefused

_TO_BE_FILLED = (_form.NUMBER, _form.DAY, _form.MONTH, _form.YEAR, _form.ORGANISATION)
_POLICY = DEFAULT_DIFF_POLICY
_CERTIFYING_POLICY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(ROOT_EXEMPT_STRICT_COMPARISON | {"/Perms"}),
        *(rule for rule in _POLICY.global_rules if not isinstance(rule, CatalogModificationRule)),
    ],
    form_rule=_POLICY.form_rule,
)
"""The first signature may certify, and is then named in the catalogue (ISO 32000-2, 12.8.6)."""


@dataclass(frozen=True, slots=True)
class Found:
    """The one signature that was added."""

    container: tuple[int, int]
    """Half-open span in the file, angle brackets included."""
    cms: bytes
    """Without the padding behind it."""
    signature: bytes
    """Its value, which a timestamp is about."""
    stamped: bool
    """It has a timestamp of its own."""


def examine_returned(handed_out: bytes, returned: bytes, field_name: str) -> Found:
    """See that a file is the one handed out, byte for byte, with exactly one signature added in its field.

    1. It begins with the file handed out.
    2. One signature more, in the field meant for it, over the whole file.
    3. Nothing else was changed, under the rules for a certified file in which forms may be filled.
    4. The personal signature leaves number, date and seal possible; the organisation's leaves nothing.

    Raises:
        FileRefused: it is not so.
    """
    _require(returned.startswith(handed_out), "other-file")
    _require(len(returned) > len(handed_out), "nothing-signed")
    try:
        return _examine(handed_out, returned, field_name)
    except (SigningError, MemoryError):
        raise
    except Exception as error:
        # pyHanko raises nearly anything over damaged files.
        raise FileRefused("unreadable") from error


def _examine(handed_out: bytes, returned: bytes, field_name: str) -> Found:
    earlier = PdfFileReader(io.BytesIO(handed_out), strict=False)
    reader = PdfFileReader(io.BytesIO(returned), strict=False)
    before, after = list(earlier.embedded_signatures), list(reader.embedded_signatures)
    _require(len(after) > len(before), "nothing-signed")
    _require(len(after) == len(before) + 1, "more-than-one")
    added = after[-1]
    _require(str(added.sig_object.get("/Type", "/Sig")) == "/Sig", "nothing-signed")
    _require(added.field_name == field_name, "other-field")
    numbers = [int(number) for number in added.byte_range]
    whole = len(numbers) == 4 and numbers[0] == 0 and numbers[2] + numbers[3] == len(returned)  # noqa: PLR2004 - [0 a b c]
    _require(whole and numbers[1] > len(handed_out), "not-whole")
    _require_only(reader, earlier.xrefs.total_revisions - 1, field_name)
    _require_room_for_more(reader, added, field_name)
    message = cms.ContentInfo.load(bytes(added.pkcs7_content))
    signer = message["content"]["signer_infos"][0]
    unsigned = signer["unsigned_attrs"] or ()
    return Found(
        container=(numbers[1], numbers[2]),
        cms=bytes(message.dump()),
        signature=bytes(signer["signature"].native),
        stamped=any(one["type"].native == "signature_time_stamp_token" for one in unsigned),
    )


def _require_only(reader: PdfFileReader, base: int, field_name: str) -> None:
    policy = _CERTIFYING_POLICY if field_name == _form.PERSONAL else _POLICY
    difference = policy.review_file(reader, base, doc_mdp=MDPPerm.FILL_FORMS)
    if isinstance(difference, SuspiciousModification):
        raise FileRefused("other-changes")
    allowed = difference.modification_level.value <= MDPPerm.FILL_FORMS.value
    _require(allowed and set(difference.changed_form_fields) <= {field_name}, "other-changes")


def _require_room_for_more(reader: PdfFileReader, added: Any, field_name: str) -> None:
    permitted, locked = added.docmdp_level, added.fieldmdp
    if field_name == _form.PERSONAL:
        if "/Perms" in reader.root:
            named = reader.root["/Perms"]
            certifies = list(named) == ["/DocMDP"] and permitted is not None
            value = added.sig_field.raw_get("/V").reference
            _require(certifies and named.raw_get("/DocMDP").reference == value, "other-changes")
        _require(permitted is not MDPPerm.NO_CHANGES, "locks")
        _require(locked is None or not any(locked.is_locked(name) for name in _TO_BE_FILLED), "locks")
    else:
        # What the field only asks for does not count: other readers look at the signature itself.
        _require(locked is not None and locked.action == FieldMDPAction.ALL, "does-not-lock")


def with_timestamp(content: bytes, token: bytes) -> bytes:
    """The CMS with a timestamp over its signature (RFC 5652, 11.4; ETSI EN 319 122-1, 5.3)."""
    message = cms.ContentInfo.load(content)
    signed = message["content"]
    signer = signed["signer_infos"][0]
    # Put together from the parts as they came: nothing that was signed is encoded anew.
    earlier = [one.dump() for one in signer["unsigned_attrs"] or ()]
    stamp = der(SEQUENCE, cms.CMSAttributeType("signature_time_stamp_token").dump(), der(SET, token))
    stamped = der(SEQUENCE, *_present(signer, but="unsigned_attrs"), der(TAG_1, set_of(*earlier, stamp)))
    whole = der(SEQUENCE, *_present(signed, but="signer_infos"), der(SET, stamped))
    return der(SEQUENCE, message["content_type"].dump(), der(TAG_0, whole))


def _present(sequence: Any, *, but: str) -> list[bytes]:
    """The fields that are there, as they are encoded; the one left out stands last."""
    return [sequence[name].dump() for name in sequence if name != but and not isinstance(sequence[name], core.Void)]


def _require(condition: bool, reason: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise FileRefused(reason)
