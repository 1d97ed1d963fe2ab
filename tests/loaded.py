"""What processes of :mod:`tests.forks` find loaded; to be imported by their parent alone."""

from __future__ import annotations

import tests.faults.journey
import tests.issue.hands  # noqa: F401 - loaded, not used
from signing._readers import readers

readers.connection().close()
assert readers._control is not None
control = readers._control.dup()
"""The way to the reader of PDFs; every fork closes the original."""
