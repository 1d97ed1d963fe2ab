"""The tamper-evident event log: every act, each entry chained to the one before by SHA-256, anchored by timestamps."""

from docsvc.audit.log import ChainFault, append, check_chain

__all__ = ["ChainFault", "append", "check_chain"]
