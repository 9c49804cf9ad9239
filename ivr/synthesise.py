"""Speaks one text into one WAV file and ends: ``python -m hotline.ivr.synthesise FILE [VARIANT] < TEXT``.

One prompt per process, because pyttsx3 writes only the last of two files that one engine is asked for,
and because a voice that hangs is ended with its process. The text comes on standard input, so that no
command line holds it. ``runAndWait`` of pyttsx3 2.99 returns while a text longer than a second is still
being spoken, so the end of the utterance is waited for. Exit status 3: the voice is not installed.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import pyttsx3

VOICE = "sit/cmn-latn-pinyin"
"""Mandarin of espeak-ng 1.51; its voices ``cmn`` and ``zh`` read English-spelled pinyin."""

RATE = 165
"""Words a minute, as the voice counts them."""

LONGEST_S = 60.0
"""Seconds of work on one prompt; speech is made some 50 times faster than it is spoken."""

NO_VOICE = 3


def main() -> int:
    """Speak standard input into the file of the first argument; a variant is espeak-ng's, such as ``+m2``."""
    try:
        engine = pyttsx3.init("espeak")
        voices: Any = engine.getProperty("voices")
    except (OSError, RuntimeError, ValueError, ImportError) as error:
        sys.stderr.write(f"{error}\n")
        return NO_VOICE
    if VOICE not in [voice.id for voice in voices]:
        sys.stderr.write(f"no voice {VOICE}\n")
        return NO_VOICE
    engine.setProperty("voice", VOICE + (sys.argv[2] if len(sys.argv) > 2 else ""))
    engine.setProperty("rate", RATE)
    finished = threading.Event()

    def done(**_: object) -> None:
        finished.set()

    engine.connect("finished-utterance", done)
    engine.save_to_file(sys.stdin.buffer.read().decode("utf-8"), sys.argv[1])
    engine.runAndWait()
    return 0 if finished.wait(LONGEST_S) else 1


if __name__ == "__main__":
    sys.exit(main())
