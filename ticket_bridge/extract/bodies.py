"""Bodies that an utterance mentions: firms, shops, schools, offices, by name or by trade."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from ..divisions import divisions_in
from ..fields import Evidence
from ..talk import BREAK, Line, Span, View
from ..words import either, ends_a_name, pattern, rules, segment
from .address import Piece, pieces_of
from .adjoining import LARGE

HEAD = 8
DIVISION = "省市区县镇乡村"
_HAN = "[\u4e00-\u9fff]"


@dataclass(frozen=True)
class Body:
    """A body mentioned; ``noun`` is the word of its trade, ``named`` when a proper name precedes it."""

    name: str
    noun: str
    named: bool
    span: Span
    owner: Span | None = None
    """What precedes the name and belongs to it: 星澜国际 of 星澜国际的工地."""

    @property
    def line(self) -> Line:
        """Where it is mentioned."""
        return self.span.line

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The literal words."""
        return (self.span.evidence,) if self.owner is None else (self.owner.evidence, self.span.evidence)


@cache
def nouns() -> str:
    """Return the alternatives of every noun of a body, the longest first."""
    words = "|".join(rules("parties")["bodies"]).split("|")
    return "|".join(sorted(set(words), key=len, reverse=True))


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    data = rules("parties")
    return {
        "body": re.compile(rf"(?P<head>[^|不没]{{0,{HEAD}}}?)(?P<noun>{nouns()}){data['tail']}"),
        "named_by": re.compile(str(data["named_by"])),
        "not": either(data["not"]),
        "not_head": re.compile(str(data["not_head"])),
        "name_ends": re.compile(str(data["name_ends"])),
        "person": re.compile(str(data["person"])),
        "answer": re.compile(rf"(?!(?:{nouns()})){_HAN}{{3,12}}(?=[|]|$)"),
        "stands_beside": re.compile(str(data["stands_beside"])),
        "noun_last": re.compile(rf"({nouns()})(?:的?名称|的?名字|叫什么|是哪|的)?[^|]{{0,4}}$"),
    }


@cache
def _ends() -> frozenset[str]:
    return frozenset(str(rules("parties")["ends"]).split())


def party_view(line: Line) -> View:
    """Return an utterance with ``|`` for words that no body's name holds and for its larger addresses."""
    if "party" not in line.memo:
        line.memo["party"] = _masked(line)
    return line.memo["party"]


def _masked(line: Line) -> View:
    view = line.cut(lambda word: ends_a_name(word) or word in _ends())
    chars = list(view.text)
    covered = [
        (piece.span.start, piece.span.end)
        for piece in pieces_of(line)
        if (piece.level in (*LARGE, "house", "unit", "floor", "room") and not _in_branch(line, piece))
        or (piece.level == "site" and not ends_in_noun(piece.span.text))
    ]
    for i, at in enumerate(view.at):
        if any(start <= at < end for start, end in covered):
            chars[i] = BREAK
    return View("".join(chars), view.at)


def _in_branch(line: Line, piece: Piece) -> bool:
    """Tell the road in the name of a branch (康泰大药房人民路店)."""
    after = line.mended[piece.span.end :].lstrip()
    return piece.level == "road" and after.startswith(("店", "支行", "分店", "分行", "营业厅"))


def bodies_of(line: Line) -> Iterator[Body]:
    """Give the bodies of an utterance, left to right."""
    view = party_view(line)
    data = rules("parties")
    for match in _patterns()["body"].finditer(view.text):
        if _patterns()["not"].search(match.group()):
            continue
        head, noun = match.group("head"), match.group("noun")
        if not re.match(str(data["only_before"].get(noun, "")), line.read.text[match.end("noun") :]):
            continue
        begin = match.start()
        ahead = _patterns()["not_head"].match(head)
        if ahead is not None and (len(head) - ahead.end() != 1 or head[-1] in DIVISION):
            begin, head = begin + ahead.end(), head[ahead.end() :]
        span = _span(line, view, begin, match.end())
        owner = _owner(line, span, noun) if len(head) < 2 else None
        if len(head) < 2 and owner is None and noun in data["weak"]:
            continue
        told = len(head) > 1 and pattern(str(data["common_heads"])).match(head) is None
        named = told or noun in data["brands"] or (owner is not None and noun not in data["placed"])
        yield Body((owner.text if owner is not None else "") + span.text, noun, named, span, owner)


def _owner(line: Line, span: Span, noun: str) -> Span | None:
    """Return the district of 惠阳区人民医院, or the estate of 星澜国际的工地, said right before."""
    data = rules("parties")
    for piece in pieces_of(line):
        between = line.mended[piece.span.end : span.start].strip()
        if piece.span.end > span.start or between not in ("", "的", "，"):
            continue
        if piece.level in ("site", "town") and noun in data["placed"]:
            return piece.span
        near = not between or (piece.level == "town" and between != "的")
        if piece.level in ("city", *LARGE) and noun in data["public"] and near:
            return piece.span
    return None


def called_bodies(line: Line, owner: str, *, asked: bool = False) -> Iterator[Body]:
    """Give what is called something (叫…, 招牌写的…); ``owner`` is the noun that the agent asked for."""
    text = line.plain.text
    view, data = line.parts, rules("parties")
    for match, _ in line.search(_patterns()["named_by"]):
        told = text[: match.start()]
        if match.end() >= len(text) or told.endswith(("我", "我的")) or _patterns()["person"].search(told):
            continue
        if pattern(str(data["products"])).search(told) or pattern(str(data["makes"])).match(
            text, match.end()
        ):
            continue
        begin = view.at.index(line.plain.at[match.end()])
        while begin < len(view.text) and view.text[begin] == BREAK and begin - match.end() < 4:
            begin += 1
        end = begin
        while end < len(view.text) and end - begin < 12 and view.text[end] != BREAK:
            end += 1
        name = view.text[begin:end]
        ending = re.match(rf"[^|]{{2,10}}?(?:{nouns()}){rules('parties')['tail']}", name)
        if ending is not None:
            end = begin + ending.end()
        if ending is None and (cut := _patterns()["name_ends"].search(view.text[begin:end])) is not None:
            end = begin + cut.start()
        end = min([end, *(start for start, _, _ in divisions_in(view.text) if begin + 2 <= start < end)])
        if end - begin < 2 or _patterns()["not"].search(view.text[begin:end]) or view.text[begin] == "姓":
            continue
        before = _patterns()["noun_last"].search(text[max(0, match.start() - 8) : match.start()])
        noun = before.group(1) if before is not None else owner
        one_called = told.endswith(("一家", "一个", "有家", "有个", "那个", "个", "家", *data["signs"]))
        nobody = not noun and ending is None and not (asked or one_called)
        venue = asked and owner not in ("", *rules("parties")["placed"])
        if nobody or (not venue and _is_place(line, view.at[begin], ending)):
            continue
        span = _span(line, view, begin, end)
        trade = _trade(line.read.text[end:]) if ending is None else ""
        yield Body(span.text + trade, "" if trade else noun, named=True, span=span)


def _is_place(line: Line, start: int, ending: re.Match[str] | None) -> bool:
    """Tell whether a name is that of an estate or a village (叫个翡翠云邸二期)."""
    residential = re.compile(str(rules("parties")["residential"]))
    at_start = (piece for piece in pieces_of(line) if piece.span.start == start)
    return any(
        (piece.level in LARGE and (ending is None or piece.level != "road"))
        or (
            piece.level == "site"
            and not ends_in_noun(piece.span.text)
            and (ending is None or residential.search(piece.span.text) is not None)
        )
        for piece in at_start
    )


def _trade(after: str) -> str:
    """Return what a thing called so is (叫童画世界的画室), or an empty text."""
    word = next(segment(after[1:7]), "") if after.startswith("的") else ""
    return (
        word if word in trades() or (len(word) > 1 and not ends_a_name(word) and word not in _ends()) else ""
    )


@cache
def trades() -> frozenset[str]:
    """Return every noun of a body."""
    return frozenset(nouns().split("|"))


def answers(line: Line) -> Iterator[Span]:
    """Give what stands first in an answer to what the body is called, and what follows its address.

    Where it stands beside something (火车站旁边那个陇上人家), what follows that comes first.
    """
    view = party_view(line)
    pieces = list(pieces_of(line))
    large = [piece.span.end for piece in pieces if piece.level in LARGE]
    beside = [match.end() for match in _patterns()["stands_beside"].finditer(line.read.text)]
    for place, least in enumerate((*beside[-1:], -1, *large[-1:])):
        begin = next((i for i, at in enumerate(view.at) if at >= least and view.text[i] != BREAK), None)
        match = _patterns()["answer"].match(view.text, begin) if begin is not None else None
        if match is None:
            continue
        is_place = any(piece.span.start == view.at[match.start()] for piece in pieces)
        if is_place and not (beside and place == 0):
            continue
        if view.at[match.start()] and line.read.text[match.start() - 1] in "没不无":
            continue
        if not _patterns()["not"].search(match.group()) and not re.search(
            "[楼号栋室层人的里上下]$", match.group()
        ):
            yield _span(line, view, match.start(), match.end())


def site_asked(line: Line) -> Span | None:
    """Return the last site of an answer to what the body is called (夕阳红老年公寓)."""
    homes = re.compile(str(rules("parties")["houses"]))
    pieces = pieces_of(line)
    beside = _patterns()["stands_beside"]
    sites = [
        piece.span
        for piece in pieces
        if piece.level == "site" and not homes.search(piece.value)
        if beside.match(line.mended[piece.span.end :]) is None
    ]
    return sites[-1] if sites and len(sites[-1].text) > 1 else None


def accused_thing(line: Line, accused: re.Pattern[str]) -> Span | None:
    """Return what stands right after 投诉 or 举报, whatever it is, in an utterance that names no body."""
    view = party_view(line)
    for match in accused.finditer(line.read.text):
        found = re.compile(r"\|{0,4}([\u4e00-\u9fff]{2,6})(?=[|]|$)").match(view.text, match.end())
        nobody = re.compile(str(rules("parties")["nobody"]))
        if found is not None and not nobody.search(found.group(1)):
            return _span(line, view, found.start(1), found.end(1))
    return None


def noun_asked(question: str) -> str:
    """Return the noun of the body that a question asks the name of, or an empty text."""
    found = asked_nouns(question)
    return found[-1] if found else ""


def asked_nouns(question: str) -> list[str]:
    """Return every noun of a body in a question."""
    return [str(noun) for noun in re.findall(nouns(), question)]


def ends_in_noun(name: str) -> bool:
    """Tell whether a name holds the noun of a body."""
    return re.search(rf"(?:{nouns()}){rules('parties')['tail']}$", name) is not None


def _span(line: Line, view: View, start: int, end: int) -> Span:
    return Span(line, view.at[start], view.at[end - 1] + 1, view.text[start:end])
