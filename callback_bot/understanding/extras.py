"""The short questions beside the survey's own: anything else (more), being put through (demand). Pure."""

from __future__ import annotations

import re

from ..model import NO, UNCLEAR, YES
from .reading import Reading
from .yes_no import Judged, bare

_NOTHING = re.compile(
    "没(?:有|了|什么|事|意见|建议|别的|其他|问题|话)|就(?:这些|这样|这个|这么多)|不用|不需要|无|暂时没|先这样|差不多了|好了|够了"
)
_SOMETHING = re.compile(
    "(?<!没)有(?:的|点|一点|一些|些|个|一个|几|两|啊|呀|，|$)|(?:想|要)(?:再)?(?:说|提|讲|反映)|建议|希望|提(?:个|点)意见"
)
_RATHER_NOT = re.compile("不|别|算了|以后|下次|改天|回头|免|没空|没时间|我自己")
_PLEASE = re.compile("要|转|可以|好|行|现在|马上|嗯|需要|接(?:通|吧|过)|中|成|得|是|对|方便|麻烦")


def more(reading: Reading) -> Judged:
    """Return whether there is anything else to say; 没意见 is no."""
    nothing, something = _NOTHING.search(reading.text), _SOMETHING.search(reading.text)
    if nothing and something:
        return (YES if something.start() > nothing.start() else UNCLEAR), 0.6
    if nothing or something:
        return (NO if nothing else YES), 0.85
    return bare(reading)


def demand(reading: Reading) -> Judged:
    """Return whether to be put through to an agent now."""
    if reading.has("choice", "shrug"):
        return UNCLEAR, 0.4
    if _RATHER_NOT.search(reading.text):
        return NO, 0.85
    return (YES, 0.85) if _PLEASE.search(reading.text) else (UNCLEAR, 0.3)
