"""The columns of the journal (``cel_custom``): one list for the switch's template and for the reader."""

from __future__ import annotations

JOURNAL_FILE = "cel-custom/hotline.csv"
"""Under Asterisk's log folder."""

JOURNAL_COLUMNS: tuple[tuple[str, str], ...] = (
    ("event", "eventtype"),
    ("time", "eventtime"),
    ("uniqueid", "CHANNEL(uniqueid)"),
    ("linkedid", "CHANNEL(linkedid)"),
    ("channel", "CHANNEL(channame)"),
    ("number", "CALLERID(num)"),
    ("name", "CALLERID(name)"),
    ("dnid", "CALLERID(dnid)"),
    ("context", "CHANNEL(context)"),
    ("exten", "CHANNEL(exten)"),
    ("peer", "BRIDGEPEER"),
    ("account", "CHANNEL(accountcode)"),
    ("user_event", "userdeftype"),
    ("extra", "eventextra"),
)
"""(our name, Asterisk's variable) in the order of the file.

Every field stands in double quotes, a quote inside is doubled (RFC 4180). ``time`` is seconds since
1970 with six decimals. ``event`` is the standard name, or for a dialplan's own mark the mark's name
(``user_event`` then holds it too). ``extra`` is JSON, or a mark's text in JSON (``{"extra": …}``).
"""
