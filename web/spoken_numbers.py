"""Numbers as they are said, figure by figure, hidden from whom they are not told (R-S-1). Pure.

Words come while they are spoken: the beginning of a number is no number yet. So figures at the end of what
is still being said are held back until something else follows, and figures at the edge of a sentence, which
may go on in the next one, are shown up to three, as a masked number shows them.
"""

from __future__ import annotations

import re

HIDDEN = "******"

_SAID = "[幺一二三四五六七八九零〇两]"
_FIGURE = "[0-9０-９幺一二三四五六七八九零〇两]"
_GAP = "[ ，,、。.·嗯呃啊哦-]{0,3}"
_END = "[ ，,、。.？?！!·嗯呃啊哦-]*"
_UNIT = "[年月日号个元块角岁点路人户米度平层栋幢座室斤分天次吨万千百十亿单公]"
_LONG = re.compile(f"{_SAID}(?:{_GAP}{_SAID}){{6,}}")
_LONG_AS_WRITTEN = re.compile(f"(?<![*]){_FIGURE}(?:{_GAP}{_FIGURE}){{6,}}")
_MOBILE = re.compile(f"(?<!{_SAID})[幺一]{_GAP}[三四五六七八九](?:{_GAP}{_SAID}){{3,}}")
"""How a mobile's number begins."""
_FIRST = re.compile(f"^{_END}(?P<run>{_FIGURE}(?:{_GAP}{_FIGURE}){{3,}})(?!{_GAP}{_FIGURE})(?!{_UNIT})")
_LAST = re.compile(f"(?<![*])(?P<run>{_FIGURE}(?:{_GAP}{_FIGURE}){{3,}})(?P<end>{_END})$")
_ALONE = re.compile(f"^{_END}(?P<run>{_FIGURE}(?:{_GAP}{_FIGURE})+)(?P<end>{_END})$")
_GOING_ON = re.compile(f"(?<![*])(?P<run>{_FIGURE}(?:{_GAP}{_FIGURE}){{2,}})(?P<end>{_END})$")
_WRITTEN = str.maketrans("幺一二三四五六七八九零〇两０１２３４５６７８９", "11234567890020123456789")
_SHORT = frozenset({"110", "119", "120", "122"})
_PUBLIC = _SHORT | {"12345"}
"""Numbers that are everybody's."""


def hidden(text: str) -> str:
    """Return a text without the numbers that were said figure by figure, seven or more of them."""
    return _LONG.sub(HIDDEN, text)


def sentence(text: str) -> str:
    """Return a whole sentence without what may be a part of a number."""
    text = _MOBILE.sub(HIDDEN, _LONG_AS_WRITTEN.sub(HIDDEN, text))
    text = _ALONE.sub(lambda found: _unless_in(_SHORT, found), text)
    for pattern in (_FIRST, _LAST):
        text = pattern.sub(lambda found: _unless_in(_PUBLIC, found), text)
    return text


def unfinished(text: str) -> str:
    """Return what is being said, its last figures held back."""
    return sentence(_GOING_ON.sub(lambda found: HIDDEN + found["end"], text))


def _unless_in(public: frozenset[str], found: re.Match[str]) -> str:
    figures = "".join(sign for sign in found["run"].translate(_WRITTEN) if sign.isdigit())
    if figures in public:
        return found[0]
    at, until = found.span("run")
    return found[0][: at - found.start()] + HIDDEN + found[0][until - found.start() :]
