"""The draft of a real call grows while it is spoken, and a person confirms in the middle of it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from aiohttp import ClientSession

from hotline.app.service import Service
from hotline.ticket_bridge import tables
from support.live_ears import ears, until
from support.live_talk import Voice, following
from support.speech import speech

HEARD = {"enabled": True, "machine_full_percent": 100}
pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2), pytest.mark.takes(40)]

BUS_SOUND = speech("base0204.wav")
"""五路公交车早上等了四十分钟，来了还不停"""


async def said_until_drafted(voice, stream) -> None:
    """Say it, and once more when a busy machine lost too much of the sound to understand it."""

    def drafted() -> bool:
        drafts = stream.of("draft")
        return bool(drafts) and "content" in drafts[-1].data["fields"]

    for _ in range(3):
        await voice.say(BUS_SOUND)
        with suppress(TimeoutError):
            await until(drafted, limit_s=30)
            return
    await until(drafted, limit_s=30)


def ears_on(service, call) -> int:
    """How many legs are listened to now; a viewer who came later is told of them in its first event alone."""
    state = service.live_speech.web.state(call)
    return 0 if state is None else sum(leg["on"] for leg in state["legs"])


@pytest.mark.clause("R-T-2")
@pytest.mark.clause("R-T-4")
@pytest.mark.clause("R-R-5")
async def test_the_draft_of_a_call_that_goes_on_is_on_its_stream_and_can_be_set_right(
    running_asterisk,
) -> None:
    async with ears(running_asterisk) as scene:
        told = scene.switch.settings
        beside = told.model_copy(
            update={
                "asterisk": told.asterisk.model_copy(update={"mode": "external"}),
                "asr": told.asr.model_copy(update={"live": told.asr.live.model_copy(update=HEARD)}),
            }
        )
        async with Service(beside, None) as service:
            await until(lambda: service.transcriber, limit_s=90)
            citizen, _ = await scene.talk()
            voice = Voice(citizen)
            await until(service.tracker.open_calls, limit_s=60)
            call = service.tracker.open_calls()[0].id
            async with (
                following(told, call) as stream,
                ClientSession(
                    f"http://127.0.0.1:{told.web.port}",
                    headers={"Authorization": f"Bearer {told.web.token}"},
                ) as api,
            ):
                await until(lambda: ears_on(service, call) >= 2, limit_s=40)
                await said_until_drafted(voice, stream)
                draft = stream.of("draft")[-1].data
                words = [piece["words"] for piece in draft["fields"]["content"]["evidence"]]
                spoken = "".join(stream.texts("speech", "citizen"))
                assert words
                assert all(one in spoken for one in words)
                assert draft["fields"]["content"]["by"] == "rules"
                assert any(hint["text"] == "问一下：事发地点？" for hint in draft["missing"])

                body = {"who": "2000", "fields": {"place": "和平路公交站"}}
                async with api.patch(f"/api/v1/tickets/{call}", json=body) as answer:
                    assert answer.status == 200, await answer.text()
                await until(lambda: stream.of("draft")[-1].data["changed"] == ["place"], limit_s=60)
                assert not any(hint["field"] == "place" for hint in stream.of("draft")[-1].data["missing"])
                async with api.get(f"/api/v1/calls/{call}/speech") as answer:
                    state = (await answer.json())["draft"]
                assert state["fields"]["place"]["value"] == "和平路公交站"

                await citizen.hang_up()
                await until(lambda: service.drafting.live.state_of(call) is None, limit_s=90)
                async with service.database.read() as session:
                    ticket = await tables.find(session, call)
                assert ticket is not None
                assert ticket.place == "和平路公交站"
            voice.close()
