"""A switch that knows nothing but its dialplan: for what is loaded into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from hotline.core.errors import HotlineError
from hotline.telephony.ami_errors import AmiRefusedError


class FakeSwitch:
    """Reads the files of the menus at the call of a reload, as Asterisk does.

    ``channels`` are the contexts of the calls; ``ringing`` are ids of channels that are not in one yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.contexts: dict[str, list[str]] = {}
        self.channels: list[str] = []
        self.ringing: list[str] = []
        self.reloads = 0
        self.fault: HotlineError | None = None
        self.loses: str | None = None

    def load(self) -> None:
        self.contexts.clear()
        context = ""
        for path in sorted(self.folder.glob("*.conf")):
            for line in path.read_text(encoding="utf-8").splitlines():
                if line.startswith("["):
                    context = line.strip("[]")
                elif line and not line.startswith(";") and context != self.loses:
                    self.contexts.setdefault(context, []).append(line.split(",", 2)[-1])

    async def action(
        self, name: str, fields: Mapping[str, str], *, limit_s: float = 5
    ) -> Sequence[Mapping[str, str]]:
        if name == "Originate":
            assert fields["Channel"] == "Local/dialplan@hotline-reload/n"
            self.reloads += 1
            if self.fault is not None:
                fault, self.fault = self.fault, None
                raise fault
            self.load()
            return [{"Response": "Success"}]
        if name == "CoreShowChannels":
            calls = [{"Context": context, "Uniqueid": "node1-1.1"} for context in self.channels]
            calls += [{"Context": "from-trunk", "Uniqueid": uniqueid} for uniqueid in self.ringing]
            return [{"Response": "Success"}, *calls]
        steps = self.contexts.get(fields["Context"])
        if steps is None:
            raise AmiRefusedError(name, "Did not find context")
        parts = [step.split("(", 1) for step in steps]
        return [{"Response": "Success"}] + [
            {
                "Context": fields["Context"],
                "Priority": str(number),
                "Application": part[0],
                "AppData": part[-1].rstrip(")"),
            }
            for number, part in enumerate(parts, 1)
        ]
