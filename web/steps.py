"""The dialplan's marks in words, for the course of a call on its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ..telephony.evaluation import evaluation_text
from ..telephony.room_names import HOW_NAMES, MODE_NAMES, why_name

_WHY = {
    "key": "按键",
    "zero": "按 0",
    "timeout": "未按键",
    "invalid": "按错键",
    "zero_level": "直达人工",
    "failure": "故障转接",
    "pushed": "110 移交",
    "voice": "语音导航",
    "silent": "未说话",
    "unclear": "没有听清",
    "off": "语音导航繁忙",
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
    "HL_VOICE": "菜单 {menu}：第 {turn} 次请市民说出要办的事",
    "HL_SAID": "菜单 {menu}：{why} {to}（{ms} 毫秒）",
    "HL_HUMAN": "请求人工（{why}），队列 {queue}",
    "HL_QUEUE": "第 {visit} 次进入队列 {queue}",
    "HL_QUEUE_END": "离开队列 {queue}：{status}",
    "HL_AGENT": "坐席 {agent} 接听",
    "HL_SELF": "听完自助服务 {service}",
    "HL_FULL": "线路已满（{calls} 路），未能接入",
    "HL_OFFER": "在留言、回拨提示中按 {key}",
    "HL_MESSAGE": "留言",
    "HL_EVALUATE": "坐席挂机后请市民评价",
    "HL_EVALUATED": "市民评价：{level}",
    "HL_OUTSIDE": "转接外部服务点 {to}",
    "HL_OUTSIDE_END": "外部服务点：{status}",
    "HL_CALLBACK": "预约回电，保留队列 {queue} 的位置",
    "HL_CALLBACK_TRY": "坐席 {agent} 第 {try} 次回电",
    "HL_CALLBACK_ANSWERED": "第 {try} 次回电接通，坐席 {agent}",
    "HL_CALLBACK_END": "回电通话结束",
    "HL_CALLBACK_FAILED": "回电 {try} 次无人接听",
    "HL_PUSHED": "110 移交，警情编号 {case}，民警 {officer}",
    "HL_3W_ASKED": "坐席 {agent} 请求接入 {target}（{how}，{mode}）",
    "HL_3W_REFUSED": "坐席 {agent} 请求接入 {target} 被拒绝：{why}",
    "HL_3W_MOVED": "{who} {agent} 转入三方会议",
    "HL_3W_HELD": "来电人听音乐等候",
    "HL_3W_UNHELD": "来电人不再等候",
    "HL_3W_DIAL": "拨打第三方，路由 {route}（{trunk}）",
    "HL_3W_RINGING": "第三方振铃，路由 {route}",
    "HL_3W_ANSWERED": "第三方应答，路由 {route}",
    "HL_3W_FAILED": "路由 {route} 未接通：{why} {cause}",
    "HL_3W_GAVE_UP": "第三方未接通：{why}",
    "HL_3W_JOINED": "第三方进入会议",
    "HL_3W_LEFT": "{who} {agent} 离开会议",
    "HL_3W_ALONE": "只剩来电人，回到队列最前",
    "HL_LOST": "坐席 {agent} 的话机断线，来电人听音乐等候",
    "HL_SUPERVISE": "班长 {supervisor} 介入坐席 {agent} 的通话（{mode}）",
    "HL_SUPERVISE_END": "班长 {supervisor} 结束介入",
    "HL_SUPERVISE_REFUSED": "{supervisor} 请求介入坐席 {agent} 的通话（{mode}）被拒绝：{why}",
}
_CAME_BACK = {"HL_SUPERVISE": "坐席 {agent} 重新接入会议", "HL_SUPERVISE_END": "坐席 {agent} 离开会议"}
_WHO = {"citizen": "来电人", "agent": "坐席", "line": "第三方", "": "第三方"}
_SUPERVISED = {"listen": "监听", "whisper": "密语", "barge": "强插", "take": "接管"}


def step_text(name: str, params: Mapping[str, str]) -> str:
    """Return one step in Chinese; a mark that is not known is shown as it is."""
    came_back = name.startswith("HL_SUPERVISE") and params.get("mode") == "return"
    form = _CAME_BACK.get(name) if came_back else _FORMS.get(name)
    if form is None:
        return f"{name} {dict(params)}"
    words: defaultdict[str, str] = defaultdict(str, params)
    if name.startswith(("HL_3W_", "HL_SUPERVISE")):
        words["why"] = why_name(words["why"])
        words["who"] = _WHO.get(words["who"], words["who"])
        words["how"] = HOW_NAMES.get(words["how"], words["how"])
        words["mode"] = {**MODE_NAMES, **_SUPERVISED}.get(words["mode"], words["mode"])
        return form.format_map(words).replace("  ", " ").strip()
    if name == "HL_EVALUATED":
        words["level"] = evaluation_text(params.get("levels", ""), params.get("level", ""))
    words["why"] = _WHY.get(words["why"], words["why"])
    words["status"] = _STATUS.get(words["status"], words["status"])
    return form.format_map(words)
