"""The operators' command line: ``docsvc --help``."""

from docsvc.cli.main import main

__all__ = ["main"]
