"""Every kind of alarm: how bad it is, how long it must hold, and what it says on screens.

Each has a page ``docs/runbook/KIND.md``. A failure of the platform or of its lines is a II-level event
(LN 5.2.2, R-IVR-8): it is marked so wherever the alarm is shown and sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Details = Mapping[str, str | int | float]
"""Numbers and names that an alarm's text is made of; never personal data."""


class Severity(StrEnum):
    """How bad an alarm is."""

    WARNING = "warning"
    CRITICAL = "critical"


SEVERITY_LABELS: Mapping[Severity, str] = {Severity.WARNING: "警告", Severity.CRITICAL: "严重"}
SECOND_LEVEL = "II"
"""The level of a platform failure (LN 5.2.2)."""


@dataclass(frozen=True)
class Kind:
    """One kind of alarm; ``text`` is filled with its details."""

    id: str
    severity: Severity
    title: str
    text: str
    raise_after_s: float = 0.0
    """How long the condition must be bad without a break."""
    clear_after_s: float = 0.0
    """How long it must be good without a break."""
    level: str | None = None
    """``SECOND_LEVEL`` for a failure of the platform."""
    is_fault: bool = False
    """Whether the node itself is not healthy while it stands."""


def _warning(name: str, title: str, text: str, *, after_s: float = 0, clear_s: float = 0) -> Kind:
    return Kind(name, Severity.WARNING, title, text, after_s, clear_s)


def _critical(name: str, title: str, text: str, *, after_s: float = 0, clear_s: float = 0) -> Kind:
    return Kind(name, Severity.CRITICAL, title, text, after_s, clear_s)


def _platform(
    name: str, title: str, text: str, *, after_s: float = 0, clear_s: float = 0, is_fault: bool = True
) -> Kind:
    return Kind(name, Severity.CRITICAL, title, text, after_s, clear_s, SECOND_LEVEL, is_fault)


_ALL = (
    _warning(
        "wait_near",
        "等待即将超限",
        "{label}：最长已等待 {longest_s:.1f} 秒，{waiting} 人在等，限值 {limit_s:g} 秒",
        clear_s=3,
    ),
    _critical(
        "wait_broken",
        "等待超过限值",
        "{label}：最长已等待 {longest_s:.1f} 秒，{waiting} 人在等，已超过 {limit_s:g} 秒",
        clear_s=3,
    ),
    _warning(
        "sl15_near",
        "15 秒接通率接近限值",
        "近 24 小时 15 秒接通率 {percent:.2f} %，限值 {limit_percent:g} %",
    ),
    _critical(
        "sl15_broken",
        "15 秒接通率低于限值",
        "近 24 小时 15 秒接通率 {percent:.2f} %，低于 {limit_percent:g} %",
    ),
    _warning(
        "connect_rate_near",
        "24 小时接通率接近限值",
        "24 小时接通率 {percent:.2f} %，限值 {limit_percent:g} %",
    ),
    _critical(
        "connect_rate_broken",
        "24 小时接通率低于限值",
        "24 小时接通率 {percent:.2f} %，低于 {limit_percent:g} %",
    ),
    _warning(
        "no_agent",
        "队列无坐席签入",
        "{label}：没有坐席可接，来电转由溢出队列接听",
        after_s=30,
        clear_s=5,
    ),
    _platform(
        "queue_unattended",
        "来电无人可接",
        "{label}：本队列和溢出队列都没有坐席可接，市民只能等待或留言",
        after_s=30,
        clear_s=5,
        is_fault=False,
    ),
    _platform("trunk_down", "中继中断", "中继 {subject} 的对端不应答", after_s=10, clear_s=5),
    _platform(
        "asterisk_unreachable",
        "交换机失联",
        "与交换机的管理连接中断，市民来电可能仍在由交换机自行处理",
        after_s=3,
        clear_s=2,
    ),
    _platform(
        "journal_stuck",
        "通话日志停滞",
        "通话在进行，但交换机的通话日志不可读或没有增长",
        after_s=10,
        clear_s=2,
    ),
    _platform(
        "database_unwritable",
        "数据库不可写",
        "数据库不能写入；通话不受影响，记录在恢复后由日志补齐",
        after_s=5,
        clear_s=2,
    ),
    _warning(
        "disk_low",
        "录音磁盘空间不足",
        "录音磁盘剩余 {free_gb:.1f} GB（{free_percent:.1f} %），约可录 {hours:.0f} 小时通话",
        clear_s=60,
    ),
    _platform(
        "disk_full",
        "录音磁盘将满",
        "录音磁盘仅剩 {free_gb:.2f} GB（{free_percent:.1f} %），录音和记录即将写不进去",
        clear_s=30,
    ),
    _warning(
        "clock_jump", "时钟跳变", "本机时钟跳变 {jump_s:+.1f} 秒，期间的时刻和时长可能不准", clear_s=600
    ),
    _warning("calendar_missing", "节假日安排缺失", "{subject} 年的放假和调休安排尚未录入", clear_s=0),
    _warning("webhook_failing", "告警推送失败", "推送目标 {subject} 已有 {minutes:.0f} 分钟收不到告警"),
    _critical(
        "notice_failing",
        "三方通话信息未送达",
        "{subject} 已有 {seconds:.0f} 秒收不到三方通话信息，请坐席向对方口头说明",
    ),
    _warning("callback_failing", "回访结果未送达", "{subject} 已有 {minutes:.0f} 分钟收不到回访结果"),
    _warning(
        "robot_stuck",
        "回访停滞",
        "已到时间的回访 {minutes:.0f} 分钟没有拨出一个（来电排队时机器人会让出线路）",
        clear_s=5,
    ),
    _critical(
        "action_log_lost",
        "操作日志丢失",
        "数据库长时间不可写，{entries} 条操作日志已丢失；请核对服务日志",
        clear_s=600,
    ),
)

KINDS: Mapping[str, Kind] = {kind.id: kind for kind in _ALL}


def text_of(kind: Kind, subject: str, details: Details) -> str:
    """Return what an alarm says; only its title when the details are those of an older version."""
    try:
        return kind.text.format(**{**details, "subject": subject})
    except (KeyError, ValueError, IndexError):
        return f"{kind.title}：{subject}"
