"""``hotline doctor``: what is not as it must be, and how to mend it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer
from rich.markup import escape

from ..app.doctor import examine
from ..app.finding import Finding
from ..core.errors import ConfigError
from .common import ConfigOption, JsonOption, config_path, console, print_json, run

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check this machine and this node; each line is ok, warn or fail, with what to do.

    Nothing is changed. The exit status is 1 when something fails.

    Example: hotline doctor --config .run/hotline.toml
    """
    findings = run(examine(_path(config)))
    failed = sum(1 for finding in findings if finding.status == "fail")
    if as_json:
        print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    if failed:
        raise typer.Exit(1)


def _path(config: Path | None) -> Path | None:
    try:
        return config_path(config)
    except ConfigError:
        return None


def _show(findings: list[Finding]) -> None:
    for finding in findings:
        status = f"[{_COLOURS[finding.status]}]{finding.status:<5}[/]"
        console.print(f"{status}{finding.check:<14}{escape(finding.message)}", soft_wrap=True)
        if finding.mend:
            console.print(f"{'':<19}-> {finding.mend}", markup=False, soft_wrap=True)
    counts = {name: sum(1 for one in findings if one.status == name) for name in _COLOURS}
    console.print(f"\n{counts['ok']} ok, {counts['warn']} to look at, {counts['fail']} failed")
