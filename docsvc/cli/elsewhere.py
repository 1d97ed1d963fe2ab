"""``docsvc hand-out`` and ``docsvc hand-in``: files that another program on this machine signs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from docsvc.cli.remote import Refused, Remote
from docsvc.cli.sign_local import identifier

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])


def _of_server(command: Callable[..., None]) -> Callable[..., None]:
    command = click.option("--token-file", type=_FILE, required=True, help="Holds an API token of yours.")(command)
    return click.option("--server", required=True, help="The service's address, https://…")(command)


@click.command("hand-out")
@click.argument("document")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--on", type=_DAY, help="For a clerk: date of the document; today if not given.")
@_of_server
def hand_out(document: str, file: Path, on: datetime | None, server: str, token_file: Path) -> None:
    """Have DOCUMENT laid out and save it as FILE, to be signed with another program."""
    remote, path = _remote(server, token_file), f"/documents/{identifier(document)}"
    try:
        out = _out(remote, path, on)
        content = remote.file(f"{path}/signing/{identifier(out['id'])}/file")
    except Refused as error:
        raise click.ClickException(str(error)) from error
    if hashlib.sha256(content).hexdigest() != out["sha256"]:
        raise click.ClickException("Tệp tải về không nguyên vẹn. / The file was damaged on its way.")
    file.write_bytes(content)
    click.echo(f"{file}  {out['reference'] or ''}\n  {out['holder']}  {out['certificate_sha256']}\n  {out['field']}")


@click.command("hand-in")
@click.argument("document")
@click.argument("file", type=_FILE)
@_of_server
def hand_in(document: str, file: Path, server: str, token_file: Path) -> None:
    """Hand in FILE, which hand-out saved and another program has signed."""
    remote, path = _remote(server, token_file), f"/documents/{identifier(document)}"
    try:
        out = _out(remote, path, None)
        done = remote.send(f"{path}/signing-elsewhere/{identifier(out['id'])}", file.read_bytes())
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{done['reference'] or ''} {done['state']}".strip())


def _remote(server: str, token_file: Path) -> Remote:
    return Remote(server, token_file.read_text("utf-8").strip())


def _out(remote: Remote, path: str, on: datetime | None) -> dict[str, Any]:
    """What was handed out before is handed out again."""
    told: dict[str, Any] = remote.post(f"{path}/signing-elsewhere", {"on": on.date().isoformat() if on else None})
    return told


COMMANDS: tuple[click.Command, ...] = (hand_out, hand_in)
