"""Why a callback stands as it does, beside the outcomes of its attempts: the planner's own words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .model import Outcome


class Why(StrEnum):
    """What the planner found."""

    IN_CALL = "in_call"
    GAP = "gap"
    DAY_LIMIT = "day_limit"
    HOURS = "hours"
    OUT_OF_TIME = "out_of_time"
    QUIET = "quiet"
    NUMBER = "number"
    NOT_DRAWN = "not_drawn"
    BY_HAND = "by_hand"
    CAMPAIGN = "campaign"


NAMES: Mapping[str, str] = {
    Why.IN_CALL: "同一号码正在通话",
    Why.GAP: "距上次致电时间太短",
    Why.DAY_LIMIT: "当天致电次数已满",
    Why.HOURS: "不在该任务的回访时段",
    Why.OUT_OF_TIME: "已过回访期限",
    Why.QUIET: "在免打扰名单中",
    Why.NUMBER: "号码不允许外呼",
    Why.NOT_DRAWN: "抽样未抽中",
    Why.BY_HAND: "人工处理",
    Why.CAMPAIGN: "随回访任务处理",
    Outcome.BUSY: "占线",
    Outcome.NO_ANSWER: "无人接听",
    Outcome.REJECTED: "拒接",
    Outcome.SWITCHED_OFF: "关机",
    Outcome.UNREACHABLE: "无法接通",
    Outcome.NO_SUCH_NUMBER: "空号",
    Outcome.LINE_FAILED: "线路故障",
    Outcome.ANNOUNCEMENT: "运营商提示音",
    Outcome.MACHINE: "语音信箱或语音助手",
    Outcome.FAX: "传真",
    Outcome.WRONG_PERSON: "非本人",
    Outcome.LATER: "要求改时间",
    Outcome.REFUSED: "拒绝回访",
    Outcome.SILENT: "无应答",
    Outcome.HUNG_UP: "中途挂断",
    Outcome.COMPLETED: "已评价",
    Outcome.HANDED_OVER: "已转人工",
    Outcome.NEVER_BEGUN: "未拨出",
    Outcome.UNKNOWN: "结果不明",
}
"""What people read; every outcome and every ``Why`` has its words."""
