"""One call's suggestions: what is heard goes in, what is to be told comes out (R-T-9). Pure.

Each suggestion is told once and withdrawn when it was overtaken: denied, corrected, done. What a changing
guess (a partial) says counts only when it is unmistakable and has stood for a moment; the final words decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ...asr.live_events import SpeechHeard, SpeechPartial
from ...asr.transcripts import Speaker
from ...core.clock import to_us
from .. import words
from ..fields import Evidence
from .assist_events import Grounds, Suggested
from .assist_guesses import Guesses
from .assist_lines import LinesOfCall
from .assist_proposals import Proposal, Target, of_dangers, of_draft, of_emotion, of_fault
from .danger import Danger
from .emotion import Feelings
from .prosody import Level, ManneredSpeech
from .wording import (
    Fault,
    closing_fault,
    greeting_fault,
    handed_over,
    is_mere_hello,
    is_provoking,
    turn_faults,
)

_SECTIONS = ("danger", "wording", "emotion", "draft", "repeats")


class AssistOfCall:
    """Keeps what is proposed in one call. Every method returns the events to be told, in order."""

    def __init__(
        self,
        call: str,
        known: Mapping[str, Target],
        *,
        begun_us: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._call = call
        self._targets = known
        self._lines = LinesOfCall(begun_us)
        self._feelings = Feelings()
        self._mannered = ManneredSpeech()
        self._standing: dict[str, dict[str, Suggested]] = {name: {} for name in _SECTIONS}
        self._told: dict[str, int] = {}
        self._guesses = Guesses()
        self._done: set[str] = set()
        self._kind: str | None = None
        self._threat: Evidence | None = None
        self._greeted = False
        self._draft_before: frozenset[str] = frozenset()

    def heard(self, event: SpeechHeard) -> list[Suggested]:
        """Take a final result."""
        self._guesses.drop(event.leg)
        kept = self._lines.add(event)
        if kept is None:
            return []
        self._mannered.add(kept.line.utterance)
        if event.speaker == "citizen":
            self._feelings.add(kept.line)
            return [
                *([] if is_mere_hello(kept.line) else self._greeting(event.at)),
                *self._dangers(event.at),
                *self._emotion(event.at, kept.line.utterance.end_s),
            ]
        if event.speaker == "agent":
            faults = list(turn_faults(self._lines.turn()))
            if any(is_provoking(fault) for fault in faults):
                self._feelings.provoke()
            return self._add_faults(faults, event.at)
        return []

    def partial(self, event: SpeechPartial) -> list[Suggested]:
        """Take a changed guess of the citizen's; the agent's and a third line's say nothing of dangers."""
        if event.speaker != "citizen":
            return []
        has_dangers = self._guesses.add(event, self._second(event.at))
        return self._dangers(event.at) if has_dangers else []

    def due(self, now: datetime) -> datetime | None:
        """Return when to call ``held``: a guess's danger will have stood long enough; None: there is none."""
        return self._guesses.due(now)

    def held(self, at: datetime) -> list[Suggested]:
        """Take that time has passed with no other guess."""
        return self._dangers(at)

    def drafted(self, fields: Mapping[str, Any], at: datetime) -> list[Suggested]:
        """Take the live draft's fields, as ``Field.to_json`` gives them.

        A category is proposed when two drafts in a row have it; risk and threat at once.
        """
        kind, threat = fields.get("kind"), fields.get("threat_quote")
        self._kind = str(kind["value"]) if kind else None
        self._threat = Evidence(**threat["evidence"][0]) if threat and threat["evidence"] else None
        wanted = of_draft(fields)
        steady = {
            key: one for key, one in wanted.items() if one.kind != "category" or key in self._draft_before
        }
        self._draft_before = frozenset(wanted)
        return [*self._reconcile("draft", steady, at), *self._emotion(at, self._second(at))]

    def repeated(self, proposals: Iterable[Proposal], at: datetime) -> list[Suggested]:
        """Take what the store knows of the caller and the matter (``repeats.py``)."""
        return self._reconcile("repeats", {one.key: one for one in proposals}, at)

    def level(self, level: Level) -> None:
        """Take a loudness of the citizen's leg, where somebody measures it."""
        self._mannered.level(level)

    def called_in(self, target: str, at: datetime) -> list[Suggested]:
        """Take that a third line is called in: it need not be proposed any more."""
        self._done |= {line for line, known in self._targets.items() if known.name == target}
        told = self._dangers(at)
        return [replace(one, data={**one.data, "done": True}) if one.withdrawn else one for one in told]

    def ended(self, at: datetime) -> list[Suggested]:
        """Take the call's end: only now is it known how the agent ended it."""
        turns = self._lines.agent()
        if not turns:
            return []
        last = self._lines.turn() or turns[-1:]
        return self._add_faults(closing_fault(last, handed_over=handed_over(turns)), at)

    def standing(self) -> list[Suggested]:
        """Return what is proposed now, the oldest first."""
        found = [one for section in self._standing.values() for one in section.values()]
        return sorted(found, key=lambda one: one.at)

    def _dangers(self, at: datetime) -> list[Suggested]:
        lines = self._lines
        found: list[tuple[Danger, tuple[Grounds, ...]]] = [
            (one, lines.grounds([one.evidence])) for one in lines.dangers.now()
        ]
        found += [(one, _guessed(one.evidence, leg)) for one, leg in self._guesses.held(at)]
        open_ones = [pair for pair in found if pair[0].line not in self._done]
        return self._reconcile("danger", of_dangers(open_ones, self._targets), at)

    def _emotion(self, at: datetime, second: float) -> list[Suggested]:
        emotion = self._feelings.now(kind=self._kind, threat=self._threat)
        grounds = self._lines.grounds(emotion.evidence)
        return self._reconcile("emotion", of_emotion(emotion, self._mannered.now(second), grounds), at)

    def _greeting(self, at: datetime) -> list[Suggested]:
        """Judge the agent's first turn when the citizen has answered it."""
        heard = self._lines.heard
        if self._greeted:
            return []
        first = next((i for i, one in enumerate(heard) if one.line.speaker == "agent"), None)
        if first is None:
            return []
        self._greeted = True
        turn = [one.line for one in heard[first:] if one.line.speaker == "agent"]
        return self._add_faults(greeting_fault(turn), at)

    def _add_faults(self, faults: Iterable[Fault], at: datetime) -> list[Suggested]:
        section = self._standing["wording"]
        told: list[Suggested] = []
        for fault in faults:
            proposal = of_fault(fault, self._lines.grounds([fault.evidence]))
            if proposal.key not in section:
                section[proposal.key] = self._event(proposal, at)
                told.append(section[proposal.key])
        return told

    def _reconcile(self, section: str, wanted: Mapping[str, Proposal], at: datetime) -> list[Suggested]:
        """Tell what is new, withdraw what is wanted no more."""
        standing = self._standing[section]
        gone = [standing.pop(key) for key in [key for key in standing if key not in wanted]]
        told = [replace(one, at=at, withdrawn=True) for one in gone]
        for key, proposal in wanted.items():
            if key not in standing:
                standing[key] = self._event(proposal, at)
                told.append(standing[key])
        return told

    def _event(self, proposal: Proposal, at: datetime) -> Suggested:
        times = self._told[proposal.key] = self._told.get(proposal.key, 0) + 1
        return Suggested(
            at=at,
            call=self._call,
            id=proposal.key if times == 1 else f"{proposal.key}#{times}",
            kind=proposal.kind,
            text=proposal.text,
            data=proposal.data,
            evidence=proposal.evidence,
        )

    def _second(self, at: datetime) -> float:
        begun = self._lines.begun_us
        return 0.0 if begun is None else max(at.timestamp() - begun / 1e6, 0.0)


def _guessed(evidence: Evidence, leg: str) -> tuple[Grounds, ...]:
    return (Grounds(evidence.words, evidence.speaker, evidence.start_s, evidence.end_s, leg),)


def warm_up() -> None:
    """Load what reading takes: words (seconds) and rules; the first call does it otherwise."""
    words.warm_up()
    call = AssistOfCall("warm-up", {})
    said: tuple[tuple[Speaker, str], ...] = (
        ("citizen", "我家着火了"),
        ("agent", "您好，请问您需要什么帮助？"),
        ("citizen", "再见"),
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for speaker, text in said:
        call.heard(
            SpeechHeard(
                at=at,
                call="warm-up",
                leg=speaker,
                speaker=speaker,
                agent="",
                text=text,
                start_us=to_us(at),
                end_us=to_us(at),
            )
        )
    call.ended(at)
