"""Programs of the office's people, each with a token of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from docsvc.app import create_app
from tests.api.client import Programs
from tests.office import Office


@pytest.fixture
def limits() -> dict[str, Any]:
    """Settings that a test wants otherwise."""
    return {}


@pytest.fixture
def backend() -> str:
    """Which office a test works in; see ``tests/office.py``."""
    return "embedded"


@pytest.fixture
def programs(request: pytest.FixtureRequest, backend: str, limits: dict[str, Any]) -> Programs:
    """Ways to act for the office's people through the API alone."""
    office: Office = request.getfixturevalue(backend)
    service = replace(office.service, settings=replace(office.service.settings, **limits))
    return Programs(office, create_app(service))
