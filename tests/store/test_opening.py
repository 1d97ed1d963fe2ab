"""Choosing a store, and what its errors tell people."""

from pathlib import Path

import pytest

from docsvc.errors import DocsvcError
from docsvc.store import BadStoreSettings, StoreError, open_store
from docsvc.store import errors as store_errors

KINDS = [kind for kind in vars(store_errors).values() if isinstance(kind, type) and issubclass(kind, StoreError)]


def test_the_kind_chooses_the_backend(tmp_path: Path) -> None:
    assert open_store("file", directory=tmp_path).name == "file"
    assert open_store("s3", endpoint="127.0.0.1:1", access_key="key", secret_key="secret").name == "s3"


@pytest.mark.parametrize("kind", ["file", "s3", "tape", ""])
def test_a_kind_without_what_it_needs_is_refused(kind: str) -> None:
    with pytest.raises(BadStoreSettings):
        open_store(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_speaks_both_languages_and_has_a_code_of_its_own(kind: type[StoreError]) -> None:
    error = kind()
    assert isinstance(error, DocsvcError)
    assert [other.code for other in KINDS].count(error.code) == 1
    assert error.message_vi
    assert error.message_en
    assert error.message_vi != StoreError.message_vi or kind is StoreError
    assert str(error) == error.message_en
