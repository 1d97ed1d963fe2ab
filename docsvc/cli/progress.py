"""How far a long command is: one line that moves on a terminal, a line now and then where the output is kept."""

from __future__ import annotations

import sys
import time

import click

_EVERY_SECONDS = 10.0


class Progress:
    """Tells people how far it is."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._told_at = time.monotonic()
        self._width = 0

    def tell(self, text: str) -> None:
        """Where it is now; where the output is kept, only every few seconds."""
        if self._terminal:
            click.echo(f"\r{text.ljust(self._width)}", nl=False)
            self._width = len(text)
        elif time.monotonic() - self._told_at >= _EVERY_SECONDS:
            self._told_at = time.monotonic()
            click.echo(text)

    def line(self, text: str) -> None:
        """A line that stays."""
        click.echo(f"\r{text.ljust(self._width)}" if self._terminal else text)
        self._width = 0

    end = line
