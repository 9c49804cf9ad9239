"""What is said in a call-back is a talk like any other: recorded, found at once, recognised, drafted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.asr.requests import TranscribeRequest
from hotline.core.clock import from_us, utc_now
from hotline.core.db import Base, Database
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.telephony.call_figures import callback_answered
from hotline.telephony.events import CallStored
from hotline.telephony.recording_files import look
from hotline.telephony.recordings import CALLBACK_QUIET_S, RecordingFinaliser
from hotline.telephony.tracker import Tracker
from hotline.ticket_bridge.call_facts import StoredCalls
from support.asterisk import free_ports
from support.call_facts import NOON, SECOND, Story
from support.callbacks import begin, promise
from support.flow import AGENT_HZ
from support.journal import seconds_with, until, until_idle
from support.outside import telephones
from support.recordings import DAY, Folder, record_of
from support.wavs import cut_wav

CALL, OTHER = "node1-1795320000.12", "node1-1795320090.40"
TALK = ("mix9", "citizen9", "agent9")


@pytest.fixture
def folder(tmp_path, database: Database) -> Folder:
    return Folder(tmp_path, database)


def promised() -> Story:
    story = Story(CALL, NOON).arrive().menu().ask().enter().wait(20).leave("KEY")
    return story.mark("HL_CALLBACK", number="13812345678", queue="main").wait(4).hang_up().retire()


def called_back(*, is_over: bool) -> Story:
    """The promise, and the talk that began 90 s after noon and may be over 20 s later."""
    back = Story(OTHER, NOON + 90 * SECOND).event("HL_INTERNAL", extra="role=callback")
    back.event("HL_CALLBACK_TRY", extra=f"call={CALL}&try=1&agent=1001")
    back.event("HL_CALLBACK_ANSWERED", extra=f"call={CALL}&try=1&agent=1001").wait(20)
    if is_over:
        back.event("HL_CALLBACK_END", extra=f"call={CALL}&try=1&file={DAY}/{CALL}")
    story = promised()
    return Story(CALL, NOON, rows=[*story.rows, *back.rows])


def stored() -> CallStored:
    return CallStored(at=utc_now(), call=CALL, node="node1", outcome="callback_accepted")


@pytest.mark.clause("R-T-1")
async def test_a_call_backs_talk_is_registered_at_once_with_its_job(folder: Folder):
    await folder.store(promised())
    folder.files(CALL)
    assert await folder.finaliser.run_once() == 1
    assert await folder.jobs() == {}
    folder.now = from_us(NOON + 120 * SECOND)
    await folder.store(called_back(is_over=True))
    folder.files(CALL, kinds=TALK)
    folder.bus.publish(stored())
    assert await folder.finaliser.run_once() == 1
    rows = await folder.rows()
    talk = {path: row for path, row in rows.items() if "9.wav" in path}
    assert {path: (row.call, row.kind, row.state) for path, row in talk.items()} == {
        f"{DAY}/{CALL}-{kind}9.wav": (CALL, kind, "ready") for kind in ("mix", "citizen", "agent")
    }
    assert len(rows) == 6
    answered = callback_answered(record_of(called_back(is_over=True)))
    assert answered is not None
    assert {row.begun_at for row in talk.values()} == {from_us(answered)}
    legs = {kind: f"{DAY}/{CALL}-{kind}9.wav" for kind in ("agent", "citizen")}
    assert await folder.jobs() == {CALL: {"call": CALL, "legs": legs, "from_s": 0.0}}
    assert await folder.finaliser.run_once() == 0


async def test_a_service_that_was_away_finds_the_talk_and_its_job_too(folder: Folder):
    await folder.store(called_back(is_over=True))
    folder.files(CALL, kinds=(*TALK, "mix", "citizen", "agent"))
    await folder.new().adopt()
    assert len(await folder.rows()) == 6
    assert list(await folder.jobs()) == [CALL]


async def test_a_talk_that_goes_on_in_silence_is_not_mended_under_the_switchs_hands(folder: Folder):
    await folder.store(called_back(is_over=False))
    paths = folder.files(CALL, kinds=TALK)
    for path in paths:
        cut_wav(path, seconds=2.0)
        folder.touch(path)
    folder.now += timedelta(seconds=60)
    before = [path.stat().st_ino for path in paths]
    await folder.finaliser.adopt()
    assert [path.stat().st_ino for path in paths] == before
    assert await folder.rows() == {}
    folder.now += timedelta(seconds=CALLBACK_QUIET_S)
    await folder.new().adopt()
    assert {row.repaired for row in (await folder.rows()).values()} == {True}
    assert list(await folder.jobs()) == [CALL]


@pytest.mark.asterisk
async def test_the_talk_of_a_real_call_back_is_heard_recognised_and_drafted(running_asterisk, tmp_path):
    port = free_ports(1)[0]
    flow = await begin(running_asterisk, tmp_path, port)
    settings = flow.switch.settings
    database, bus = Database(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}"), EventBus()
    async with database.write() as session:
        await (await session.connection()).run_sync(Base.metadata.create_all)
    jobs = Jobs(database, node="node1")
    tracker, finaliser = Tracker(settings, database, bus), RecordingFinaliser(settings, database, jobs, bus)
    await tracker.load()
    async with flow, telephones(port) as outside:
        await promise(flow, "13800000002")
        agent = await flow.agent("1001")
        await until(lambda: outside.count("answered") == 1)
        sound = await until(lambda: next(iter(flow.switch.recordings.rglob("*-citizen9.wav")), None))
        await until(lambda: sound.stat().st_size > 40_000)
        await agent.hang_up()
        await until_idle(flow.switch)
    await tracker.read_journal()
    await finaliser.run_once()  # the scan for strangers has no part in it
    job = await jobs.lease("transcribe", owner="test", lease_s=60)
    assert job is not None
    request = TranscribeRequest.parse(job.payload, flow.switch.recordings)
    assert request.legs["citizen"] == sound
    assert look(flow.switch.recordings, str(sound.relative_to(flow.switch.recordings))).is_complete
    assert seconds_with(sound, AGENT_HZ) > 1  # the telephone sends back what it hears
    async with database.read() as session:
        context = await StoredCalls(settings)(session, request.call)
    assert context is not None
    assert context.agent == "王芳（1001）"
    assert context.answered_at is not None
    await database.close()
