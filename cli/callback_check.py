"""``hotline callback check|quiet``: what a person decides (R-CB-6), and whom nobody calls again (R-CB-1)."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from ..callback_bot.outcome.results import VERDICT_NAMES, Verdict
from ..core.errors import InvalidInputError
from ..core.log import mask
from ..queue.reports_columns import plain
from . import common, tables
from .callback_desk import WhoOption, ask_desk, asker, local
from .callback_list import table_of


def check(
    callback: Annotated[
        str,
        typer.Argument(help="A callback's id; without it, those that wait are listed.", show_default=False),
    ] = "",
    *,
    reopen: Annotated[
        bool | None,
        typer.Option("--reopen/--close", help="Handled again, or closed.", show_default=False),
    ] = None,
    note: Annotated[str, typer.Option(help="What was found.", show_default=False)] = "",
    level: Annotated[str, typer.Option(help="The mark, when it was another one: 满意 …")] = "",
    solved: Annotated[str, typer.Option(help="yes or no, when it was otherwise.")] = "",
    phone: Annotated[
        str, typer.Option(help="The right number, when the old one was wrong: it is dialled again.")
    ] = "",
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Decide a bad mark of a matter that is not solved: before this, nothing is handled again.

    Example: hotline callback check 01JD8Q2M9XKD7T3VW5YZ0ABCDE --reopen --note 现场看过，未修 --who 2001
    """
    settings = common.load_settings(config)
    if not callback:
        waiting = ask_desk(settings, lambda desk: desk.list(state="check", limit=1000))
        if as_json:
            common.print_json(waiting)
        else:
            common.console.print(table_of(waiting, settings))
        return
    if phone:
        again = ask_desk(settings, lambda desk: desk.renumber(callback, phone, who=asker(who)))
        if as_json:
            common.print_json(again)
        else:
            common.console.print(f"{again['ticket']}  改号后重新拨打", markup=False)
        return
    if reopen is None:
        raise InvalidInputError("nothing is decided", mend="give --reopen or --close, and --note; or --phone")
    found = ask_desk(
        settings,
        lambda desk: desk.check(
            callback, who=asker(who), reopen=reopen, text=note, level=level, solved=solved
        ),
    )
    if as_json:
        common.print_json(found)
        return
    verdict = VERDICT_NAMES[Verdict(found["result"]["verdict"])]
    common.console.print(f"{found['ticket']}  {verdict}  {found['result']['level'] or '未评'}", markup=False)


def quiet(
    phone: Annotated[
        str, typer.Argument(help="A number; without it, the list is shown.", show_default=False)
    ] = "",
    *,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take it off the list, at its person's own wish.")
    ] = False,
    why: Annotated[str, typer.Option(help="Why, in a few words.")] = "",
    reveal: Annotated[bool, typer.Option("--reveal", help="Show whole numbers (personal data).")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many.")] = 1000,
    who: WhoOption = "",
    as_json: common.JsonOption = False,
    config: common.ConfigOption = None,
) -> None:
    """Never call a number again, or show the list of such numbers.

    Example: hotline callback quiet 13800138000 --why 来电要求 --who 2001
    """
    settings = common.load_settings(config)
    if not phone:
        people = ask_desk(settings, lambda desk: desk.quiet_people(limit=limit))
        number = {one.phone: one.phone if reveal else mask(one.phone) for one in people}
        if as_json:
            told = [
                {"phone": number[one.phone], "since": one.quiet_at, "why": one.quiet_why, "by": one.quiet_by}
                for one in people
            ]
            common.print_json(told)
            return
        listed = tables.table("号码", "自", "原因", "登记人")
        for one in people:
            texts = (number[one.phone], local(one.quiet_at, settings), one.quiet_why, one.quiet_by)
            listed.add_row(*(escape(plain(text)) for text in texts))
        common.console.print(listed)
        return
    if remove:
        removed = ask_desk(settings, lambda desk: desk.allow(phone, who=asker(who)))
        done: dict[str, object] = {"removed": removed}
        words = "已移出免打扰名单" if removed else "不在免打扰名单中"
    else:
        ended = ask_desk(settings, lambda desk: desk.quiet(phone, who=asker(who), why=why))
        done = {"ended": ended}
        words = f"已加入免打扰名单，{ended} 件回访记为拒绝回访"
    if as_json:
        common.print_json(done)
    else:
        common.console.print(words, markup=False)
