"""A danger spoken in a real call is proposed with its line on the agent's stream; nobody is called by it."""

from __future__ import annotations

import numpy as np
import pytest

from hotline.app.service import Service
from hotline.ivr.prompts import synthesise
from hotline.ticket_bridge.assist.assist_tables import of_call
from support.live_ears import ears, until
from support.live_talk import Voice, following

HEARD = {"enabled": True, "machine_full_percent": 100}
pytestmark = [pytest.mark.asterisk, pytest.mark.heavy(2), pytest.mark.takes(25)]


@pytest.mark.clause("R-T-9")
@pytest.mark.clause("R-3W-1")
async def test_a_danger_spoken_is_proposed_and_no_line_is_called(running_asterisk) -> None:
    said = await synthesise("danger", "有人要跳楼")
    sound = (said.samples * 32767).astype(np.int16)
    async with ears(running_asterisk) as scene:
        told = scene.switch.settings
        beside = told.model_copy(
            update={
                "asterisk": told.asterisk.model_copy(update={"mode": "external"}),
                "asr": told.asr.model_copy(update={"live": told.asr.live.model_copy(update=HEARD)}),
            }
        )
        async with Service(beside, None) as service:
            await until(lambda: service.transcriber)
            citizen, _ = await scene.talk()
            voice = Voice(citizen)
            await until(service.tracker.open_calls)
            call = service.tracker.open_calls()[0].id
            async with following(told, call) as stream:
                await until(lambda: stream.lives().count("on") >= 2, limit_s=40)
                await voice.say(sound)
                await until(lambda: _lines(stream), limit_s=60)
                [event] = _lines(stream)
                assert event["data"]["line"] == "110"
                assert event["data"]["target"] == "police"
                assert "公安" in event["text"]
                assert "跳楼" in event["evidence"][0]["words"]
                assert "emergency_line:110" in {one.id for one in service.assist.standing(call)}
                await voice.say(sound)
                assert len(_lines(stream)) == 1
                assert scene.lines.legs == []
                await citizen.hang_up()
                await until(lambda: service.assist.standing(call) == [], limit_s=60)
            async with service.database.read() as session:
                kept = await of_call(session, call)
            assert "emergency_line:110" in {one["id"] for one in kept}
            voice.close()


def _lines(stream) -> list[dict]:
    events = [one.data for one in stream.of("suggestion")]
    return [one for one in events if one["kind"] == "emergency_line" and not one["withdrawn"]]
