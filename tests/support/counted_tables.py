"""What counts a table from labelled calls and judges it (``bench/``): its command line and its calls."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hotline.ticket_bridge.measure.dialogues import Dialogue, TextOf
from support.entity_calls import ORDINARY, STRANGERS, WIDER, entity_calls

LABELLED = STRANGERS.with_name("dev.jsonl")
KNOWN = (STRANGERS, STRANGERS.with_name("parties.txt"), WIDER, ORDINARY)
FORMS: tuple[TextOf, ...] = ("text", "asr")
BATCH = 20


class Options(argparse.Namespace):
    """What was asked for."""

    write: bool
    json: bool
    quick: bool
    files: list[Path]


def options_of(description: str | None, arguments: Sequence[str], files: Sequence[Path] = KNOWN) -> Options:
    """Read the arguments; ``files`` when none is named."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--write", action="store_true", help="write the table counted from all batches")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    parser.add_argument("--quick", action="store_true", help="judge the last batch only")
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args(arguments, Options())
    options.files = options.files or list(files)
    return options


def batches_of(files: Iterable[Path], size: int = BATCH) -> Iterator[tuple[str, list[Dialogue]]]:
    """Give the calls of files in batches of ``size``, each with its name."""
    for file in files:
        calls = list(entity_calls(file))
        for start in range(0, len(calls), size):
            yield f"{file.stem} {start // size + 1}", calls[start : start + size]
