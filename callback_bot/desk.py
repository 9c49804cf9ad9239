"""What people and programs have the robot do, and what they see of it: the one place behind command and API.

Each act is one transaction with its entry in the action log; nothing here dials.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from sqlalchemy import select

from ..core.clock import Clock, utc_now
from ..core.db import Database
from ..core.errors import InvalidInputError, NotFoundError
from ..core.settings import Settings
from ..queue.reports import Plan, Report
from . import campaigns
from .adding import Added, Adding, NewCallback, checked
from .audit import Detail, note
from .campaigns import CampaignStateError
from .desk_views import attempt_json, callback_json, campaign_json, planned_json
from .forecast import SECONDS_EACH, forecast
from .hours import CallingHours
from .model import CallbackState
from .people import allow_again, never_again, quiet_list
from .phones import canonical
from .progress import Progress, progress_of
from .report import Wanted, make_report
from .report_source import ended_in
from .result_store import Results, answers_of, as_json
from .results import KNOWN_LEVELS, Decision, plain_words
from .tables import AttemptRow, CallbackRow, PersonRow, ResultRow

Act = Literal["pause", "resume", "cancel"]
ACTS: tuple[Act, ...] = ("pause", "resume", "cancel")
MOST_WHO, MOST_NOTE = 60, 500


class Desk:
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
        self._database = database
        self._node = settings.site.node
        self._robot = settings.robot
        self._hours = hours
        self._results = results
        self._clock = clock
        self._adding = Adding(database, settings, hours, after=(results.ended,), clock=clock)

    async def add(self, campaign: str, news: Sequence[NewCallback], *, who: str) -> list[Added]:
        """Add callbacks to a campaign, which is made when there is none; in the order given.

        Raises ``InvalidInputError`` for one that may not be called, before anything is written.
        """
        _check_all(news, self._robot.numbers)
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
        now, number = self._clock(), _phone(phone)
        async with self._database.write() as session:
            ended = await never_again(session, number, now, why=plain_words(why), who=who)
            for row in ended:
                await self._results.ended(session, row, now)
            self._note(session, "quiet", who, "", {"ended": len(ended)})
        return len(ended)

    async def allow(self, phone: str, *, who: str) -> bool:
        """Take a number off the quiet list, at its person's own wish; False when it was not on it."""
        number = _phone(phone)
        async with self._database.write() as session:
            found = await allow_again(session, number)
            if found:
                self._note(session, "allow", who, "")
        return found

    async def quiet_people(self, *, limit: int = 1000) -> Sequence[PersonRow]:
        """Return the newest numbers of the quiet list; personal data."""
        async with self._database.read() as session:
            return await quiet_list(session, limit=limit)

    async def check(
        self, callback: str, *, who: str, reopen: bool, text: str, level: str = "", solved: str = ""
    ) -> dict[str, Any]:
        """Decide a bad mark that waits for a person (R-CB-6): handled again, or closed, maybe corrected.

        Raises ``InvalidInputError``, ``NotFoundError``, and ``CampaignStateError`` when it does not wait.
        """
        decision = Decision(checked_who(who), self._clock(), reopen, _found(text), level, solved)
        _check_correction(level, solved)
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

    async def list(
        self, *, campaign: str = "", state: str = "", ticket: str = "", limit: int = 50
    ) -> list[dict[str, Any]]:
        """Return callbacks, the newest first; their numbers and names masked."""
        rows = select(CallbackRow).order_by(CallbackRow.id.desc()).limit(limit)
        for column, value in (
            (CallbackRow.campaign, campaign),
            (CallbackRow.state, state),
            (CallbackRow.ticket, ticket),
        ):
            if value:
                rows = rows.where(column == value)
        async with self._database.read() as session:
            return [callback_json(row) for row in await session.scalars(rows)]

    async def show(self, callback: str) -> dict[str, Any]:
        """Return a callback with attempts, answers and result; personal data. Raises ``NotFoundError``."""
        async with self._database.read() as session:
            row = await session.get(CallbackRow, callback) if callback.isprintable() else None
            if row is None:
                raise NotFoundError(f"no callback {callback[:60]!r}", mend="hotline callback list")
            attempts = await session.scalars(
                select(AttemptRow).where(AttemptRow.callback == callback).order_by(AttemptRow.at)
            )
            answers = await answers_of(session, callback)
            result = await session.get(ResultRow, callback)
            return {
                **callback_json(row, whole=True),
                "attempts": [attempt_json(one, answers.get(one.id, ())) for one in attempts],
                "result": None if result is None else as_json(result),
            }

    async def campaigns(self) -> list[dict[str, Any]]:
        """Return every campaign with its counts, the newest first."""
        async with self._database.read() as session:
            return [campaign_json(one) for one in await campaigns.counts(session)]

    async def progress(self, campaign: str) -> Progress:
        """Return how far a campaign is; raises ``NotFoundError``."""
        found = await self.look(campaign)
        if found is None:
            raise NotFoundError(f"no campaign {campaign[:60]!r}", mend="hotline callback status")
        return found

    async def plan(
        self, *, campaign: str = "", most: int = 100, seconds_each: float = SECONDS_EACH
    ) -> list[dict[str, Any]]:
        """Return whom the robot would call when, and whom not and why (the dry run); nothing is written.

        Raises ``NotFoundError`` for a campaign that is not there.
        """
        if campaign:
            await self.progress(campaign)
        found = await forecast(
            self._database,
            self._robot,
            self._hours,
            self._clock(),
            campaign=campaign,
            most=most,
            seconds_each=seconds_each,
        )
        return [planned_json(one.callback, one.at, one.why) for one in found]

    async def report(self, plan: Plan, wanted: Wanted) -> Report:
        """Return the report of a plan over the callbacks that are wanted; raises ``PeriodError``."""
        return await make_report(plan, partial(ended_in, self._database, wanted), self._clock())

    async def look(self, campaign: str) -> Progress | None:
        """Return how far a campaign is; None when there is none."""
        async with self._database.read() as session:
            return await progress_of(session, campaign, self._clock()) if campaign.isprintable() else None

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


def checked_who(who: str) -> str:
    """Return who asks, as the action log keeps it; raises ``InvalidInputError``."""
    name = who.strip()
    if not name or len(name) > MOST_WHO or not name.isprintable():
        raise InvalidInputError("who asks is missing or too long", mend=f"1 to {MOST_WHO} visible characters")
    return name


def callback_state(text: str) -> str:
    """Return a state's name; raises ``InvalidInputError``."""
    states = [one.value for one in CallbackState]
    if text and text not in states:
        raise InvalidInputError(f"no state {text[:20]!r}", mend=f"one of {', '.join(states)}")
    return text


def _check_all(news: Sequence[NewCallback], patterns: Sequence[str]) -> None:
    for place, new in enumerate(news, 1):
        try:
            checked(new, patterns)
        except ValueError as error:
            raise InvalidInputError(f"第 {place} 条：{error}", place=place) from error


def _found(text: str) -> str:
    found = plain_words(text)
    if not found or len(text) > MOST_NOTE:
        raise InvalidInputError(
            "a check needs a word on what was found", mend=f"1 to {MOST_NOTE} characters, without numbers"
        )
    return found


def _check_correction(level: str, solved: str) -> None:
    if level and level not in KNOWN_LEVELS:
        raise InvalidInputError(f"no level {level[:20]!r}", mend=f"one of {', '.join(sorted(KNOWN_LEVELS))}")
    if solved not in ("", "yes", "no"):
        raise InvalidInputError("solved must be yes or no", mend="leave it out when it stays as it is")


def _phone(text: str) -> str:
    try:
        return canonical(text)
    except ValueError as error:
        raise InvalidInputError(str(error), mend="give it as it is dialled in China") from error
