"""A site's own names: estates, streets, companies, departments, as a file with one word in a line.

They hold together when a transcript is cut into words, and what a recogniser wrote for them with other
characters of the same sound is read as they are (``mend.py``).
"""

from __future__ import annotations

import re
from pathlib import Path

from ..core.errors import ConfigError
from . import mend, words

MOST_WORDS = 20_000
_WORD = re.compile(r"[\u4e00-\u9fffA-Za-z0-9·]{2,20}")


def read(path: Path) -> tuple[str, ...]:
    """Return the words of a file, each once; none when there is no file.

    Blank lines and what stands behind ``#`` are left out. Raises ``ConfigError`` naming the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", mend="save it as UTF-8 text") from error
    found: dict[str, None] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        word = line.partition("#")[0].strip()
        if not word:
            continue
        if not _WORD.fullmatch(word):
            raise ConfigError(
                f"{path}:{number}: not a word of 2 to 20 characters: {word[:40]!r}",
                mend="one name in a line: Chinese characters, letters, digits",
            )
        found[word] = None
        if len(found) > MOST_WORDS:
            raise ConfigError(
                f"{path}:{number}: more than {MOST_WORDS} words", mend="leave the rare ones out"
            )
    return tuple(found)


def use(local: tuple[str, ...]) -> None:
    """Have these words known in this process, in the place of those used before."""
    words.use_local(local)
    mend.forget()
