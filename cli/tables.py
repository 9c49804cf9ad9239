"""Tables on the terminal: nothing in them is ever cut."""

from __future__ import annotations

from rich.table import Table


def table(*columns: str, whole: int = 1, title: str | None = None) -> Table:
    """Return a table that folds what does not fit; the first ``whole`` columns stay on one line.

    Nothing is ever cut: identities are copied from tables, and texts are what people came for.
    """
    made = Table(title=title, title_justify="left" if title else "center")
    for index, column in enumerate(columns):
        made.add_column(column, no_wrap=index < whole, overflow="fold")
    return made
