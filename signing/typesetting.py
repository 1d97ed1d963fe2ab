"""What everybody shares who sets pages with ReportLab."""

from __future__ import annotations

from threading import Lock

one_at_a_time = Lock()
"""ReportLab parses paragraphs with one parser for the whole process."""
