"""What people call the parts of a three-way call, in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

STATE_NAMES: Mapping[str, str] = {
    "asked": "已请求",
    "dialling": "呼叫中",
    "ringing": "振铃",
    "answered": "已应答",
    "joined": "三方通话中",
    "failed": "未接通",
    "left": "已结束",
    "refused": "被拒绝",
}
KIND_NAMES: Mapping[str, str] = {"emergency": "紧急", "utility": "公用事业", "department": "承办单位"}
MODE_NAMES: Mapping[str, str] = {"direct": "直接接入", "consult": "先咨询后接入"}
HOW_NAMES: Mapping[str, str] = {"key": "话机按键", "api": "坐席界面"}
WHY_NAMES: Mapping[str, str] = {
    "busy": "忙",
    "noanswer": "无人接听",
    "rejected": "拒接",
    "unreachable": "线路不可达",
    "congestion": "线路拥塞",
    "gone": "应答前中止",
    "dropped": "坐席取消",
    "role": "无此权限",
    "hours": "不在服务时间",
    "rate": "请求过于频繁",
    "unknown": "无此线路",
}
"""Why a line failed or was refused; ``busy`` of a refusal means that it is being called already."""


def why_name(why: str) -> str:
    """Return a reason in words; one that is not known stays as it is."""
    return WHY_NAMES.get(why, why)
