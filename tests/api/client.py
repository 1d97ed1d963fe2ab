"""A program that uses the API with somebody's token."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from docsvc.accounts import create_token
from tests.office import ABSTRACT, STAFF, Office, draft_file

V1 = "/api/v1"


@dataclass
class Program:
    """Sends requests; keeps no cookies."""

    app: Flask
    token: str
    language: str = "vi"

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Any request, with the token."""
        headers = {"Accept-Language": self.language, **more.pop("headers", {})}
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        client = self.app.test_client(use_cookies=False)
        return client.open(V1 + path, method=method, headers=headers, buffered=True, **more)

    def get(self, path: str, **query: Any) -> TestResponse:
        """Read something."""
        return self.send("GET", path, query_string=query)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        """Do something; ``body`` goes as JSON."""
        return self.send("POST", path, json=body, **more) if body is not None else self.send("POST", path, **more)

    def form(
        self, path: str, *, method: str = "POST", headers: dict[str, str] | None = None, **parts: Any
    ) -> TestResponse:
        """Send a multipart form: bytes go as files, everything else as JSON."""
        fields = {
            name: (io.BytesIO(value), f"{name}.pdf") if isinstance(value, bytes) else json.dumps(value)
            for name, value in parts.items()
        }
        return self.send(method, path, data=fields, content_type="multipart/form-data", headers=headers or {})


@dataclass
class Programs:
    """The office as programs see it."""

    office: Office
    app: Flask

    def of(self, username: str, language: str = "vi") -> Program:
        """A program with a new token of this person."""
        with self.office.service.database.write() as session:
            actor = self.office.actor(username)
            token = create_token(session, user_id=actor.user_id, name="test", lasts=timedelta(days=1), by=actor)
        return Program(self.app, token, language)

    def stranger(self, language: str = "vi") -> Program:
        """A program without a token."""
        return Program(self.app, "", language)

    def facts(self, abstract: str = ABSTRACT, **changes: Any) -> dict[str, Any]:
        """What a drafter fills in."""
        facts = {
            "drafting_unit_id": self.office.units[STAFF],
            "type": "qd",
            "abstract": abstract,
            "signatory_id": self.office.actor("leader").user_id,
            "authority": "TM.",
            "recipients": [{"name": "Các thôn"}, {"name": "Sở Nội vụ", "channel": "both"}],
        }
        return facts | changes

    def file(self, abstract: str = ABSTRACT) -> bytes:
        """The drafter's PDF."""
        return draft_file(abstract, self.office.today.year)


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem that an answer tells, which must be of this status and well told."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told: dict[str, Any] = json.loads(answer.text)
    assert told["status"] == status
    assert told["type"] == f"urn:docsvc:problem:{told['code']}"
    assert told["title"]
    assert told["detail"]
    return told
