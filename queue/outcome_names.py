"""The outcomes of a call as people read them, on pages and in reports."""

from __future__ import annotations

from collections.abc import Mapping

OUTCOME_NAMES: Mapping[str, str] = {
    "answered": "已接听",
    "abandoned": "排队放弃",
    "timed_out": "等待超时",
    "no_agent": "无坐席",
    "queue_full": "队列已满",
    "overflowed_unanswered": "溢出未接",
    "callback_accepted": "预约回电",
    "system_error": "系统故障",
}
