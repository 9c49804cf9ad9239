"""Holds what the node wrote down against what was said and done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..asr.cer import compare
from ..asr.transcripts import Speaker, Transcript
from ..ticket_bridge.fields import Origin
from .scenario import Citizen

MOST_ERRORS = 0.25
"""Share of wrong characters a leg may have; the embedded model has 8 to 14 % on such voices."""


@dataclass(frozen=True)
class Check:
    """One thing that must be so, and whether it is."""

    call: str
    what: str
    good: bool
    seen: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"call": self.call, "what": self.what, "good": self.good, "seen": self.seen}


def check(
    citizen: Citizen, call: Mapping[str, Any] | None, queue: str | None, *, records: int = 1
) -> list[Check]:
    """Check one citizen's call: ``call`` is what the desk tells of it, ``queue`` the asked queue's name.

    ``records``: how many calls of this citizen are written down.
    """

    def verdict(what: str, good: bool, seen: object) -> Check:
        return Check(citizen.name, what, good, str(seen))

    if call is None:
        return [verdict("有通话记录", False, "没有")]
    expected, record = citizen.expected, call["call"]
    found = [
        verdict("只有一条通话记录", records == 1, records),
        verdict("结果", record["outcome"] == expected.outcome, record["outcome"]),
        verdict("队列", queue == expected.queue, queue),
        verdict("已结束", record["ended_at"] is not None, record["ended_at"]),
    ]
    kinds = sorted(recording["kind"] for recording in call["recordings"] if recording["state"] == "ready")
    found.append(verdict("录音三份", kinds == ["agent", "citizen", "mix"], " ".join(kinds)))
    if expected.outcome != "answered":
        found.append(verdict("没有工单", call["ticket"] is None, "有" if call["ticket"] else "无"))
        return found
    said = (record["evaluation"], record["evaluation_asked_at"] is not None)
    found.append(verdict("评价", said == (expected.evaluation, True), record["evaluation"] or "未评价"))
    found.append(verdict("有等待时间", record["wait_human_s"] is not None, record["wait_human_s"]))
    transcript: Transcript | None = call["transcript"]
    speakers: tuple[Speaker, ...] = ("citizen", "agent")
    for speaker in speakers:
        said = "".join(turn.text for turn in citizen.turns if turn.speaker == speaker)
        heard = transcript_text(transcript, speaker)
        rate = compare(said, heard).rate
        who = "市民" if speaker == "citizen" else "坐席"
        found.append(verdict(f"{who}转写", rate <= MOST_ERRORS, f"字错率 {rate:.0%}：{heard}"))
    fields = {field["name"]: field for field in call["ticket"]["fields"]} if call["ticket"] else {}
    found.append(verdict("工单依据都是原话", *_invented(list(fields.values()), transcript)))
    for name, words in expected.ticket.items():
        value = str(fields[name]["value"]) if name in fields else ""
        found.append(verdict(f"工单 {name} 含“{words}”", words in value, value or "空"))
    return found


def _invented(fields: Sequence[Mapping[str, Any]], transcript: Transcript | None) -> tuple[bool, str]:
    """Tell whether every field that was drawn from speech quotes what the transcript holds."""
    text = "\n".join(line.text for line in transcript.utterances) if transcript else ""
    drawn = [field for field in fields if field["origin"] == Origin.WORDS.value]
    wrong = [
        field["label"]
        for field in drawn
        if not field["words"] or any(piece not in text for piece in field["words"].split("；"))
    ]
    return bool(drawn) and not wrong, "、".join(wrong) or f"{len(drawn)} 项"


def transcript_text(transcript: Transcript | None, speaker: Speaker) -> str:
    """Return all that a speaker said, in order."""
    if transcript is None:
        return ""
    return "".join(line.text for line in transcript.utterances if line.speaker == speaker)
