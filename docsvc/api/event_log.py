"""What proves the event log: its newest anchor, the last check, and every anchor to be kept elsewhere."""

from __future__ import annotations

from flask import Response

from docsvc import audit
from docsvc.api.answers import answer
from docsvc.api.blueprint import OFFICE, api
from docsvc.api.context import actor, parts
from docsvc.api.models.event_log import Anchor, EventLog, LogCheck
from docsvc.audit import anchoring, checks
from docsvc.audit.portable import written_file
from docsvc.records.event_reading import require_auditor


@api.get("/event-log", tags=[OFFICE], responses={200: EventLog})
def get_event_log() -> Response:
    """Tell through which entry the event log is proven, and what its last check found."""
    require_auditor(actor())
    with parts().database.read() as session:
        standing, last = anchoring.standing(session), checks.newest(session)
    anchor, waiting = standing.last, standing.waiting
    return answer(
        EventLog(
            anchor=(
                Anchor(
                    number=anchor.number,
                    last_entry=anchor.last_event_id,
                    proven_at=anchor.proven_at,
                    authority=anchor.authority,
                    statement_sha256=anchor.statement_sha256,
                )
                if anchor is not None
                else None
            ),
            not_anchored=standing.not_anchored,
            waiting_since=waiting.stated_at if waiting is not None else None,
            last_check=(
                LogCheck(
                    ended_at=last.ended_at,
                    sound=last.is_sound,
                    lines=tuple(en if actor().language == "en" else vi for vi, en in last.lines),
                )
                if last is not None
                else None
            ),
        )
    )


@api.get(
    "/event-log/anchors",
    tags=[OFFICE],
    responses={200: {"description": "The file.", "content": {"application/json": {"schema": {"type": "object"}}}}},
    description="The file that `docsvc audit verify --anchors` compares the log with; keep it elsewhere.",
)
def download_anchors() -> Response:
    """Download every anchor of the event log."""
    require_auditor(actor())
    with parts().database.read() as session:
        content = written_file(session, parts().desk.clock())
    with parts().database.write() as session:
        audit.append(
            session,
            actor=actor().username,
            act="log-anchors-downloaded",
            object_kind="log",
            object_id="0",
            form="json",
        )
    return Response(content, mimetype="application/json")
