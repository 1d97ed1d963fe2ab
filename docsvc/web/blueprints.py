"""Every group of pages, in one list."""

from __future__ import annotations

from flask import Blueprint

from docsvc.web import (
    account,
    administration,
    audit_exports,
    audits,
    changes,
    check_sheets,
    checking,
    comparing,
    copying,
    documents,
    drafts,
    effects,
    elsewhere,
    files,
    finding,
    home,
    inspection,
    issue_piles,
    issuing,
    paper,
    piles,
    pki,
    placing,
    public_check,
    registers,
    reporting,
    saved_searches,
    search_exports,
    shares,
    sign_in,
    signing,
    suggesting,
    waiting,
)

signing.pages.register_blueprint(piles.pages)
issuing.pages.register_blueprint(issue_piles.pages)
audits.pages.register_blueprint(audit_exports.pages)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.pages,
    sign_in.pages,
    drafts.pages,
    documents.pages,
    effects.pages,
    waiting.pages,
    files.pages,
    changes.pages,
    placing.pages,
    signing.pages,
    elsewhere.pages,
    issuing.pages,
    paper.pages,
    copying.pages,
    registers.pages,
    finding.pages,
    suggesting.pages,
    saved_searches.pages,
    search_exports.pages,
    checking.pages,
    reporting.pages,
    public_check.pages,
    check_sheets.pages,
    comparing.pages,
    shares.pages,
    audits.pages,
    inspection.pages,
    administration.pages,
    account.pages,
)

WITHOUT_FORM_TOKEN: tuple[Blueprint, ...] = (pki.pages,)
"""Machines post here: no cookie counts, so no form token is asked for."""
