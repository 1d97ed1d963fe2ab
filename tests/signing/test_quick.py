"""What is quicker in readers gives the same as the libraries do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from asn1crypto import x509
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic

from signing import _quick

PREPARED = _quick._prepared
HEX_STRING = _quick._hex_string
LITERAL = _quick._literal_bytes
DECODED = _quick._decoded_name
WRITE = _quick._write_name


def outcome(act: Any, *given_to: Any) -> tuple[Any, ...]:
    """What comes out, or the error."""
    try:
        value = act(*given_to)
    except Exception as error:  # noqa: BLE001 - compared
        return type(error), str(error)
    return type(value), value, getattr(value, "original_bytes", None)


@pytest.fixture(scope="module", autouse=True)
def small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_quick, "_PIECE", 16)
        yield


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(0, 70), st.sampled_from(b"0aF \n%>x"))
@example(b"", 15, ord("0"))
@example(b">", 16, ord("0"))
@example(b"a>", 31, ord("f"))
def test_hexadecimal_strings_are_read_alike(rest: bytes, length: int, digit: int) -> None:
    written = b"<" + bytes([digit]) * length + rest + b"trailer"
    ours, theirs = io.BytesIO(written), io.BytesIO(written)
    assert outcome(_quick.hex_string, ours) == outcome(HEX_STRING, theirs)
    if b">" in written:
        assert ours.tell() == theirs.tell()


@settings(deadline=None)
@given(st.binary(max_size=40) | st.text("ab()\\ \r\n07", max_size=40).map(str.encode), st.binary(max_size=5))
@example(b"x" * 300, b"")
@example(b"", b"rest")
def test_literal_strings_are_read_alike(said: bytes, rest: bytes) -> None:
    written = b"(" + said + b")" + rest
    ours, theirs = io.BytesIO(written), io.BytesIO(written)
    assert outcome(_quick.literal_bytes, ours) == outcome(LITERAL, theirs)
    assert ours.tell() == theirs.tell() or outcome(LITERAL, io.BytesIO(written))[0] is not bytes


@given(st.binary(max_size=12) | st.text("A#40/ (z", max_size=12).map(str.encode))
@example(b"")
@example(b"V\xe1\xbb\x87")
def test_names_are_decoded_alike(written: bytes) -> None:
    assert outcome(_quick.decoded_name, written) == outcome(DECODED, written)


@given(st.text(max_size=12) | st.text("/A#40 (z", max_size=12))
@example("/Subtype")
@example("")
@example("/Việt#")
def test_names_are_written_alike(name: str) -> None:
    ours, theirs = io.BytesIO(), io.BytesIO()
    given_name = generic.NameObject(name)
    assert outcome(_quick.write_name, given_name, ours) == outcome(WRITE, given_name, theirs)
    assert ours.getvalue() == theirs.getvalue()


@given(st.text(max_size=30))
@example("Ủy ban nhân dân xã Tân Lập")
@example("\u00ad\u200b  A\ufb01")
@example("\u0221")
@example("x" * 1001)
def test_names_are_prepared_alike(text: str) -> None:
    part = x509.NameTypeAndValue()
    assert outcome(_quick.prepared_name, part, text)[:2] == outcome(PREPARED, part, text)[:2]


def test_readers_have_them(monkeypatch: Any) -> None:
    monkeypatch.setattr(generic, "read_hex_string_from_stream", HEX_STRING)
    monkeypatch.setattr(generic, "_read_string_literal_bytes", LITERAL)
    monkeypatch.setattr(generic, "_decode_name", DECODED)
    monkeypatch.setattr(generic.NameObject, "write_to_stream", WRITE)
    monkeypatch.setattr(x509.NameTypeAndValue, "_ldap_string_prep", PREPARED)
    _quick.install()
    read: Any = generic.read_object(io.BytesIO(b"<4861> "), container_ref=generic.Reference(1, 0))
    assert read == "Ha"
    assert generic.read_hex_string_from_stream is _quick.hex_string
