"""Every group of pages, in one list."""

from __future__ import annotations

from flask import Blueprint

from docsvc.web import home, sign_in

BLUEPRINTS: tuple[Blueprint, ...] = (home.pages, sign_in.pages)

WITHOUT_FORM_TOKEN: tuple[Blueprint, ...] = ()
"""Machines post here: no cookie counts, so no form token is asked for."""
