"""Record ``queue-calls.ami`` from a real Asterisk with our dialplan: ``python tests/data/ami/record.py``.

Five citizens with Chinese names call, press keys in the menu, wait and talk; one gives up while
waiting. The recording user reads every event that Asterisk has, nothing is filtered.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))  # as tests/conftest.py does

from hotline.ivr.install import install_menu  # noqa: E402
from hotline.telephony.install import install  # noqa: E402
from support.asterisk import Switch, started_switch  # noqa: E402
from support.flow import AGENTS, QUEUES, Flow  # noqa: E402
from support.menus import MENU  # noqa: E402
from support.menus import QUEUES as MENU_QUEUES  # noqa: E402

SHORT = {"wrap_up_seconds": 1}
SECRET = "recording-secret"
CITIZENS = [
    ("13800000001", "王小明", "0", 5.0),
    ("13800000002", "李“老”师，市民", "11", 5.0),
    ("13800000003", "欧阳春华", "9", 7.0),
    ("13800000004", "赵𠮷祥", "0", 1.5),
    ("13800000005", "买买提·阿不都", "10", 5.0),
]


async def record(switch: Switch, calls: asyncio.Event) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", switch.settings.asterisk.ami_port)
    login = f"Action: Login\r\nActionID: rec-1\r\nUsername: rec\r\nSecret: {SECRET}\r\nEvents: on\r\n\r\n"
    writer.write(login.encode())
    data = b""
    while not (calls.is_set() and data.endswith(b"\r\n\r\n")):
        try:
            data += await asyncio.wait_for(reader.read(65536), 1)
        except TimeoutError:
            continue
    writer.close()
    return data


async def main() -> None:
    queues = QUEUES + [one for one in MENU_QUEUES if one["name"] not in ("public", "enterprise")]
    async with started_switch(
        install(lambda *_: None), queues=queues, agents=AGENTS, agents_work=SHORT
    ) as switch:
        switch.settings.menu.write_text(MENU, encoding="utf-8")
        await install_menu(switch.settings)
        manager = switch.runtime.paths.etc / "manager.conf"
        with manager.open("a", encoding="utf-8") as file:
            file.write(f"\n[rec]\nsecret = {SECRET}\nread = all\nwrite = none\nwritetimeout = 5000\n")
        for command in ("dialplan reload", "manager reload"):
            await switch.console(command)
        with tempfile.TemporaryDirectory() as folder:
            async with Flow(switch, Path(folder)) as flow:
                for agent in AGENTS:
                    await flow.agent(agent["number"])
                ended = asyncio.Event()
                recording = asyncio.create_task(record(switch, ended))
                await asyncio.sleep(1)

                async def one(at: float, number: str, name: str, keys: str, talk_s: float) -> None:
                    await asyncio.sleep(at)
                    citizen = await flow.citizen(number, display=name)
                    await citizen.call("12345")
                    await citizen.wait_for("established")
                    await asyncio.sleep(0.3)
                    if keys:
                        await citizen.press(keys)
                    await asyncio.sleep(talk_s)
                    await citizen.hang_up()
                    print(number, "ended", file=sys.stderr)

                await asyncio.gather(*(one(2.5 * index, *person) for index, person in enumerate(CITIZENS)))
                await asyncio.sleep(3)
                ended.set()
                data = await recording
        state = str(switch.settings.state).encode()
        home = str(switch.runtime.paths.sounds.parent).encode()
    for path in {state, home}:
        data = data.replace(path, b"/var/lib/hotline")
    (Path(__file__).parent / "queue-calls.ami").write_bytes(data)
    print(len(data), "bytes,", data.count(b"\r\nEvent: "), "events,", data.count(b"Event: CEL\r\n"), "CEL")


if __name__ == "__main__":
    asyncio.run(main())
