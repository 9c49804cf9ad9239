"""Walks the loaded dialplan: what a citizen can reach holds no outgoing line."""

from __future__ import annotations

import re

import pytest

from support.flow import AGENTS, QUEUES

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


async def contexts_of(switch) -> dict[str, str]:
    text = await switch.console("dialplan show")
    parts = CONTEXT.split(text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def steps(text: str) -> list[tuple[str, str]]:
    return [(match["app"], match["args"]) for match in STEP.finditer(text)]


def reached_from(start: str, contexts: dict[str, str]) -> set[str]:
    """Every context whose name stands in a step of one already reached; a little too many is right here."""
    found, ahead = set[str](), [start]
    while ahead:
        name = ahead.pop()
        if name in found or name not in contexts:
            continue
        found.add(name)
        text = contexts[name]
        ahead += INCLUDE.findall(text)
        for _, arguments in steps(text):
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
                assert re.match(r"PJSIP/(\$\{HL_TO\}|100[123]),", args), (name, args)
            case "Originate":
                assert args.startswith("Local/${HL_ME}@agent-wrapup/n,"), (name, args)
            case _:
                pytest.fail(f"{name} runs {app}({args})")
    assert {app for _, app, _ in out} >= {"Queue"}


async def test_nobody_can_dial_a_trunk_at_all(running_asterisk):
    switch = await running_asterisk(queues=QUEUES, agents=AGENTS)
    for name, text in (await contexts_of(switch)).items():
        for app, args in steps(text):
            assert "trunk-" not in args or app in {"Set", "Gosub"}, (name, app, args)
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
