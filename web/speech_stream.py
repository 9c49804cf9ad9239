"""What is said in a call, and what comes of it while it is said, as state and server-sent events (R-T-2).

Words as they are recognised, the draft ticket, suggestions to the agent. Other parts add their events by
``EVENTS`` and their state by ``Speech.add``; nothing here knows what is in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web

from ..asr.live_events import LiveSpeechChanged, SpeechHeard, SpeechPartial
from ..asr.live_record import LegHeard
from ..asr.transcripts import Transcript, Utterance, Word
from ..core.errors import NotFoundError
from ..core.events import DomainEvent, EventBus
from ..core.roles import CASES
from ..telephony.calls import CallRecord
from ..telephony.events import CallEnded
from ..ticket_bridge.assist.assist_events import Suggested
from ..ticket_bridge.live.live_events import DraftChanged
from .answers import answer
from .call_streams import ENDED, CallStreams, Kind, Told, fields_of
from .looks import check_scope, looked
from .masking import seen, sight_of
from .models.calls import SpeechAnswer
from .own_calls import is_own_call
from .routes import Reach, declared
from .sound import SoundQuery, read_query, sound_of
from .three_way_stream import FindCall
from .transcript_view import transcript_view, written

routes = web.RouteTableDef()

EVENTS: Mapping[type[DomainEvent], str] = {
    SpeechPartial: "partial",
    SpeechHeard: "speech",
    LiveSpeechChanged: "live",
    DraftChanged: "draft",
    Suggested: "suggestion",
    CallEnded: ENDED,
}
LINGER_S = 3.0
"""So long after the end of a call its last words and their draft may come."""


class LiveSource(Protocol):
    """What the stream needs of ``asr.live_transcripts.LiveTranscripts``."""

    def transcript(self, call: str) -> Transcript | None:
        """Return what was said so far."""
        ...

    def begun_us(self, call: str) -> int | None:
        """Return when second 0 of it was."""
        ...

    def legs(self, call: str) -> tuple[LegHeard, ...]:
        """Return the legs that are, or were, heard."""
        ...


class Speech(CallStreams):
    """The streams of what is said in the calls of a node."""

    def __init__(
        self, bus: EventBus, calls: FindCall, live: LiveSource, *, recordings: Path = Path("recordings")
    ) -> None:
        self.recordings = recordings
        """The folder of the recordings that are being written."""
        self._calls = calls
        self._live = live
        self._more: dict[str, Callable[[str], Any]] = {"draft": _nothing, "suggestions": _none}
        super().__init__(
            bus,
            Kind(
                "speech",
                EVENTS,
                self._view,
                replaced={"partial": "leg", "draft": "call"},
                is_over=lambda call: (record := calls.find(call)) is None or not record.is_open,
                linger_s=LINGER_S,
                told=_told,
            ),
        )

    def add(self, name: str, state: Callable[[str], Any]) -> None:
        """Show under a name what a part knows of a call; ``state`` answers at once."""
        self._more[name] = state

    def find(self, call: str) -> CallRecord | None:
        """Return a call in memory."""
        return self._calls.find(call)

    def begun_us(self, call: str) -> int | None:
        """Return when second 0 of a call's words was."""
        return self._live.begun_us(call)

    def _view(self, call: str) -> Told | None:
        transcript = self._live.transcript(call)
        if transcript is None and self._calls.find(call) is None:
            return None
        return {
            "call": call,
            "begun_us": self._live.begun_us(call),
            "legs": [
                {
                    "leg": one.leg.leg,
                    "speaker": one.speaker,
                    "agent": one.leg.agent,
                    "on": one.is_on,
                    "partial": one.guess,
                }
                for one in self._live.legs(call)
            ],
            "transcript": transcript_view(transcript),
            **{name: state(call) for name, state in self._more.items()},
        }


SPEECH: web.AppKey[Speech] = web.AppKey("speech_streams", Speech)


@routes.get("/api/v1/calls/{id}/sound")
@declared(allow=CASES, query=SoundQuery, media="audio/wav", agents=Reach.OWN)
async def sound(request: web.Request) -> web.Response:
    """Return some seconds of a call that goes on, or ended a short while ago, as a WAV file.

    The agent hears the words that a field of the draft stands on; an agent's own calls only.
    """
    speech, call = request.app[SPEECH], request.match_info["id"]
    record = speech.find(call)
    check_scope(request)
    await looked(request, f"recording/{call}")
    wav = await sound_of(speech.recordings, record, speech.begun_us(call), read_query(request.query))
    return web.Response(body=wav, content_type="audio/wav")


@routes.get("/api/v1/calls/{id}/speech/stream")
@declared(allow=CASES, agents=Reach.OWN, media="text/event-stream", events={"state": SpeechAnswer})
async def stream(request: web.Request) -> web.StreamResponse:
    """Send what is said in a call and what comes of it, as server-sent events."""
    speech, call = request.app[SPEECH], request.match_info["id"]
    if speech.state(call) is not None:
        await looked(request, f"call/{call}")
    own = await is_own_call(request, call)
    return await speech.answer(request, sight_of(request, own=own))


@routes.get("/api/v1/calls/{id}/speech")
@declared(allow=CASES, answer=SpeechAnswer, agents=Reach.OWN)
async def state(request: web.Request) -> web.Response:
    """Return what was said so far, the draft and the suggestions."""
    call = request.match_info["id"]
    view = request.app[SPEECH].state(call)
    if view is None:
        raise NotFoundError(f"nothing of a call {call[:60]!r} is in memory", mend="see GET /api/v1/calls/ID")
    await looked(request, f"call/{call}")
    return answer(seen(view, sight_of(request, own=await is_own_call(request, call))))


def _told(event: DomainEvent) -> Told:
    told = fields_of(event)
    if isinstance(event, SpeechHeard):
        told["words"] = [_word(word) for word in event.words]
        told |= written(Utterance(event.speaker, 0.0, 0.0, event.text, event.words))
    elif isinstance(event, SpeechPartial):
        told["text"] = event.text  # an empty one takes back what was guessed
        told["unsettled"] = True
    return told


def _word(word: Word) -> list[object]:
    return [word.text, word.start_s, word.end_s, word.confidence]


def _nothing(_call: str) -> None:
    return None


def _none(_call: str) -> list[object]:
    return []
