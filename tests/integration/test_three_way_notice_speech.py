"""The update holds what was said, by the real engine, from recordings that the switch would be writing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from hotline.asr.catalogue import open_engine
from hotline.asr.recorded_so_far import RecordedSoFar
from hotline.core.db import Base, Database
from support.notices import TALK_S, NoticeNode, notice_settings, request
from support.receiver import receiver, until
from support.speech import (
    LAMPS,
    PAPERS,
    RATE,
    begin_recording,
    error_rate,
    go_on_recording,
    silence,
    speech,
)

pytestmark = pytest.mark.clause("R-3W-3")


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """A SQLite database with every table."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'notices.db'}")
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    await database.close()
    return database.url


@pytest.fixture
async def source() -> AsyncGenerator[RecordedSoFar]:
    engine = open_engine("mini-cn-synthetic", None)
    found = RecordedSoFar(lambda: engine)
    yield found
    await found.close()


async def test_the_update_holds_the_last_minute_of_both_and_the_place(
    tmp_path: Path, url: str, source: RecordedSoFar
) -> None:
    lamps, papers = speech("base0016.wav"), speech("base0216.wav")
    async with receiver() as police:
        settings = notice_settings(tmp_path, url, police)
        node = NoticeNode(settings, source)
        story = request()
        assert settings.recording.directory is not None
        base = settings.recording.directory / story.rows[3][-1].split("file=")[1].split('"')[0].split("&")[0]
        citizen, agent = base.with_name(f"{base.name}-citizen.wav"), base.with_name(f"{base.name}-agent.wav")
        begin_recording(citizen, silence(5), lamps)
        begin_recording(agent, silence(TALK_S - 12), papers, silence(20))
        async with node.running(speech_limit_s=60.0):
            node.tell(story)
            await until("the first message, before anything was recognised", lambda: police.taken)
            assert police.taken[0]["speech"]["state"] == "pending"
            go_on_recording(citizen, silence(30))
            await until("the update", lambda: len(police.taken) == 2, 60)
    update = police.taken[1]
    assert update["speech"]["state"] == "ready"
    said = {speaker: "" for speaker in ("citizen", "agent")}
    for one in update["speech"]["utterances"]:
        said[one["speaker"]] += one["text"]
        assert 0 <= one["from_s"] < one["to_s"] <= update["speech"]["to_s"] + 1
    assert error_rate(LAMPS, said["citizen"]) <= 0.15
    assert error_rate(PAPERS, said["agent"]) <= 0.15
    assert update["speech"]["model"] == "mini-cn-synthetic"
    assert update["speech"]["utterances"][0]["from_s"] == pytest.approx(5.0, abs=1.0)
    assert update["matter"]["place"]
    assert update["matter"]["summary"]
    assert len(lamps) / RATE < TALK_S
