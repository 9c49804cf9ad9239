"""Every voice of a room is registered as the call's own, and recognised apart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.core.clock import from_us
from hotline.core.db import Database
from hotline.telephony.events import CallStored
from hotline.telephony.room_recordings import stays_of
from support.call_facts import SECOND, row
from support.recordings import DAY, KINDS, Folder, record_of
from support.room_calls import AGENT_LEG, CALL, LINE, RoomStory, emergency

ROOM_FILES = ("room-agent-1001", f"room-line-{LINE}")


@pytest.fixture
async def folder(tmp_path: Path, database: Database) -> Folder:
    return Folder(tmp_path, database)


@pytest.mark.clause("R-T-1", "R-3W-4")
async def test_the_voices_of_a_room_are_the_calls_own(folder: Folder) -> None:
    told = emergency()
    await folder.store(told)
    folder.files(CALL, kinds=(*KINDS, *ROOM_FILES))
    folder.now = from_us(told.at_us) + timedelta(seconds=9)
    assert await folder.finaliser.run_once() == 1
    rows = await folder.rows()
    assert {row.call for row in rows.values()} == {CALL}
    kinds = {path.rsplit(f"{CALL}-", 1)[1].removesuffix(".wav"): row.kind for path, row in rows.items()}
    assert kinds == {
        **{kind: kind for kind in KINDS},
        "room-agent-1001": "room-agent",
        f"room-line-{LINE}": "room-line",
    }
    record = record_of(told)
    (since, until), *others = stays_of(record)
    assert others == []
    mark = record.first_step("HL_REC")
    assert mark is not None
    payload = (await folder.jobs())[CALL]
    agent, third = payload["parts"]
    assert (agent["speaker"], third["speaker"]) == ("agent", "third")
    assert third["path"] == f"{DAY}/{CALL}-room-line-{LINE}.wav"
    assert agent["at_s"] == pytest.approx((since - mark.at_us) / SECOND, abs=0.01)
    assert third["at_s"] > agent["at_s"] + 5
    assert payload["mixed"] == [
        [pytest.approx((at - mark.at_us) / SECOND, abs=0.01) for at in (since, until)]
    ]


async def test_without_voices_of_their_own_all_is_recognised_as_before(folder: Folder) -> None:
    told = emergency()
    await folder.store(told)
    folder.files(CALL)
    folder.now = from_us(told.at_us) + timedelta(seconds=60)
    assert await folder.finaliser.run_once() == 1
    assert set((await folder.jobs())[CALL]) == {"call", "legs", "from_s"}


async def test_a_voice_found_later_is_adopted(folder: Folder) -> None:
    told = emergency()
    await folder.store(told)
    folder.files(CALL)
    folder.now = from_us(told.at_us) + timedelta(seconds=60)
    await folder.finaliser.run_once()
    folder.files(CALL, kinds=ROOM_FILES)
    await folder.finaliser.adopt()
    rows = await folder.rows()
    assert {rows[f"{DAY}/{CALL}-{name}.wav"].call for name in ROOM_FILES} == {CALL}


async def test_the_room_of_a_call_back_is_told_apart_too(folder: Folder) -> None:
    story = RoomStory(CALL).arrive().menu().ask().enter().wait(20).leave("KEY")
    story.mark("HL_CALLBACK", number="13812345678", queue="main").wait(4).hang_up().retire().wait(60)
    back, channel = "node1-1795320200.77", "PJSIP/trunk-local-0077"
    end = {"call": CALL, "try": 1, "agent": "1001", "file": f"{DAY}/{CALL}"}

    def told(name: str) -> None:
        pairs = "&".join(f"{key}={value}" for key, value in end.items())
        story.rows.append(row(name, story.at_us, back, back, channel=channel, extra={"extra": pairs}))

    told("HL_CALLBACK_ANSWERED")
    story.wait(10).ask_for().told("MOVED", back, channel, back, who="citizen", n=1)
    story.told("MOVED", AGENT_LEG, "PJSIP/1001-00000001", back, who="agent", agent="1001", n=1)
    story.dial().join_line().wait(5).of_line("LEFT", who="line")
    story.told("LEFT", back, channel, back, who="citizen", n=2)
    told("HL_CALLBACK_END")
    await folder.store(story)
    folder.now = from_us(story.at_us) + timedelta(seconds=9)
    folder.files(CALL, kinds=("mix9", "citizen9", "agent9", *ROOM_FILES))
    folder.bus.publish(CallStored(at=folder.now, call=CALL, node="node1", outcome="callback_accepted"))
    await folder.finaliser.run_once()
    payload = (await folder.jobs())[CALL]
    assert payload["legs"] == {kind: f"{DAY}/{CALL}-{kind}9.wav" for kind in ("agent", "citizen")}
    assert [part["speaker"] for part in payload["parts"]] == ["agent", "third"]
    assert payload["parts"][0]["at_s"] == pytest.approx(10, abs=0.1)
    ((since, until),) = payload["mixed"]
    assert (since, until - since) == (pytest.approx(10, abs=0.1), pytest.approx(5.1, abs=0.1))
    assert len(await folder.rows()) == 5


def test_stays_in_rooms() -> None:
    def seconds(story: RoomStory) -> list[int]:
        record = record_of(story)
        return [round((until - since) / SECOND) for since, until in stays_of(record)]

    talking = RoomStory(CALL).begin()
    assert seconds(talking) == []
    story = RoomStory(CALL).begin().ask_for(mode="consult").hold().wait(5).join_all().wait(7).ends()
    assert seconds(story) == [12]
    story = RoomStory(CALL).begin().ask_for().move().wait(3)
    story.told("LEFT", AGENT_LEG, "PJSIP/1001-00000001", who="agent", agent="1001", n=1).wait(4)
    story.alone().wait(50).ask_for("1795320099000").move().wait(6).ends()
    assert seconds(story) == [7, 6]
