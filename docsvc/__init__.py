"""docsvc: document management and e-signing for official records."""

__version__ = "0.1.0"
