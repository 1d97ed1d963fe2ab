"""The command group, and how commands open the service and tell of errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.settings import SettingsError, load_settings
from docsvc import __version__
from docsvc.cli.context import CliContext


class _Group(click.Group):
    """Tells every declared error in one line instead of a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors with messages for people end it with status 1."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            message = getattr(error, "message_vi", None)
            if message is None:
                raise
            english = getattr(error, "message_en", "")
            raise click.ClickException(f"{message} / {english} [{getattr(error, 'code', '')}]") from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option(
    "--config", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A TOML settings file."
)
@click.option("--data-dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of embedded data.")
@click.pass_context
def main(ctx: click.Context, file: Path | None, data_dir: Path | None) -> None:
    """Issue, sign, store, find and verify official records.

    Settings come from the file, then from DOCSVC_* environment variables; README lists them.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="replace")
    ctx.obj = CliContext(load_settings(file, data_dir=data_dir))


# They add their commands to the group.
from docsvc.cli import (  # noqa: E402
    auditing,
    authority,
    care,
    check_codes,
    copying,
    effects,
    elsewhere,
    indexing,
    people,
    preserving,
    records,
    remote_keys,
    serve,
    sign_local,
    successions,
    texts,
    trust,
    verifying,
)

for module in (
    serve,
    people,
    successions,
    authority,
    remote_keys,
    records,
    copying,
    effects,
    preserving,
    care,
    indexing,
    auditing,
    sign_local,
    elsewhere,
    trust,
    verifying,
    check_codes,
    texts,
):
    for command in module.COMMANDS:
        main.add_command(command)
