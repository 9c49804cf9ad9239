"""What tests of supervisors share: a switch with one, who talks with whom, the marks of supervising."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotline.demo.phones import Phone
from support.flow import AGENTS, SUPERVISOR_HZ, Flow
from support.journal import Line, marks, until
from support.rooms import room_flow

SUPERVISOR = "1009"


async def supervised_flow(running_asterisk: Any, tmp_path: Path) -> Flow:
    """Start a switch whose agent 1009 is a supervisor."""
    chief = {**AGENTS[1], "number": SUPERVISOR, "name": "周岚", "role": "supervisor"}
    return await room_flow(running_asterisk, tmp_path, agents=[*AGENTS, chief])


async def supervisor(flow: Flow, code: str) -> Phone:
    """Return the supervisor's telephone, which has dialled a code and is on the call."""
    phone = await flow.agent(SUPERVISOR, signed_in=False)
    await phone.call(code)
    await phone.wait_for("established")
    await supervised(flow, "HL_SUPERVISE")
    return phone


async def supervised(flow: Flow, name: str, count: int = 1) -> list[Line]:
    """Wait for so many marks of supervising."""
    return await until(lambda: found if len(found := marks(flow.switch, name)) >= count else [])


__all__ = ["SUPERVISOR_HZ"]
