"""REST API v1: the same use cases as the pages, for programs, with tokens instead of sign-ins."""

from docsvc.api.install import install

__all__ = ["install"]
