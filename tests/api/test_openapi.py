"""The API's description of itself: valid, complete, and true to the routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask_openapi3.models import APISpec

from docsvc.api.models.issuing import DraftFacts, PaperFacts
from docsvc.api.models.problems import Problem
from tests.api.client import V1, Programs

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
def description(programs: Programs) -> dict[str, Any]:
    answer = programs.stranger().get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    described: dict[str, Any] = answer.get_json()
    return described


def operations(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def inside(part: Any) -> Iterator[dict[str, Any]]:
    """Every object of the description."""
    if isinstance(part, dict):
        yield part
    for lower in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from inside(lower)


def test_it_is_openapi_3_1_as_the_specification_has_it(description: dict[str, Any]) -> None:
    assert description["openapi"] == "3.1.0"
    assert description["info"]["title"] == "docsvc"
    read = APISpec.model_validate(description)
    assert read.paths is not None
    assert set(read.paths) == set(description["paths"])


def test_every_route_is_described_and_nothing_else(programs: Programs, description: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in programs.app.url_map.iter_rules()
        if rule.rule.startswith(V1)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, method, _ in operations(description)}
    assert routes - described == {(f"{V1}/openapi.json", "get")}
    assert described - routes == set()


def test_every_reference_leads_somewhere_and_nothing_is_left_over(description: dict[str, Any]) -> None:
    wanted = {part["$ref"] for part in inside(description) if "$ref" in part}
    schemas = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert wanted == schemas


def test_every_operation_is_named_described_and_tells_its_problems(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    tags = {tag["name"] for tag in description["tags"]}
    for path, method, operation in operations(description):
        where = f"{method} {path}"
        assert operation["summary"].endswith("."), where
        assert len(operation["tags"]) == 1, where
        assert set(operation["tags"]) <= tags, where
        optional: list[dict[str, list[str]]] = [{}] if path == f"{V1}/check/{{code}}" else []
        assert operation["security"] == [*optional, {"token": []}], where
        successes = {status for status in operation["responses"] if status.startswith("2")}
        assert len(successes) == 1, where
        for status in ("401", "403", "404", "409", "413", "422", "429", "503"):
            content = operation["responses"][status]["content"]
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), where
        in_path = set(re.findall(r"\{(\w+)\}", path))
        told = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
        assert told == in_path, where


def test_every_schema_says_what_it_is(description: dict[str, Any]) -> None:
    for name, schema in description["components"]["schemas"].items():
        assert schema.get("description"), name


def test_the_examples_are_good_requests(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    assert DraftFacts.model_validate(schemas["DraftFacts"]["example"]).form().abstract
    assert PaperFacts.model_validate_json(json.dumps(schemas["PaperFacts"]["example"])).form().abstract
    assert Problem.model_validate(schemas["Problem"]["example"]).status == 409
