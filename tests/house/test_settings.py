"""Settings: typed, documented, and refused with a reason."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings, SettingsError, load_settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
FIELDS = {entry.name: entry for entry in dataclasses.fields(Settings)}
SAMPLES: dict[str, tuple[str, Any]] = {"Path": ("/srv/x", Path("/srv/x")), "str": ("x", "x"), "int": ("7", 7)}


@pytest.mark.parametrize("name", FIELDS)
def test_every_setting_says_what_it_is_for_and_is_in_force_from_the_environment(name: str) -> None:
    entry = FIELDS[name]
    assert entry.metadata["help"].endswith(".")
    kind = str(entry.type)
    assert isinstance(entry.default, {"Path": Path, "int": int, "bool": bool}.get(kind, str))
    text, value = SAMPLES.get(kind, ("", None))
    if kind == "bool":
        text, value = str(not entry.default).lower(), not entry.default
    if kind.startswith("Literal"):
        text = value = kind.replace("'", '"').split('"')[-2]
    assert getattr(load_settings(environment={f"DOCSVC_{name.upper()}": text}), name) == value


def test_without_a_word_the_defaults_are_in_force() -> None:
    assert load_settings(environment={}) == Settings()


def test_the_environment_wins_over_the_file_and_options_over_both(tmp_path: Path) -> None:
    file = tmp_path / "docsvc.toml"
    file.write_text('host = "10.0.0.1"\nport = 1\nthreads = 3\nworker = false\n', encoding="utf-8")
    settings = load_settings(file, {"DOCSVC_PORT": "2", "DOCSVC_HOST": "10.0.0.2"}, host="10.0.0.3")
    assert (settings.host, settings.port, settings.threads, settings.worker) == ("10.0.0.3", 2, 3, False)


def test_an_empty_variable_counts_as_unset() -> None:
    assert load_settings(environment={"DOCSVC_PORT": ""}).port == 8080


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("colour = 1", "unknown settings: colour"),
        ('port = "many"', "port: 'many' is not of type int"),
        ("port = 70000", "port: 70000 is not from 1 to 65535"),
        ("port = true", "port: True is not of type int"),
        ("port = 1.5", "port: 1.5 is not of type int"),
        ("threads = 0", "threads: 0 is not from 1"),
        ('worker = "perhaps"', "worker: 'perhaps' is not of type bool"),
        ('store = "tape"', "store: 'tape' is not one of file, s3"),
        ("host = 5", "host: 5 is not of type str"),
        ("data_dir = 5", "data_dir: 5 is not of type Path"),
        ("s3_secret_key = 5", "s3_secret_key: the value is not of type str"),
        ("port = ", "docsvc.toml"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_name(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "docsvc.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_settings(file, {})
    assert reason in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml"):
        load_settings(tmp_path / "nowhere.toml", {})


def test_the_database_lies_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings(environment={}, data_dir=tmp_path).database == f"sqlite:///{tmp_path / 'docsvc.sqlite3'}"
    url = "postgresql://db/docsvc"
    assert load_settings(environment={"DOCSVC_DATABASE_URL": url}).database == url


def test_the_address_is_the_public_one_where_there_is_one() -> None:
    assert Settings(host="127.0.0.1", port=9).address == "http://127.0.0.1:9"
    assert Settings(public_url="https://vb.example.vn/").address == "https://vb.example.vn"


def test_readme_lists_every_setting_with_its_default_and_no_other() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|empty) \|", README, re.MULTILINE))
    shown = {name: str(entry.default) for name, entry in FIELDS.items()}
    shown |= {name: text.lower() for name, text in shown.items() if text in {"True", "False"}}
    assert rows == shown
