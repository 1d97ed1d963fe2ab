"""What the web pages and the API are given: opened parts, whoever opened them."""

from __future__ import annotations

from typing import Protocol

from config.settings import Settings
from docsvc.db import Database
from docsvc.issue.desk import Desk
from docsvc.store import ObjectStore
from search.engine import Engine
from signing.pki import TestPki


class Parts(Protocol):
    """The side of :class:`docsvc.wiring.Service` that requests are answered with."""

    @property
    def settings(self) -> Settings:
        """Limits, addresses and cookie rules."""
        ...

    @property
    def database(self) -> Database:
        """Sessions."""
        ...

    @property
    def store(self) -> ObjectStore:
        """Bytes of renditions."""
        ...

    @property
    def engine(self) -> Engine:
        """Finds words."""
        ...

    @property
    def desk(self) -> Desk:
        """Collaborators of the issue flow."""
        ...

    @property
    def pki(self) -> TestPki | None:
        """The embedded test PKI; ``None`` where only real keys are used."""
        ...

    @property
    def secret_key(self) -> str:
        """Signs the cookie that holds form tokens and notices."""
        ...
