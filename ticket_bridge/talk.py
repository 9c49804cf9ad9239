"""A call's speech prepared for the extractors: views that lead back to the words as recognised.

Recognisers cut words with blanks, give no punctuation and write numbers in characters; people type
transcripts with punctuation and digits. Extractors read a *view* in which both look alike, and every
span of a view leads back to the literal text and its second.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..asr.transcripts import Speaker, Transcript, Utterance
from .fields import Evidence
from .mend import heard, mend
from .words import is_stop_word, segment

DIGITS = {**{char: str(value) for value, char in enumerate("零一二三四五六七八九")}, "幺": "1", "〇": "0"}
FILLERS = frozenset("嗯呃")
_DIGIT_RUN = re.compile(
    r"[零〇幺一二三四五六七八九\d]{3,}(?!月)|幺+|[零〇幺一二三四五六七八九]*幺[零〇幺一二三四五六七八九]*"
)
"""A string of digits; the one before 月 names a month (禾丰九五八，四月十六号买的)."""
_FILLING = re.compile(r"那\s*个(?!\s*(?:时候|月))|这\s*个(?!\s*(?:月|礼拜|星期|周))|就是(?!\s*说)|嗯|呃|啊")
BREAK = "|"


@dataclass(frozen=True)
class View:
    """A reading of one utterance; ``at[i]`` is where character ``i`` stands in the literal text."""

    text: str
    at: tuple[int, ...]


@dataclass(frozen=True)
class Span:
    """A piece of a line, by offsets into the literal text, with its reading."""

    line: Line
    start: int
    end: int
    text: str

    @property
    def evidence(self) -> Evidence:
        """The literal words, with speaker and second."""
        return self.line.evidence(self.start, self.end)


@dataclass(frozen=True)
class Line:
    """One utterance with its views.

    ``plain`` has neither blanks nor punctuation; in ``parts`` punctuation and function words are ``|``,
    so that names can be matched between them. In both, strings of spoken digits are Arabic.
    """

    index: int
    utterance: Utterance
    mended: str
    """The text, as long as it is, with homophones put right (``mend.py``)."""

    @property
    def speaker(self) -> Speaker:
        """Who speaks, by the leg."""
        return self.utterance.speaker

    @cached_property
    def read(self) -> View:
        """The words without blanks, with ``|`` for punctuation."""
        chars: list[str] = []
        at: list[int] = []
        for offset, raw in enumerate(self.mended):
            char = unicodedata.normalize("NFKC", raw)
            if len(char) != 1 or char.isspace() or char in FILLERS:
                continue
            chars.append(char if char.isalnum() or char == "." else BREAK)
            at.append(offset)
        joined = _DIGIT_RUN.sub(lambda run: "".join(DIGITS.get(c, c) for c in run.group()), "".join(chars))
        return View(joined, tuple(at))

    @cached_property
    def memo(self) -> dict[str, Any]:
        """What an extractor worked out of this line once, for itself and for the others."""
        return {}

    @cached_property
    def smooth(self) -> Line:
        """The same utterance without words that only fill (前天 那个 夜里)."""
        blanked = _FILLING.sub(lambda said: " " * len(said.group()), self.mended)
        return self if blanked == self.mended else Line(self.index, self.utterance, blanked)

    @cached_property
    def plain(self) -> View:
        """Only letters and digits; spoken digit strings as Arabic digits."""
        kept = [(char, at) for char, at in zip(self.read.text, self.read.at, strict=True) if char != BREAK]
        text = "".join(char for char, _ in kept)
        text = _DIGIT_RUN.sub(lambda run: "".join(DIGITS.get(c, c) for c in run.group()), text)
        return View(text, tuple(at for _, at in kept))

    @cached_property
    def parts(self) -> View:
        """Like ``plain`` with ``|`` in place of punctuation and of function words (by jieba)."""
        return self.cut(is_stop_word)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of ``read``, by jieba; joined they are its text again."""
        return tuple(segment(self.read.text))

    def cut(self, ends: Callable[[str], bool]) -> View:
        """Return the text with ``|`` in place of punctuation and of the words for which ``ends`` holds."""
        pieces = [BREAK * len(word) if ends(word) else word for word in self.words]
        return View("".join(pieces), self.read.at)

    @cached_property
    def clauses(self) -> tuple[Span, ...]:
        """The utterance cut at its punctuation; one clause when the recogniser gave none."""
        return tuple(
            self._span(self.read, match.start(), match.end())
            for match in re.finditer(r"[^|]+", self.read.text)
        )

    @cached_property
    def clause_starts(self) -> frozenset[int]:
        """The offsets of the literal text at which a clause begins."""
        return frozenset(clause.start for clause in self.clauses)

    def search(
        self, pattern: re.Pattern[str], *, parts: bool = False
    ) -> Iterator[tuple[re.Match[str], Span]]:
        """Give every non-empty match with the span of the whole match."""
        view = self.parts if parts else self.plain
        for match in pattern.finditer(view.text):
            if match.end() > match.start():
                yield match, self._span(view, match.start(), match.end())

    def group(self, match: re.Match[str], group: int | str, *, parts: bool = False) -> Span:
        """Return the span of a match's group."""
        return self._span(self.parts if parts else self.plain, match.start(group), match.end(group))

    def span(self, start: int, end: int) -> Span:
        """Return the span of offsets of ``plain``."""
        return self._span(self.plain, start, end)

    def whole(self) -> Span | None:
        """Return the whole utterance, or None when it holds no letter or digit."""
        return self._span(self.plain, 0, len(self.plain.text)) if self.plain.text else None

    def evidence(self, start: int, end: int) -> Evidence:
        """Return the literal words between two offsets of the text, with their seconds."""
        begun, ended = self._seconds(start, end)
        return Evidence(self.utterance.text[start:end], self.speaker, self.index, begun, ended)

    @staticmethod
    def _offsets(view: View, start: int, end: int) -> tuple[int, int]:
        return view.at[start], view.at[end - 1] + 1

    def _span(self, view: View, start: int, end: int) -> Span:
        begin, finish = self._offsets(view, start, end)
        return Span(self, begin, finish, view.text[start:end])

    def _seconds(self, start: int, end: int) -> tuple[float, float]:
        low, high = self.utterance.start_s, self.utterance.end_s
        touched = [times for first, last, times in self._word_times if first < end and last > start]
        if touched:
            begun, ended = touched[0][0], touched[-1][1]
        else:
            share = (high - low) / max(len(self.utterance.text), 1)
            begun, ended = low + share * start, low + share * end
        begun = min(max(begun, low), high)
        return begun, min(max(ended, begun), high)

    @cached_property
    def _word_times(self) -> tuple[tuple[int, int, tuple[float, float]], ...]:
        found: list[tuple[int, int, tuple[float, float]]] = []
        cursor = 0
        for word in self.utterance.words:
            offset = self.utterance.text.find(word.text, cursor) if word.text else -1
            if offset >= 0:
                cursor = offset + len(word.text)
                found.append((offset, cursor, (word.start_s, word.end_s)))
        return tuple(found)


class Talk:
    """The whole call as lines, with the questions and answers found in it.

    What a third line said is the words of neither side, and no field is drawn from it.
    """

    def __init__(self, transcript: Transcript) -> None:
        said = [(i, one) for i, one in enumerate(transcript.utterances) if one.speaker != "third"]
        agents = heard(one.text for _, one in said if one.speaker == "agent")
        self.lines = tuple(
            Line(index, one, mend(one.text, agents if one.speaker == "citizen" else {}))
            for index, one in said
        )
        self.citizen = tuple(line for line in self.lines if line.speaker == "citizen")
        self.agent = tuple(line for line in self.lines if line.speaker == "agent")

    def answers(self, question: re.Pattern[str]) -> Iterator[Line]:
        """Give what the citizen says after each matching question, until the agent's next turn."""
        asked = False
        for line in self.lines:
            if line.speaker == "agent":
                asked = bool(question.search(line.plain.text))
            elif asked:
                yield line

    def question_before(self, line: Line) -> str:
        """Return the agent's last words before a line, or an empty text."""
        for earlier in reversed(self.lines):
            if earlier.speaker == "agent" and earlier.index < line.index:
                return earlier.plain.text
        return ""
