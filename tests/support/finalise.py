"""Processes that finalise recordings and may be killed: ``finalise.py DATABASE_URL RECORDINGS``."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from hotline.core.db import Database
from hotline.core.events import EventBus
from hotline.core.jobs import Jobs
from hotline.core.settings import Settings
from hotline.telephony.recordings import RecordingFinaliser


async def main(url: str, folder: str) -> None:
    secret = "only-for-this-test-process"
    settings = Settings.model_validate(
        {
            "asterisk": {"ami_event_secret": secret, "ami_action_secret": secret},
            "queues": [{"name": "main", "label": "综合"}],
            "web": {"token": secret},
            "recording": {"directory": Path(folder)},
        }
    )
    database = Database(url)
    finaliser = RecordingFinaliser(settings, database, Jobs(database, node="node1"), EventBus())
    await finaliser.run_once()
    await finaliser.adopt()
    await database.close()


def serve() -> None:
    """For each line of input run in a fresh process and print its id; after one more, its exit status."""
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # its log is not the parent's answer
            asyncio.run(main(sys.argv[1], sys.argv[2]))
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # until then its id stays its own, even when it is over
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


serve()
