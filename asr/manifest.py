"""Lists of recordings with their true text: tab-separated, with ``file``, ``text`` and maybe ``set``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.errors import InvalidInputError


@dataclass(frozen=True)
class Sample:
    """One recording, the set that it belongs to and what is said in it."""

    path: Path
    set_name: str
    text: str


def read_manifest(manifest: Path) -> list[Sample]:
    """Read a manifest; paths are relative to it. Raises ``InvalidInputError`` naming the line."""
    try:
        lines = manifest.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read {manifest} as text", mend="give a .tsv in UTF-8") from error
    heading = lines[0].split("\t") if lines else []
    if not {"file", "text"} <= set(heading):
        raise InvalidInputError(
            f"{manifest}:1: the heading lacks the columns 'file' and 'text'", mend="separate columns by tabs"
        )
    samples: list[Sample] = []
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != len(heading):
            raise InvalidInputError(
                f"{manifest}:{number}: {len(cells)} columns, {len(heading)} in the heading"
            )
        row = dict(zip(heading, cells, strict=True))
        path = manifest.parent / row["file"]
        if not path.is_file():
            raise InvalidInputError(f"{manifest}:{number}: there is no file {path}")
        samples.append(Sample(path, row.get("set") or "all", row["text"]))
    if not samples:
        raise InvalidInputError(f"{manifest}: no recordings are listed")
    return samples
