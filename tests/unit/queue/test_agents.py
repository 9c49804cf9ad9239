from __future__ import annotations

import pytest

from hotline.core.errors import InvalidInputError, NotFoundError
from hotline.core.settings import Settings
from hotline.queue.agents import Agents, NotSignedInError
from hotline.queue.states import PAUSE_REASONS, AgentKind
from hotline.telephony.ami_errors import AmiRefusedError
from support.queue_switch import QueueSwitch

SECRET = "secret-for-the-tests"


@pytest.fixture
def settings():
    return Settings.model_validate(
        {
            "asterisk": {"ami_event_secret": SECRET, "ami_action_secret": SECRET},
            "queues": [{"name": "public", "label": "综合"}, {"name": "enterprise", "label": "涉企"}],
            "agents": [
                {"number": "1001", "name": "王芳", "secret": SECRET, "queues": ["public", "enterprise"]},
                {"number": "1002", "name": "李强", "secret": SECRET, "queues": ["public"]},
            ],
            "web": {"token": SECRET},
        }
    )


@pytest.fixture
def switch():
    return QueueSwitch()


@pytest.fixture
def agents(settings, switch):
    return Agents(settings, switch)


async def kind_of(agents, number):
    return next(state.kind for state in await agents.states() if state.number == number)


async def test_the_day_of_an_agent(agents, switch):
    assert await kind_of(agents, "1001") is AgentKind.SIGNED_OUT
    await agents.sign_in("1001")
    assert switch.members == {"public": {"PJSIP/1001": ""}, "enterprise": {"PJSIP/1001": ""}}
    await agents.pause("1001", "meal")
    assert await kind_of(agents, "1001") is AgentKind.PAUSED
    await agents.ready("1001")
    assert await kind_of(agents, "1001") is AgentKind.READY
    await agents.sign_out("1001")
    assert await kind_of(agents, "1001") is AgentKind.SIGNED_OUT


async def test_signing_in_and_out_twice_does_no_harm(agents, switch):
    await agents.sign_in("1001")
    await agents.sign_in("1001")
    await agents.sign_out("1001")
    await agents.sign_out("1001")
    assert switch.members == {"public": {}, "enterprise": {}}


@pytest.mark.parametrize("what", ["sign_in", "sign_out", "ready", "pause"])
async def test_every_manual_change_ends_the_wrap_up(agents, switch, what):
    await agents.sign_in("1002")
    switch.variables["HL_WRAPUP_1002"] = "node1-1.1"
    await getattr(agents, what)("1002")
    assert switch.variables["HL_WRAPUP_1002"] == ""
    assert switch.variables["HL_CHOSEN_1002"] == ("rest" if what == "pause" else "")


@pytest.mark.parametrize("what", ["ready", "pause"])
async def test_who_is_not_signed_in_cannot_be_paused_or_readied(agents, what):
    with pytest.raises(NotSignedInError):
        await getattr(agents, what)("1001")


@pytest.mark.parametrize("number", ["", "9999", "1001\r\nAction: Hangup", "1001;"])
async def test_only_agents_of_the_settings(agents, switch, number):
    for what in ("sign_in", "sign_out", "ready", "pause"):
        with pytest.raises(NotFoundError):
            await getattr(agents, what)(number)
    assert switch.variables == {}


async def test_only_known_reasons(agents):
    await agents.sign_in("1001")
    for reason in ("wrapup", "", "x\r\nAction: Hangup"):
        with pytest.raises(InvalidInputError):
            await agents.pause("1001", reason)


async def test_a_queue_that_the_switch_does_not_have_is_no_silent_success(settings):
    agents = Agents(settings, QueueSwitch(queues=("public",)))
    with pytest.raises(AmiRefusedError):
        await agents.sign_in("1001")
    with pytest.raises(AmiRefusedError):
        await agents.sign_out("1001")


def test_the_telephone_keys_and_the_api_know_the_same_reasons():
    from hotline.telephony.asterisk_config import TEMPLATES

    text = (TEMPLATES / "extensions.conf.j2").read_text(encoding="utf-8")
    assert str(list(PAUSE_REASONS)).replace("'", '"') in text
