"""What a model server is asked: the rules of the work, the call as data, and the form of the answer."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ..fields import FieldName
from .model_server_mask import Sent, SentLine

LONGEST = 24_000
"""So many characters of a call are sent; of a longer one the beginning and, twice as much, the end."""
_SPEAKERS = {"citizen": "市民", "agent": "坐席"}
_DAYS = "一二三四五六日"


@cache
def model_rules() -> dict[str, Any]:
    """Read ``model_server.yaml`` once."""
    file = Path(__file__).with_name("model_server.yaml")
    return yaml.safe_load(file.read_text(encoding="utf-8"))


@cache
def asked_fields() -> tuple[FieldName, ...]:
    """Return the fields that a model may fill."""
    return tuple(FieldName(name) for name in model_rules()["fields"])


def messages(sent: Sent, called_at: datetime) -> list[dict[str, str]]:
    """Return the chat: the rules, and the call as one JSON text."""
    lines = "\n".join(f"  - {name}：{meaning}" for name, meaning in model_rules()["fields"].items())
    call = {
        "来电时间": f"{called_at:%Y-%m-%dT%H:%M} 星期{_DAYS[called_at.weekday()]}",
        "通话": [
            {
                "utterance": line.line.index,
                "speaker": _SPEAKERS.get(line.line.speaker, ""),
                "text": line.text,
            }
            for line in _cut(list(sent.lines.values()))
        ],
    }
    return [
        {"role": "system", "content": model_rules()["system"] + lines},
        {"role": "user", "content": json.dumps(call, ensure_ascii=False)},
    ]


def _cut(lines: list[SentLine]) -> list[SentLine]:
    """Leave out the middle of a call that is too long."""
    if sum(len(line.text) for line in lines) <= LONGEST:
        return lines
    head = _first(lines, LONGEST // 3)
    tail = _first(lines[len(head) :][::-1], LONGEST - LONGEST // 3)
    return [*head, *tail[::-1]]


def _first(lines: list[SentLine], most: int) -> list[SentLine]:
    kept: list[SentLine] = []
    for line in lines:
        most -= len(line.text)
        if most < 0:
            break
        kept.append(line)
    return kept


def response_format() -> dict[str, Any]:
    """Return the JSON schema that the answer has to keep to."""
    evidence = _object(utterance={"type": "integer"}, words={"type": "string"})
    field = _object(
        field={"type": "string", "enum": [name.value for name in asked_fields()]},
        value={"type": "string"},
        evidence={"type": "array", "items": evidence},
    )
    schema = _object(fields={"type": "array", "items": field})
    return {"type": "json_schema", "json_schema": {"name": "ticket", "strict": True, "schema": schema}}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
