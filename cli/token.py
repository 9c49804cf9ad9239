"""``hotline token``: what programs come in with."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from ..core.access.api_tokens import MOST_DAYS, NewToken
from ..core.roles import Role
from ..web.door import Access
from .access import note, operator, with_access
from .common import ConfigOption, JsonOption, console, load_settings, print_json, progress_console
from .tables import table

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens of programs.")


@app.command(epilog="Example:  hotline token create city-tickets --role supervisor --scope read:tickets")
def create(  # noqa: PLR0917  # typer passes them by name
    name: Annotated[str, typer.Argument(help="What it is for, such as city-tickets.")],
    role: Annotated[Role, typer.Option(help="As whom the program comes in.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="read, write, read:AREA, write:AREA, personal; may be given again.  [default: read]"
        ),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="So long it is good.")] = 90,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Make a token; it is told this once."""
    new = NewToken(name, role, scope or ["read"], days)

    async def do(access: Access) -> tuple[str, dict[str, Any]]:
        await note(access, "token.create", f"token/{name}", role=role.value, scopes=",".join(new.scopes))
        return await access.tokens.create(new, by=operator())

    token, told = with_access(load_settings(config), do)
    if as_json:
        print_json({**told, "token": token})
        return
    progress_console.print("told this once; send it as 'Authorization: Bearer …'", markup=False)
    console.print(token, markup=False, soft_wrap=True)


@app.command("list", epilog="Example:  hotline token list --json")
def list_(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """List every token, the newest first."""

    async def ask(access: Access) -> list[dict[str, Any]]:
        return await access.tokens.list()

    found = with_access(load_settings(config), ask)
    if as_json:
        print_json(found)
        return
    listed = table("id", "name", "role", "scopes", "expires", "last used", "revoked", whole=0)
    for one in found:
        moments = (one["expires_at"], one["last_used_at"], one["revoked_at"])
        listed.add_row(
            *(one["id"], escape(one["name"]), one["role"], escape(" ".join(one["scopes"]))),
            *("" if moment is None else f"{moment:%Y-%m-%d %H:%M}" for moment in moments),
        )
    console.print(listed)


@app.command(epilog="Example:  hotline token revoke 01KAN8…")
def revoke(
    token: Annotated[str, typer.Argument(help="The id that `hotline token list` shows.")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """End a token at once."""

    async def do(access: Access) -> dict[str, Any]:
        await note(access, "token.revoke", f"token/{token}")
        return await access.tokens.revoke(token)

    told = with_access(load_settings(config), do)
    if as_json:
        print_json(told)
        return
    progress_console.print(f"revoked: {told['name']}", markup=False)
