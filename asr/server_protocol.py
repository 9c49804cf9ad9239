"""The words of vosk-server's WebSocket protocol, read with care and written as its clients expect.

A client sends ``{"config": {...}}`` (no answer), then sound as binary messages (one answer each), and
``{"eof" : 1}``, which is answered by the rest; then the server closes. Times count from the first sound
of the connection, in seconds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .engine import Heard, Spoken
from .errors import AsrError
from .transcripts import Word

EOF = '{"eof" : 1}'
"""To the letter: vosk-server compares the text, it does not read it."""
RESET = '{"reset" : 1}'
"""Ends an utterance and keeps the connection; older servers break off at it."""
KNOWS_RESET = "hotline-reset"
"""Offered as a WebSocket subprotocol; a server that takes it knows ``RESET``. vosk-server passes it over."""
LONGEST_ANSWER = 1 << 20
"""Bytes; an utterance of a minute has about 30,000."""
_MOST_WORDS = 20_000
_LONGEST_WORD = 200
_LONGEST_TEXT = 20_000
_LATE_S = 2.0
"""A word may end so much after the last sound: recognisers round, and pad the end."""


class AnswerError(AsrError):
    """A server of recognition said something that is no answer."""

    error_id = "asr.server_answer"


@dataclass(frozen=True)
class Answer:
    """What a server said: a guess, or a result (which may hold nothing).

    ``words`` is None when a server gives a result without times.
    """

    text: str
    is_final: bool
    words: tuple[Word, ...] | None = None


def config(rate: int, phrases: Sequence[str] = ()) -> str:
    """Return the message that begins a connection for sound of ``rate`` samples a second."""
    values: dict[str, Any] = {"sample_rate": rate, "words": True}
    if phrases:
        values["phrase_list"] = list(phrases)
    return json.dumps({"config": values}, ensure_ascii=False)


def read_answer(text: str, *, heard_s: float) -> Answer:
    """Read a server's answer after ``heard_s`` seconds of sound; raises ``AnswerError`` for anything else."""
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AnswerError("the server's answer is not JSON") from error
    if not isinstance(data, dict):
        raise AnswerError("the server's answer is no JSON object")
    answer = cast("dict[str, Any]", data)
    if "partial" in answer:
        return Answer(_text(answer["partial"]), is_final=False)
    if "result" not in answer and "text" not in answer:
        raise AnswerError("the server's answer holds neither a result nor a guess")
    final = _text(answer.get("text", ""))
    if "result" not in answer:
        return Answer(final, is_final=True, words=None if final else ())
    result = answer["result"]
    if not isinstance(result, list) or len(cast("list[Any]", result)) > _MOST_WORDS:
        raise AnswerError("the server's result is no list of words")
    words = tuple(_word(one, heard_s + _LATE_S) for one in cast("list[Any]", result))
    return Answer(final, is_final=True, words=words)


def write_answer(heard: Iterable[Heard], guess: str) -> str:
    """Return the answer for what a piece of sound brought: the result, or else the guess that holds."""
    spoken = [one for one in heard if isinstance(one, Spoken)]
    if not spoken:
        return json.dumps({"partial": guess}, ensure_ascii=False)
    return write_result(spoken)


def write_result(heard: Iterable[Heard]) -> str:
    """Return a result, which may hold nothing."""
    words = [word for one in heard if isinstance(one, Spoken) for word in one.words]
    text = " ".join(word.text for word in words)
    if not words:
        return json.dumps({"text": ""})
    return json.dumps(
        {
            "result": [
                {"conf": word.confidence, "end": word.end_s, "start": word.start_s, "word": word.text}
                for word in words
            ],
            "text": text,
        },
        ensure_ascii=False,
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not _is_plain(value):
        raise AnswerError("the server's answer holds a text that is none")
    return value


def _word(value: object, latest_s: float) -> Word:
    if not isinstance(value, dict):
        raise AnswerError("the server's result holds a word that is none")
    one = cast("dict[str, Any]", value)
    text = one.get("word")
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_WORD or not _is_plain(text):
        raise AnswerError("the server's result holds a word that is none")
    start_s, end_s = _number(one.get("start")), _number(one.get("end"))
    confidence = _number(one.get("conf", 1.0))
    if not 0 <= start_s <= end_s <= latest_s:
        raise AnswerError("the server's result holds a word outside of the sound")
    return Word(text, start_s, end_s, min(max(confidence, 0.0), 1.0))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise AnswerError("the server's result holds a number that is none")
    return float(value)


def _is_plain(text: str) -> bool:
    """Tell whether nothing in a text steers what shows it."""
    return text.isprintable()
