"""An office for each test of the pages: made once, copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Settings
from docsvc.app import create_app
from docsvc.wiring import open_service
from tests.web.office import Office, furnish


@pytest.fixture(scope="session")
def office_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office's folder as it is before any test."""
    folder = tmp_path_factory.mktemp("office") / "var"
    service = open_service(Settings(data_dir=folder))
    try:
        furnish(service)
    finally:
        service.close()
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the test's own office; a test may ask for others."""
    return Settings(data_dir=tmp_path / "var")


@pytest.fixture
def office(office_template: Path, settings: Settings) -> Iterator[Office]:
    """An office of the test's own."""
    shutil.copytree(office_template, settings.data_dir)
    service = open_service(settings)
    try:
        yield Office(service, create_app(service))
    finally:
        service.close()
