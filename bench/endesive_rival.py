"""endesive in an environment of its own (it needs an older pypdf): signs the draft once for every line it is sent.

As in its examples, "pdf-sign-cms-img": no PAdES, but the nearest it has. Arguments: draft, key file, its passphrase,
picture, page, and the four edges of the box in points.
"""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    draft_file, key_file, passphrase, picture, page, *edges = sys.argv[1:]
    # Only verifying needs this one, which cannot be imported beside OpenSSL 3.0.10 and later.
    sys.modules.setdefault("certvalidator", ModuleType("certvalidator"))
    cms: Any = importlib.import_module("endesive.pdf.cms")
    pkcs12: Any = importlib.import_module("cryptography.hazmat.primitives.serialization.pkcs12")
    draft = Path(draft_file).read_bytes()
    for _ in sys.stdin:
        key, certificate, others = pkcs12.load_key_and_certificates(Path(key_file).read_bytes(), passphrase.encode())
        described = {
            "aligned": 0,
            "sigflags": 3,
            "sigpage": int(page),
            "sigfield": "Signature",
            "sigandcertify": True,
            "signaturebox": tuple(map(int, edges)),
            "signature_img": picture,
            "contact": "",
            "location": "",
            "signingdate": f"D:{datetime.now(UTC):%Y%m%d%H%M%S}+00'00'",
            "reason": "",
        }
        signed = draft + cms.sign(draft, described, key, certificate, others, "sha256")
        print(len(signed), flush=True)


if __name__ == "__main__":
    main()
