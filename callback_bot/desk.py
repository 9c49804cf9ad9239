"""What people and programs have the robot do, and what they see of it: the one place behind command and API.

Each act is one transaction with its entry in the action log; nothing here dials.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError, NotFoundError
from ..core.settings import Settings
from .audit import Detail, note
from .desk_checks import check_all, check_correction, checked_who, found_words, phone_of
from .desk_reads import DeskReads
from .outcome.progress import Progress
from .outcome.result_store import Results
from .outcome.results import Decision, plain_words
from .phones import may_be_dialled
from .schedule import campaigns
from .schedule.adding import Added, Adding
from .schedule.campaigns import CampaignStateError
from .schedule.claiming import know_people
from .schedule.hours import CallingHours
from .schedule.new_callback import NewCallback
from .schedule.people import allow_again, never_again, quiet_phones
from .survey import dialogue_install
from .tables import CallbackRow

Act = Literal["pause", "resume", "cancel"]
ACTS: tuple[Act, ...] = ("pause", "resume", "cancel")


class Desk(DeskReads):
    """The desk of a node; ``results`` make and correct results with what follows from them."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        hours: CallingHours,
        results: Results,
        *,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(database, settings, hours, clock=clock)
        self._node = settings.site.node
        self._dialogues = partial(dialogue_install.files, settings)
        self._results = results
        self._adding = Adding(database, settings, hours, after=(results.ended,), clock=clock)

    async def add(self, campaign: str, news: Sequence[NewCallback], *, who: str) -> list[Added]:
        """Add callbacks to a campaign, which is made when there is none; in the order given.

        Raises ``InvalidInputError`` for one that may not be called, before anything is written.
        """
        check_all(news, self._robot.numbers, await asyncio.to_thread(self._dialogues))
        async with self._database.write() as session:
            made = await campaigns.create(session, campaign, self._clock())
            details: dict[str, Detail] = {"callbacks": len(news), "new_campaign": made}
            self._note(session, "add", who, campaign, details)
        return await self._adding.add(campaign, news)

    async def create(
        self,
        campaign: str,
        *,
        who: str,
        name: str = "",
        lines: int | None = None,
        hours: Sequence[str] = (),
        paused: bool = False,
    ) -> bool:
        """Make a campaign; False when there is one of this id."""
        async with self._database.write() as session:
            made = await campaigns.create(
                session, campaign, self._clock(), name=name, lines=lines, hours=hours, paused=paused
            )
            if made:
                self._note(session, "create", who, campaign, {"paused": paused, "lines": lines})
        return made

    async def act(self, act: Act, campaign: str, *, who: str) -> Progress:
        """Pause, resume or cancel a campaign; raises ``NotFoundError``, ``CampaignStateError``."""
        do = {"pause": campaigns.pause, "resume": campaigns.resume, "cancel": campaigns.cancel}[act]
        async with self._database.write() as session:
            await do(session, campaign)
            self._note(session, act, who, campaign)
        return await self.progress(campaign)

    async def act_on_one(self, act: Act, callback: str, *, who: str) -> dict[str, Any]:
        """Pause, resume or cancel one callback that is not being called."""
        now = self._clock()
        async with self._database.write() as session:
            match act:
                case "pause":
                    await campaigns.hold(session, callback)
                case "resume":
                    await campaigns.release(session, callback, now)
                case "cancel":
                    await campaigns.give_up(session, callback, now)
            self._note(session, f"{act}_one", who, callback)
        return await self.show(callback)

    async def quiet(self, phone: str, *, who: str, why: str = "") -> int:
        """Never call a number again; returns how many callbacks end by it."""
        now, number = self._clock(), phone_of(phone)
        async with self._database.write() as session:
            ended = await never_again(session, number, now, why=plain_words(why), who=who)
            for row in ended:
                await self._results.ended(session, row, now)
            self._note(session, "quiet", who, "", {"ended": len(ended)})
        return len(ended)

    async def allow(self, phone: str, *, who: str) -> bool:
        """Take a number off the quiet list, at its person's own wish; False when it was not on it."""
        number = phone_of(phone)
        async with self._database.write() as session:
            found = await allow_again(session, number)
            if found:
                self._note(session, "allow", who, "")
        return found

    async def check(
        self, callback: str, *, who: str, reopen: bool, text: str, level: str = "", solved: str = ""
    ) -> dict[str, Any]:
        """Decide a bad mark that waits for a person (R-CB-6): handled again, or closed, maybe corrected.

        Raises ``InvalidInputError``, ``NotFoundError``, and ``CampaignStateError`` when it does not wait.
        """
        decision = Decision(checked_who(who), self._clock(), reopen, found_words(text), level, solved)
        check_correction(level, solved)
        async with self._database.write() as session:
            row = await session.get(CallbackRow, callback, with_for_update=True)
            if row is None:
                raise NotFoundError(f"no callback {callback[:60]!r}", mend="hotline callback list")
            concluded = await self._results.decide(session, row, decision)
            if concluded is None:
                raise CampaignStateError(
                    f"callback {callback} does not wait for a check: it is {row.state}",
                    mend="hotline callback list --state check",
                )
            details: dict[str, Detail] = {"reopen": reopen, "corrected": bool(level or solved)}
            self._note(session, "check", who, callback, details)
        return await self.show(callback)

    async def renumber(self, callback: str, phone: str, *, who: str) -> dict[str, Any]:
        """Have a callback whose number cannot be right dialled under another one.

        Raises ``InvalidInputError`` for one that may not be called, and ``CampaignStateError``.
        """
        now, number = self._clock(), phone_of(phone)
        async with self._database.write() as session:
            await self._check_callable(session, number)
            latest = self._hours.term(now, self._robot.expire_days)
            await campaigns.try_again(session, callback, number, now, latest)
            await know_people(session, {number})
            self._note(session, "renumber", who, callback)
        return await self.show(callback)

    async def correct(self, callback: str, phone: str, *, who: str) -> dict[str, Any]:
        """Correct the number of a callback that was not dialled yet.

        Raises ``InvalidInputError`` for one that may not be called, and ``AlreadyDialledError``.
        """
        number = phone_of(phone)
        async with self._database.write() as session:
            await self._check_callable(session, number)
            is_new = await campaigns.correct_number(session, callback, number)
            await know_people(session, {number})
            self._note(session, "correct_number", who, callback, {"changed": is_new})
        return await self.show(callback)

    async def _check_callable(self, session: AsyncSession, number: str) -> None:
        quiet = await quiet_phones(session, [number])
        if quiet or not may_be_dialled(number, self._robot.numbers):
            raise InvalidInputError(
                "this number is not called: it is on the quiet list, or fits no pattern",
                mend="robot.numbers says which are; hotline callback quiet shows the list",
            )

    def _note(
        self, session: Any, action: str, who: str, request: str, details: dict[str, Detail] | None = None
    ) -> None:
        note(
            session,
            action,
            who=plain_words(who),
            node=self._node,
            now=self._clock(),
            request=request,
            details=details,
        )
