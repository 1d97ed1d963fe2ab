"""Pages: a blueprint parses and authorises, one use case acts, a template shows the plain result."""

from docsvc.web.install import install

__all__ = ["install"]
