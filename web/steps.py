"""The dialplan's marks in words, for the course of a call on its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

_WHY = {
    "key": "按键",
    "zero": "按 0",
    "timeout": "未按键",
    "invalid": "按错键",
    "zero_level": "直达人工",
    "failure": "故障转接",
}
_STATUS = {
    "TIMEOUT": "等待超时",
    "FULL": "队列已满",
    "JOINEMPTY": "无坐席",
    "LEAVEEMPTY": "坐席已离开",
    "JOINUNAVAIL": "坐席不可用",
    "LEAVEUNAVAIL": "坐席不可用",
    "KEY": "来电人按键离开",
    "ANSWER": "已接听",
    "NOANSWER": "无人接听",
    "BUSY": "忙",
    "CHANUNAVAIL": "线路不可用",
    "CONGESTION": "线路拥塞",
}


_FORMS = {
    "HL_ARRIVED": "来电，经 {trunk} 拨打 {did}",
    "HL_REC": "开始录音",
    "HL_MENU": "进入菜单 {menu}",
    "HL_DIGIT": "菜单 {menu}：{why} {digit}（{ms} 毫秒）",
    "HL_HUMAN": "请求人工（{why}），队列 {queue}",
    "HL_QUEUE": "第 {visit} 次进入队列 {queue}",
    "HL_QUEUE_END": "离开队列 {queue}：{status}",
    "HL_AGENT": "坐席 {agent} 接听",
    "HL_SELF": "听完自助服务 {service}",
    "HL_MESSAGE": "留言",
    "HL_OUTSIDE": "转接外部服务点 {to}",
    "HL_OUTSIDE_END": "外部服务点：{status}",
    "HL_CALLBACK": "预约回电，保留队列 {queue} 的位置",
    "HL_CALLBACK_TRY": "坐席 {agent} 第 {try} 次回电",
    "HL_CALLBACK_ANSWERED": "第 {try} 次回电接通，坐席 {agent}",
    "HL_CALLBACK_END": "回电通话结束",
    "HL_CALLBACK_FAILED": "回电 {try} 次无人接听",
}


def step_text(name: str, params: Mapping[str, str]) -> str:
    """Return one step in Chinese; a mark that is not known is shown as it is."""
    form = _FORMS.get(name)
    if form is None:
        return f"{name} {dict(params)}"
    words: defaultdict[str, str] = defaultdict(str, params)
    words["why"] = _WHY.get(words["why"], words["why"])
    words["status"] = _STATUS.get(words["status"], words["status"])
    return form.format_map(words)
