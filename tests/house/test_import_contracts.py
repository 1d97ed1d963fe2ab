"""The import contracts hold, and each notices when it is broken on purpose."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
ROOTS = ("docsvc", "signing", "search", "config")

ONE_WAY = "Imports inside docsvc run one way"
LIBRARIES = "The libraries know neither docsvc nor each other"
PYHANKO = "pyHanko is used in signing only"
TOKENS = "Tokens are reached in signing only"
WHOOSH = "Whoosh is used in search only"
TANTIVY = "Tantivy is used in search only"
PSYCOPG = "PostgreSQL's client is used in its search engine only, and by SQLAlchemy"
S3_CLIENT = "The S3 client is used in the store only"
QR_CODES = "QR codes are made in signing only"
NO_HTTP = "The domain and the libraries know nothing of HTTP"

BREACHES = [
    ("docsvc/records/_breach.py", "import docsvc.issue", ONE_WAY),
    ("docsvc/store/_breach.py", "import docsvc.records", ONE_WAY),
    ("docsvc/db/_breach.py", "import docsvc.audit", ONE_WAY),
    ("docsvc/unplanned.py", "", ONE_WAY),
    ("signing/_breach.py", "import docsvc.errors", LIBRARIES),
    ("search/_breach.py", "import config", LIBRARIES),
    ("signing/_breach.py", "import search", LIBRARIES),
    ("docsvc/issue/_breach.py", "import pyhanko", PYHANKO),
    ("docsvc/issue/_breach.py", "from pyhanko.sign import signers", PYHANKO),
    ("docsvc/issue/_breach.py", "import pkcs11", TOKENS),
    ("docsvc/records/_breach.py", "import whoosh.index", WHOOSH),
    ("docsvc/records/_breach.py", "from tantivy import Index", TANTIVY),
    ("docsvc/db/_breach.py", "import psycopg", PSYCOPG),
    ("docsvc/records/_breach.py", "def later():\n    from minio import Minio", S3_CLIENT),
    ("docsvc/web/_breach.py", "import segno", QR_CODES),
    ("docsvc/records/_breach.py", "import flask", NO_HTTP),
    ("signing/_breach.py", "from werkzeug.exceptions import NotFound", NO_HTTP),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and their contracts, somewhere a test may spoil them."""
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for root in ROOTS:
        shutil.copytree(REPOSITORY / root, tmp_path / root, ignore=_not_python)
    return tmp_path


def _not_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not (name.endswith(".py") or (Path(folder) / name).is_dir())]


def test_the_contracts_hold() -> None:
    run = lint(REPOSITORY)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("file", "line", "contract"), BREACHES)
def test_a_breach_is_caught(copy: Path, file: str, line: str, contract: str) -> None:
    (copy / file).write_text(line + "\n", encoding="utf-8")
    run = lint(copy)
    assert run.returncode != 0
    assert f"{contract} BROKEN" in run.stdout, run.stdout + run.stderr


def test_every_contract_is_broken_once_here() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    named = {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert named == {contract for _, _, contract in BREACHES}
