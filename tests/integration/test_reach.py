"""Walks the loaded dialplan: what a citizen can reach holds no outgoing line."""

from __future__ import annotations

import re

import pytest

from support.flow import AGENTS, QUEUES
from support.journal import journal, until_idle
from support.sipp import Wait, call

pytestmark = pytest.mark.asterisk

CONTEXT = re.compile(r"^\[ Context '([^']+)'", re.MULTILINE)
STEP = re.compile(r"\d+\. (?P<app>[A-Za-z]+)\((?P<args>.*)\)\s+\[[a-z0-9_.-]+:\d+\]")
INCLUDE = re.compile(r"Include =>\s+'([^']+)'")
LEAVES = {
    "Dial",
    "Queue",
    "Originate",
    "Page",
    "FollowMe",
    "Transfer",
    "BridgeAdd",
    "System",
    "TrySystem",
    "AGI",
    "Exec",
}

HELPERS = (
    "Local/s@hotline-room-keeper/n,exten,hotline-internal-wait,",
    "Local/s@hotline-room-music/n,exten,hotline-room-guest,",
    "Local/s@hotline-tell-voice/n,exten,hotline-tell-ear,",
    "Local/${HL_ME}@agent-awaited/n,exten,hotline-internal-wait,",
    "PJSIP/${HL_AGENT},exten,agent-returned,",
    "Local/${ARG2}@hotline-line/n,exten,hotline-room,line,",
)
"""The last one calls a third line: those of the settings only, see below."""
OTHER_SIDE = re.compile(r"[UFb]\((?:[^()]|\([^()]*\))*\)")
"""Options of Dial that name what runs on the channel that is called."""
TO_A_THIRD_LINE = ("hotline-line-route", "PJSIP/${ARG3}@trunk-${ARG2}")


async def contexts_of(switch) -> dict[str, str]:
    text = await switch.console("dialplan show")
    parts = CONTEXT.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def steps(text: str) -> list[tuple[str, str]]:
    return [(match["app"], match["args"]) for match in STEP.finditer(text)]


def reached_from(start: str, contexts: dict[str, str], *, without: frozenset[str] = frozenset()) -> set[str]:
    """Every context whose name stands in a step of one already reached; a little too many is right here.

    Steps of the applications ``without`` are passed over: what they lead to runs on another channel.
    """
    found, ahead = set[str](), [start]
    while ahead:
        name = ahead.pop()
        if name in found or name not in contexts:
            continue
        found.add(name)
        text = contexts[name]
        ahead += INCLUDE.findall(text)
        for app, words in steps(text):
            if app in without:
                continue
            arguments = re.sub(r"DIALPLAN_EXISTS\([^)]*\)", "", words)  # a question, no way
            if app == "Dial" and without:
                arguments = OTHER_SIDE.sub("", arguments)
            ahead += [
                other for other in contexts if re.search(rf"(?<![\w-]){re.escape(other)}(?![\w-])", arguments)
            ]
    return found


async def test_no_citizen_reaches_an_outgoing_line(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    contexts = await contexts_of(switch)
    reached = reached_from("from-trunk", contexts)
    assert {"hotline-human", "hotline-queue", "hotline-message", "hotline-bye", "agent-connect"} <= reached
    assert "from-agent" not in reached
    out = [
        (name, app, args) for name in sorted(reached) for app, args in steps(contexts[name]) if app in LEAVES
    ]
    for name, app, args in out:
        match app:
            case "Queue":
                assert args.split(",")[0] in {"public", "enterprise"}, (name, args)
            case "Dial":
                assert re.match(r"PJSIP/(\$\{HL_(TO|AGENT)\}|100[123]),", args), (name, args)
            case "Originate":  # on an agent's channel: its wrap-up, and what a room needs
                assert args.startswith(("Local/${HL_ME}@agent-wrapup/n,", *HELPERS)), (name, args)
            case _:
                pytest.fail(f"{name} runs {app}({args})")
    assert {app for _, app, _ in out} >= {"Queue"}


async def test_a_lost_telephone_is_called_again_by_the_name_that_the_switch_knows_it_by(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    told = [
        (name, args)
        for name, text in (await contexts_of(switch)).items()
        for _, args in steps(text)
        if re.match(r"_*HL_AGENT=|SHARED\(HL_LOST\b.*\)=.", args)
    ]
    numbers = {("agent-awaited", f"HL_AGENT={number}") for number in ("1001", "1002", "1003")}
    assert set(told) == numbers | {
        ("hotline-lost", "HL_AGENT=${SHARED(HL_LOST)}"),
        ("agent-lost", "SHARED(HL_LOST,${HL_WHOSE})=${HL_ME}"),
    }


async def test_nobody_can_dial_a_trunk_at_all(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    for name, text in (await contexts_of(switch)).items():
        for app, args in steps(text):
            to = (name, args.split(",")[0])
            assert "trunk-" not in args or app in {"Set", "Gosub"} or to == TO_A_THIRD_LINE, (name, app, args)
            assert "hotline-line-route" not in args, "no third line is configured"
            assert app not in {"System", "TrySystem", "AGI", "Exec", "ExecIf"} or "System" not in args, name


async def test_keys_of_one_context_never_make_another_wait(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    contexts = await contexts_of(switch)
    for name in ("hotline-offer", "hotline-waiting"):
        keys = [
            key
            for key in re.findall(r"^  '([^']+)' =>", contexts[name], re.MULTILINE)
            if key[0] in "0123456789*#"
        ]
        assert keys == ["1"], name


async def test_a_start_says_nothing_worth_a_warning(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    assert switch.faults() == []


CALLED_BACK = {
    "trunks": [{"name": "test", "host": "127.0.0.1", "port": 9, "numbers": ["12345"]}],
    "outside": [{"name": "region", "trunk": "test", "number": "01012345678"}],
    "callback": {"trunk": "test", "numbers": ["1[3-9]XXXXXXXXX"]},
}


@pytest.mark.clause("R-IVR-7")
async def test_the_lines_that_go_out_are_those_of_the_settings_and_no_digit_of_a_citizen_leads_there(
    running_asterisk,
):
    queues = [{**QUEUES[0], "overflow_to": "region"}, QUEUES[1]]
    switch = await running_asterisk(queues=queues, agents=AGENTS, **CALLED_BACK)
    assert switch.faults() == []
    contexts = await contexts_of(switch)
    out = {
        (name, args.split(",")[0])
        for name, text in contexts.items()
        for app, args in steps(text)
        if app in LEAVES and "trunk-" in args
    }
    assert out == {
        ("hotline-outside", "PJSIP/01012345678@trunk-test"),
        ("hotline-callback-out", "PJSIP/${EXTEN}@trunk-test"),
        TO_A_THIRD_LINE,
    }
    keys = re.findall(r"^  '([^']+)' =>", contexts["hotline-callback-out"], re.MULTILINE)
    assert sorted(keys) == ["_1[3-9]XXXXXXXXX", "i"]
    # On a citizen's own channel: by every jump, key and subroutine, but for channels made or redirected.
    mine = reached_from("from-trunk", contexts, without=frozenset({"Originate", "ChannelRedirect", "Queue"}))
    assert {"hotline-callback", "hotline-outside", "hotline-offer"} <= mine
    assert not {
        name for name in mine if name.startswith(("hotline-room", "hotline-line", "hotline-supervise"))
    }
    named = mine & {name for name in contexts if name.startswith("hotline-callback")}
    assert named == {"hotline-callback", "hotline-callback-promise"}
    # The dialling half is redirected by the agent's channel alone.
    to_dial = [
        (name, app, args)
        for name, text in contexts.items()
        for app, args in steps(text)
        if re.search(r"hotline-callback-(dial|out)", args) and "DIALPLAN_EXISTS" not in args
    ]
    assert sorted(to_dial) == [
        ("agent-callback", "ChannelRedirect", "${HL_HOLD},hotline-callback-dial,${HL_ME},1"),
        ("hotline-callback-dial", "Goto", "hotline-callback-out,${CUT(HL_SAID,-,3)},1"),
    ]
    placeholders = [
        (name, args)
        for name, text in contexts.items()
        for app, args in steps(text)
        if app == "Originate" and "callback" in args
    ]
    assert {name for name, _ in placeholders} == {"hotline-callback-promise", "hotline-callbacks"}
    assert all(
        args.startswith("Local/s@hotline-callback-hold/n,exten,hotline-callback-queue,s,1,")
        for _, args in placeholders
    )


@pytest.mark.clause("R-3W-1")
async def test_third_lines_are_those_of_the_settings_and_dialled_as_they_stand_there(running_asterisk):
    lines = [
        {
            "name": name,
            "code": code,
            "label": "单位",
            "kind": "utility",
            "routes": [{"trunk": "test", "number": number}],
        }
        for name, code, number in (("water", "961", "96116"), ("heat", "962", "96117"))
    ]
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, third_lines=lines)
    contexts = await contexts_of(switch)
    assert re.findall(r"^  '([^']+)' =>", contexts["hotline-line"], re.MULTILINE) == ["heat", "water"]
    dialled = [
        (name, args)
        for name, text in contexts.items()
        for app, args in steps(text)
        if "hotline-line-route" in args
    ]
    assert sorted(dialled) == [
        ("hotline-line", "hotline-line-route,s,1(1,test,96116,30,room-last)"),
        ("hotline-line", "hotline-line-route,s,1(1,test,96117,30,room-last)"),
    ]
    mine = reached_from("from-trunk", contexts, without=frozenset({"Originate", "ChannelRedirect", "Queue"}))
    assert not {
        name for name in mine if name.startswith(("hotline-room", "hotline-line", "hotline-supervise"))
    }


@pytest.mark.parametrize("called", ["hotline-callback-dial", "13912345678", "region", "hotline-outside"])
async def test_no_dialled_name_or_number_reaches_an_outgoing_line(running_asterisk, called):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, **CALLED_BACK)
    await call(switch.trunk, [Wait(1)], called=called, limit_s=10)
    await until_idle(switch)
    assert not [line for line in journal(switch) if line.event == "HL_CALLBACK_TRY"]
    trunks = [line for line in journal(switch) if line.event == "CHAN_START" and "trunk-test" in line.channel]
    assert len(trunks) <= 1  # the citizen's own


async def test_the_keys_of_a_waiting_citizen_are_only_those_that_are_offered(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS, **CALLED_BACK)
    contexts = await contexts_of(switch)
    for name in ("hotline-offer", "hotline-waiting"):
        keys = re.findall(r"^  '([0-9*#]+)' =>", contexts[name], re.MULTILINE)
        assert keys == ["1", "2"], name
