"""Programs of the office's people, each with a token of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from docsvc.app import create_app
from tests.api.client import Programs
from tests.office import Office, embedded

__all__ = ["embedded"]


@pytest.fixture
def limits() -> dict[str, Any]:
    """Settings that a test wants otherwise."""
    return {}


@pytest.fixture
def programs(embedded: Office, limits: dict[str, Any]) -> Programs:
    """Ways to act for the office's people through the API alone."""
    service = replace(embedded.service, settings=replace(embedded.service.settings, **limits))
    return Programs(embedded, create_app(service))
