"""The command that builds the search index anew."""

from __future__ import annotations

import os
from datetime import timedelta

import click

from docsvc.cli.context import CliContext
from docsvc.cli.progress import Progress
from docsvc.records import rebuilding


@click.command("reindex")
@click.option(
    "--processes",
    type=click.IntRange(0, 64),
    default=os.cpu_count() or 1,
    show_default="one a processor",
    help="How many to lay documents down in, where the engine can; 0: none beside this one.",
)
@click.option("--give-up", is_flag=True, help="End a rebuild that was begun; the index in use stays.")
@click.pass_obj
def rebuild(context: CliContext, processes: int, give_up: bool) -> None:  # noqa: FBT001 - a click flag
    """Build the search index anew beside the one in use, and switch at once.

    Until the switch the old index answers and takes new documents. A rebuild that was broken off, even killed, is
    gone on with, by this command or by the worker.
    """
    with context.service() as service:
        if give_up:
            with service.database.write() as session:
                build = rebuilding.under_way(session)
                if build is None:
                    raise click.ClickException("no rebuild is under way")
                rebuilding.give_up(session, build.id, by=rebuilding.SYSTEM)
            click.echo("đã thôi / given up")
            return
        with service.database.write() as session:
            build = rebuilding.ask(session)
        telling = Progress()
        told = ""
        for progress in rebuilding.carry(service.database, service.engine, build.id, processes=processes):
            told = f"{progress.done} văn bản / documents"
            telling.tell(_line(progress))
        telling.end(told)


def _line(progress: rebuilding.Progress) -> str:
    line = f"{progress.done} / {progress.due} văn bản / documents ({progress.percent}%)"
    if progress.seconds_left is None:
        return line
    left = timedelta(seconds=progress.seconds_left)
    return f"{line}, {progress.per_second:.0f}/s, còn / left {left}"


COMMANDS = (rebuild,)
