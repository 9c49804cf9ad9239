"""Streams of a call: what each viewer gets, in which order, and what a slow one costs the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.typedefs import Handler

from hotline.asr.live_events import LiveSpeechChanged, SpeechHeard, SpeechPartial
from hotline.asr.transcripts import Transcript, Word
from hotline.core.access.identity import EVERY_SCOPE, Identity
from hotline.core.clock import from_us
from hotline.core.events import DomainEvent, EventBus
from hotline.core.roles import Role
from hotline.telephony.calls import CallRecord
from hotline.telephony.events import CallArrived, CallEnded
from hotline.ticket_bridge.assist.assist_events import Grounds, Suggested
from hotline.web import call_streams, speech_stream, sse
from hotline.web.call_streams import CallStreams, Kind
from hotline.web.door import ACCESS
from hotline.web.identity import WHO
from hotline.web.looks import LOOKS, Looks
from hotline.web.problems import problems
from hotline.web.speech_stream import SPEECH, Speech
from support.streams import Viewer

AT = from_us(1_700_000_000_000_000)
KIND = Kind(
    "test",
    {SpeechPartial: "partial", SpeechHeard: "speech", CallEnded: "ended"},
    lambda call: {"call": call} if call.startswith("c") else None,
    replaced={"partial": "leg"},
)


@web.middleware
async def as_program(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[WHO] = Identity("token", "管理员", Role.ADMIN, "token", scopes=EVERY_SCOPE)
    return await handler(request)


def partial(text: str, call: str = "c", leg: str = "1") -> SpeechPartial:
    return SpeechPartial(at=AT, call=call, leg=leg, speaker="citizen", agent="", text=text)


def speech(text: str, call: str = "c") -> SpeechHeard:
    return SpeechHeard(
        at=AT,
        call=call,
        leg="1",
        speaker="citizen",
        agent="",
        text=text,
        start_us=1_000_000,
        end_us=2_000_000,
        words=(Word(text, 0.0, 1.0, 0.5),),
    )


def ended(call: str = "c") -> CallEnded:
    return CallEnded(at=AT, call=call, node="n", outcome=None, ended_by="citizen")


class Site:
    def __init__(self, kind: Kind | None = None, streams: CallStreams | None = None) -> None:
        self.bus = EventBus()
        self.streams = streams or CallStreams(self.bus, kind or KIND)
        self.url = ""
        self.session: ClientSession

    @asynccontextmanager
    async def viewer(self, call: str = "c") -> AsyncIterator[Viewer]:
        async with self.session.get(f"{self.url}/{call}") as answer:
            assert answer.status == 200
            yield Viewer(answer.content)


@asynccontextmanager
async def site(kind: Kind | None = None) -> AsyncIterator[Site]:
    found = Site(kind)
    app = web.Application(middlewares=[problems])
    app.router.add_get("/{id}", found.streams.answer)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    found.url = f"http://{host}:{port}"
    async with ClientSession() as found.session:
        yield found
        found.streams.close()
    await runner.cleanup()


async def test_the_state_first_then_each_event_of_this_call_and_the_end_last() -> None:
    async with site() as here, here.viewer() as one, here.viewer() as other:
        assert await one.next() == ("state", {"call": "c"})
        assert (await other.next())[0] == "state"
        assert here.streams.viewers == 2
        here.bus.publish(speech("甲", "c2"))
        here.bus.publish(CallArrived(at=AT, call="c", node="n", trunk="t", did="1", number="2"))
        here.bus.publish(speech("一"))
        here.bus.publish(ended())
        name, data = await one.next()
        assert (name, data["text"], data["at"]) == ("speech", "一", "2023-11-14T22:13:20+00:00")
        assert "agent" not in data, "what has no value is left out"
        assert (await one.next())[0] == "ended"
        assert (await one.next()) == ("", {}), "it goes on after its end"
        assert [(await other.next())[0] for _ in range(2)] == ["speech", "ended"]
    assert here.streams.viewers == 0


async def test_an_event_is_rendered_once_and_not_at_all_without_viewers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    encode = sse.encode

    def counting(name: str, data: Any, number: int | None = None) -> bytes:
        made.append(name)
        return encode(name, data, number)

    monkeypatch.setattr(sse, "encode", counting)
    async with site() as here, here.viewer() as one, here.viewer() as other:
        await one.next()
        await other.next()
        made.clear()
        here.bus.publish(speech("一", "c3"))
        assert made == []
        here.bus.publish(speech("一"))
        assert made == ["speech"]
        assert (await one.next())[0] == (await other.next())[0] == "speech"


async def test_a_newer_guess_of_a_leg_takes_the_place_of_one_not_sent_yet() -> None:
    async with site() as here, here.viewer() as one:
        await one.next()
        guesses = partial("路灯"), partial("请", leg="2"), partial("路灯坏")
        for event in (partial("路"), speech("你好"), *guesses):
            here.bus.publish(event)
        told = [await one.next() for _ in range(3)]
        assert [data["text"] for _, data in told] == ["你好", "请", "路灯坏"]


async def test_a_viewer_who_missed_events_is_given_the_state_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_streams, "KEPT", 5)
    async with site() as here, here.viewer() as one:
        await one.next()
        for n in range(9):
            here.bus.publish(speech(str(n)))
        assert (await one.next())[0] == "state"
        here.bus.publish(speech("后"))
        assert (await one.next())[1]["text"] == "后", "the state had all that was before it"


async def test_something_is_sent_though_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.02)
    async with site() as here, here.viewer() as one:
        assert [(await one.next())[0] for _ in range(3)] == ["state", "alive", "alive"]


async def test_too_many_viewers_and_unknown_calls_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_streams, "MOST_VIEWERS", 1)
    async with site() as here:
        async with here.session.get(f"{here.url}/x") as answer:
            assert answer.status == 404
        async with here.viewer() as one, here.session.get(f"{here.url}/c") as answer:
            await one.next()
            assert answer.status == 503


async def test_a_call_that_is_over_ends_its_stream_and_what_comes_late_is_still_told() -> None:
    kind = Kind("test", KIND.events, KIND.state, linger_s=0.2, is_over=lambda call: call == "c-over")
    async with site(kind) as here:
        async with here.viewer("c-over") as late:
            assert [await late.next() for _ in range(2)] == [
                ("state", {"call": "c-over"}),
                ("ended", {"call": "c-over"}),
            ]
        async with here.viewer() as one:
            await one.next()
            here.bus.publish(ended())
            here.bus.publish(speech("再见"))
            assert [(await one.next())[0] for _ in range(2)] == ["speech", "ended"]


async def test_closing_ends_every_stream() -> None:
    async with site() as here, here.viewer() as one:
        await one.next()
        here.streams.close()
        assert await one.next() == ("", {})


class Calls:
    def find(self, call: str) -> CallRecord | None:
        return CallRecord(call, citizen=call) if call == "c" else None


class NoSpeech:
    def transcript(self, call: str) -> Transcript | None:
        return Transcript(call, "m", "zh-CN", (), 0.0) if call == "c" else None

    def begun_us(self, call: str) -> int | None:
        return 5

    def legs(self, call: str) -> tuple[()]:
        return ()


async def test_drafts_and_suggestions_are_passed_on_and_shown_in_the_state() -> None:
    bus = EventBus()
    streams = Speech(bus, Calls(), NoSpeech())
    streams.add("draft", lambda call: {"fields": {"place": call}})
    app = web.Application(middlewares=[problems, as_program])
    app[SPEECH], app[LOOKS], app[ACCESS] = streams, Looks(), None
    app.add_routes(speech_stream.routes)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v1/calls"
    suggested = Suggested(
        at=AT,
        call="c",
        id="1",
        kind="emergency_line",
        text="建议接通119",
        data={"line": "119"},
        evidence=(Grounds("着火了", "citizen", 1.0, 2.0),),
    )
    news: list[DomainEvent] = [
        partial(""),
        LiveSpeechChanged(at=AT, call="c", leg="1", state="on", why="begun"),
        suggested,
    ]
    async with ClientSession() as session:
        async with session.get(f"{url}/c/speech") as answer:
            state = await answer.json()
        async with session.get(f"{url}/x/speech") as answer:
            assert answer.status == 404
        async with session.get(f"{url}/c/speech/stream") as answer:
            viewer = Viewer(answer.content)
            assert await viewer.next() == ("state", state)
            for event in news:
                bus.publish(event)
            told = [await viewer.next() for _ in news]
        streams.close()
    await runner.cleanup()
    assert state["draft"] == {"fields": {"place": "c"}}
    assert (state["suggestions"], state["begun_us"]) == ([], 5)
    assert [name for name, _ in told] == ["partial", "live", "suggestion"]
    assert told[0][1]["text"] == "", "a guess that is taken back"
    assert told[2][1]["data"] == {"line": "119"}
    assert told[2][1]["evidence"][0]["words"] == "着火了"
