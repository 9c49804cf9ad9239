"""A call as it is shown to a model server: numbers and names as placeholders, which lead back to the words.

Every character that is sent knows where it stands in the literal text, so words that the server quotes are
found there whatever was hidden in them, and what is quoted in the ticket is always what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from ...asr.transcripts import Transcript
from ..fields import Evidence
from ..talk import Line, Talk
from ..words import number, rules

PLACEHOLDER = re.compile(r"【[号名址][0-9]{1,4}】")
_BRACKETS = {"【": "（", "】": "）"}
_ONLY_DIGITS = re.compile(r"[^0-9]{0,3}[0-9]{2,}[^0-9]{0,3}")
"""A piece of a number that is told bit by bit."""
_PUBLIC = re.compile("11[09]|12[02]|1[0-9]{4}|9[56][0-9]{3}")
"""Numbers that are nobody's own: emergency lines, hotlines."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤川青藏琼宁"
"""What the plate of a car begins with."""
_NUMERAL = "[零〇一二两三四五六七八九十百0-9]{1,5}"


@dataclass(frozen=True)
class Quoted:
    """Words that were said; ``mended`` are the same with homophones put right, as the rules read them."""

    evidence: Evidence
    mended: str


@dataclass(frozen=True)
class SentLine:
    """An utterance as it is sent; ``at[i]`` is where character ``i`` stands in the literal text."""

    line: Line
    text: str
    at: tuple[tuple[int, int], ...]

    def find(self, words: str) -> Quoted | None:
        """Return the literal words that a quotation stands for; blanks do not count. None: not said here."""
        kept = [place for place, char in enumerate(self.text) if not char.isspace()]
        wanted = "".join(words.split())
        begin = "".join(self.text[place] for place in kept).find(wanted) if wanted else -1
        if begin < 0:
            return None
        first, last = self.at[kept[begin]], self.at[kept[begin + len(wanted) - 1]]
        return Quoted(self.line.evidence(first[0], last[1]), self.line.mended[first[0] : last[1]])


@dataclass(frozen=True)
class Sent:
    """A call as it is sent; ``hidden`` tells what each placeholder stands for."""

    lines: Mapping[int, SentLine]
    hidden: Mapping[str, str]

    def reveal(self, text: str) -> str | None:
        """Return a text with every placeholder filled in; None when it holds one that was never given."""
        if any(found not in self.hidden for found in PLACEHOLDER.findall(text)):
            return None
        return PLACEHOLDER.sub(lambda found: self.hidden[found.group()], text)


def prepare(transcript: Transcript, name: str | None, *, mask: bool) -> Sent:
    """Return a call as it may be sent; ``name`` is the citizen's as the rules found it.

    What a third line said is left out, as no field is drawn from it.
    """
    given: dict[tuple[str, str], str] = {}
    lines: dict[int, SentLine] = {}
    for line in Talk(transcript).lines:
        spans = _covered(line, name) if mask else []
        lines[line.index] = _sent(line, spans, given)
    return Sent(lines, {placeholder: value for (_, value), placeholder in given.items()})


@dataclass(frozen=True)
class _Hidden:
    start: int
    end: int
    sort: str
    value: str


def _sent(line: Line, spans: list[_Hidden], given: dict[tuple[str, str], str]) -> SentLine:
    text: list[str] = []
    at: list[tuple[int, int]] = []
    cursor, literal = 0, line.utterance.text
    for span in [*spans, _Hidden(len(literal), len(literal), "", "")]:
        for place in range(cursor, span.start):
            text.append(_BRACKETS.get(literal[place], literal[place]))
            at.append((place, place + 1))
        cursor = span.end
        if span.sort:
            placeholder = given.setdefault((span.sort, span.value), f"【{span.sort}{len(given) + 1}】")
            text.append(placeholder)
            at += [(span.start, span.end)] * len(placeholder)
    return SentLine(line, "".join(text), tuple(at))


def _covered(line: Line, name: str | None) -> list[_Hidden]:
    """Return what is to be hidden in an utterance, in order; of two that overlap the first found stands."""
    taken: list[_Hidden] = []
    covered = bytearray(len(line.utterance.text))
    for one in _found(line, name):
        if not any(covered[one.start : one.end]):
            covered[one.start : one.end] = b"\x01" * (one.end - one.start)
            taken.append(one)
    return sorted(taken, key=lambda one: one.start)


def _found(line: Line, name: str | None) -> Iterator[_Hidden]:
    text = line.plain.text
    for known in _names(name):
        for match in re.finditer(re.escape(known), text):
            yield _hidden(line, match.start(), match.end(), "名")
    for sort, pattern in _patterns():
        for match in pattern.finditer(text):
            yield _hidden(line, match.start("it"), match.end("it"), sort)
    if _ONLY_DIGITS.fullmatch(text):
        for match in re.finditer("[0-9]{2,}", text):
            if not _PUBLIC.fullmatch(match.group()):
                yield _hidden(line, match.start(), match.end(), "号")


def _hidden(line: Line, start: int, end: int, sort: str) -> _Hidden:
    span = line.span(start, end)
    value = span.text
    if sort == "址" and (read := number(value)) is not None:
        value = str(read)
    return _Hidden(span.start, span.end, sort, value)


def _names(name: str | None) -> list[str]:
    """Return the citizen's name, to be hidden wherever it stands when it is more than a surname."""
    core = _title().sub("", name or "")
    return [core] if len(core) > 1 else []


@cache
def _title() -> re.Pattern[str]:
    return re.compile("(?:" + "|".join([*rules("names")["titles"], "女士", "姓市民"]) + ")$")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return what is hidden: plates, numbers of telephones, papers and accounts, houses, names."""
    surnames = "|".join(sorted(str(rules("names")["surnames"]).split(), key=len, reverse=True))
    titles = "|".join(title for title in rules("names")["titles"] if len(title) > 1)
    return (
        ("号", re.compile(rf"(?P<it>[{_PROVINCES}][A-Za-z][A-Za-z0-9]{{5,6}})")),
        ("号", re.compile(r"(?P<it>[0-9]{6,}[Xx]?)")),
        ("址", re.compile(rf"(?P<it>{_NUMERAL})(?=号楼|号院|栋|幢|单元|室)")),
        ("址", re.compile(rf"(?<=[路街巷弄道里])(?P<it>{_NUMERAL})(?=号)")),
        ("址", re.compile(r"(?<=单元|号楼)(?P<it>[0-9]{3,4})")),
        (
            "名",
            re.compile(rf"(?:我叫|名字叫|名字是|姓名是|我是叫)(?P<it>(?:{surnames})[\u4e00-\u9fff]{{1,2}})"),
        ),
        ("名", re.compile(rf"(?:贵姓|免贵|我姓|我是姓|本人姓|^姓)(?P<it>{surnames})")),
        ("名", re.compile(rf"(?P<it>{surnames})(?={titles})")),
    )
