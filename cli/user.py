"""``hotline user``: who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape

from ..core.access.users import Change, NewUser, made_up_password, shown
from ..core.errors import InvalidInputError
from ..core.roles import ROLE_NAMES, Role
from ..web.door import Access
from .access import note, operator, with_access
from .common import ConfigOption, JsonOption, console, load_settings, print_json, progress_console
from .tables import table

app = typer.Typer(no_args_is_help=True, help="Add people who may sign in, change and disable them.")

UserArgument = Annotated[str, typer.Argument(help="The name to sign in by, such as wangfang.")]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
]


@app.command(epilog="Example:  hotline user add wangfang --name 王芳 --role agent --agent 1001")
def add(  # noqa: PLR0917  # typer passes them by name
    user: UserArgument,
    role: Annotated[Role, typer.Option(help="What the person does in the hotline.")],
    name: Annotated[str, typer.Option(help="The name that people see.")] = "",
    agent: Annotated[str | None, typer.Option(help="The number of the agent that this is.")] = None,
    stdin: StdinOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Add a user; the password is made up and told once, and is changed at the first sign-in."""
    given = _read() if stdin else None
    password = given or made_up_password()

    async def do(access: Access) -> dict[str, object]:
        await note(access, "user.add", f"user/{user}", role=role.value, agent=agent)
        row = await access.users.add(NewUser(user, name, role, agent), password, by=operator())
        return shown(row)

    told = with_access(load_settings(config), do)
    if as_json:
        print_json({"user": told, "password": None if given else password})
        return
    console.print(f"added: {told['user']} ({ROLE_NAMES[role]})", markup=False)
    if not given:
        console.print(f"password, told this once: {password}", markup=False)


@app.command("list", epilog="Example:  hotline user list --json")
def list_(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """List users with their role, open sessions and last sign-in."""

    async def ask(access: Access) -> list[dict[str, object]]:
        return list(await access.users.list(limit=5000))

    found = with_access(load_settings(config), ask)
    if as_json:
        print_json(found)
        return
    listed = table("user", "name", "role", "agent", "sessions", "signed in", "disabled", whole=0)
    for one in found:
        listed.add_row(
            *(escape(str(one["user"])), escape(str(one["name"])), str(one["role"]), str(one["agent"] or "")),
            *(str(one["sessions"]), _moment(one["signed_in_at"]), _moment(one["disabled_at"])),
        )
    console.print(listed)


@app.command(epilog="Example:  hotline user disable wangfang")
def disable(user: UserArgument, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Let a user in no more, and end every session at once."""
    _change(user, Change(disabled=True), as_json=as_json, config=config)


@app.command(epilog="Example:  hotline user enable wangfang")
def enable(user: UserArgument, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Let a disabled user in again, and forget wrong passwords."""
    _change(user, Change(disabled=False), as_json=as_json, config=config)


@app.command(epilog="Example:  hotline user passwd wangfang")
def passwd(
    user: UserArgument, stdin: StdinOption = False, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Give a user another password, told once, and end every session."""
    given = _read() if stdin else None
    password = given or made_up_password()

    async def do(access: Access) -> None:
        await note(access, "user.passwd", f"user/{user}")
        await access.users.set_password(user, password, must_change=True)
        await access.sign_in.unlock(user)

    with_access(load_settings(config), do)
    if as_json:
        print_json({"user": user, "password": None if given else password})
    elif not given:
        console.print(f"password, told this once: {password}", markup=False)


def _change(user: str, change: Change, *, as_json: bool, config: ConfigOption) -> None:
    async def do(access: Access) -> dict[str, object]:
        await note(access, "user.change", f"user/{user}", disabled=change.disabled)
        await access.sign_in.unlock(user)
        return shown(await access.users.change(user, change))

    told = with_access(load_settings(config), do)
    if as_json:
        print_json(told)
        return
    progress_console.print(
        f"{told['user']}: {'disabled' if told['disabled_at'] else 'enabled'}", markup=False
    )


def _read() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidInputError("no password came", mend="echo … | hotline user add … --password-stdin")
    return password


def _moment(value: object) -> str:
    return "" if value is None else f"{value:%Y-%m-%d %H:%M}"
