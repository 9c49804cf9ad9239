"""What was said, for programs: recordings as sound, transcripts as words."""

from __future__ import annotations

from aiohttp import web

from ..core.errors import NotFoundError
from ..core.roles import CASES
from .answers import answer
from .desk import DESK
from .inputs import query_of
from .looks import check_scope, looked
from .masking import told_to
from .models.calls import RecordingPage, RecordingQuery, TranscriptPage, TranscriptQuery, TranscriptTold
from .own_calls import check_may_hear, is_own_call, only_of
from .paging import CursorError
from .routes import Reach, declared
from .transcript_view import transcript_view

routes = web.RouteTableDef()


@routes.get("/api/v1/recordings")
@declared(allow=CASES, query=RecordingQuery, answer=RecordingPage, errors=(CursorError,), agents=Reach.OWN)
async def recordings(request: web.Request) -> web.Response:
    """Return recordings, the newest first."""
    found, after = await request.app[DESK].lists.recordings(
        query_of(request, RecordingQuery), only_of(request)
    )
    return answer({"recordings": found, "next": after})


@routes.get("/api/v1/recordings/{node}/{path:.+}")
@declared(allow=CASES, media="audio/wav", more_statuses=(206, 304, 416), agents=Reach.OWN)
async def recording(request: web.Request) -> web.FileResponse:
    """Return a recording's sound; ranges are honoured."""
    node, path = request.match_info["node"], request.match_info["path"]
    file = await request.app[DESK].recording(node, path)
    check_scope(request)
    await check_may_hear(request, node, path)
    await looked(request, f"recording/{node}/{path}")
    return web.FileResponse(file, headers={"Content-Type": "audio/wav"})


@routes.get("/api/v1/transcripts")
@declared(allow=CASES, query=TranscriptQuery, answer=TranscriptPage, errors=(CursorError,), agents=Reach.OWN)
async def transcripts(request: web.Request) -> web.Response:
    """Return transcripts without their words, the newest first."""
    found, after = await request.app[DESK].lists.transcripts(
        query_of(request, TranscriptQuery), only_of(request)
    )
    return answer({"transcripts": found, "next": after})


@routes.get("/api/v1/calls/{id}/transcript")
@declared(allow=CASES, answer=TranscriptTold, tags=("transcripts",), agents=Reach.OWN)
async def transcript(request: web.Request) -> web.Response:
    """Return what was said in a call, once its recordings were recognised."""
    call = request.match_info["id"]
    found = await request.app[DESK].lists.transcript(call)
    if found is None:
        raise NotFoundError(
            "there is no transcript of such a call", mend="during a call see GET /api/v1/calls/ID/speech"
        )
    await looked(request, f"call/{call}")
    return told_to(request, transcript_view(found), own=await is_own_call(request, call))
