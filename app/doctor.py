"""``hotline doctor``: looks at everything that a first-time user gets wrong, and says how to mend it.

No check changes anything, none stops the others, and each ends within seconds.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path

from ..core import config_file
from ..core.errors import HotlineError
from ..core.settings import Settings
from . import (
    doctor_access,
    doctor_desk,
    doctor_drafts,
    doctor_menu,
    doctor_node,
    doctor_ports,
    doctor_robot,
    doctor_speech,
    doctor_surge,
)
from .doctor_machine import MACHINE_CHECKS
from .finding import Finding, fail, ok, warn

CHECK_LIMIT_S = 30.0

Answer = Iterable[Finding] | Awaitable[Iterable[Finding]]
NodeCheck = Callable[[Settings], Answer]

NODE_CHECKS: tuple[tuple[str, NodeCheck], ...] = (
    ("switch", doctor_node.switch),
    ("ports", doctor_ports.ports),
    ("disk", doctor_node.disk),
    ("recordings", doctor_node.recordings),
    ("database", doctor_node.database),
    ("access", doctor_access.access),
    ("agents", doctor_node.agents),
    ("desk", doctor_desk.desk),
    ("surge", doctor_surge.surge),
    ("menu", doctor_menu.menu),
    ("prompts", doctor_menu.prompts),
    ("robot", doctor_robot.robot),
    ("model", doctor_speech.model),
    ("drafts", doctor_drafts.drafts),
    ("calendar", doctor_node.calendar),
    ("clock", doctor_node.clock),
)


async def examine(config: Path | None) -> list[Finding]:
    """Return the findings on this machine and on the node of a configuration (None: there is none)."""
    findings: list[Finding] = []
    for name, check in MACHINE_CHECKS:
        findings += await _ask(name, check)
    settings, told = _configuration(config)
    findings += told
    if settings is not None:
        findings += [_placed(finding, config) for finding in await examine_node(settings)]
    return findings


async def examine_node(settings: Settings) -> list[Finding]:
    """Return the findings on a node."""
    findings: list[Finding] = []
    for name, check in NODE_CHECKS:
        findings += await _ask(name, lambda check=check: check(settings))
    return findings


def _placed(finding: Finding, config: Path | None) -> Finding:
    """Begin the message with file and line of the setting that it is about."""
    if not finding.setting or config is None:
        return finding
    return replace(finding, message=f"{config_file.place(config, finding.setting)}: {finding.message}")


async def _ask(name: str, check: Callable[[], Answer]) -> list[Finding]:
    """Run one check; one that fails or does not end is a finding itself."""
    try:
        async with asyncio.timeout(CHECK_LIMIT_S):
            answer = check()
            return list(await answer if inspect.isawaitable(answer) else answer)
    except TimeoutError:
        return [fail(name, f"the check did not end within {CHECK_LIMIT_S:.0f} s", "look at this part first")]
    except HotlineError as error:
        return [fail(name, error.message, error.mend)]
    except Exception as error:  # a check that breaks must not hide what the others found
        return [fail(name, f"the check itself failed: {type(error).__name__}: {error}", "report this")]


def _configuration(config: Path | None) -> tuple[Settings | None, list[Finding]]:
    if config is None:
        mend = "run: hotline init .run"
        return None, [fail("configuration", "there is none here; what depends on it was not checked", mend)]
    try:
        settings = config_file.load(config)
    except config_file.ConfigFileError as error:
        told = [_problem(problem) for problem in error.problems]
        skipped = warn("configuration", "what depends on it was not checked", "mend the lines above first")
        return None, [*told, skipped]
    told = [warn("configuration", *_split(warning)) for warning in config_file.warnings(config)]
    where = f"{config}: {len(settings.queues)} queues, {len(settings.agents)} agents"
    return settings, [ok("configuration", where), *told]


def _problem(problem: config_file.Problem) -> Finding:
    line = str(config_file.Problem(problem.line, problem.key, problem.message, "", problem.file))
    return fail("configuration", line, problem.mend or "correct this value")


def _split(warning: str) -> tuple[str, str]:
    message, _, mend = warning.partition(" (")
    return message, mend.removesuffix(")")
