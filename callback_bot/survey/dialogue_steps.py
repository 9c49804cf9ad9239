"""The steps that a question of a dialogue is made of: asked, listened to, asked again, by keys (R-CB-7).

The robot's channel plays a prompt by ``ControlPlayback``: a key ends it, and so can the service, which has
then written what was understood (``HL_SAID`` = turn-way-value) or that somebody speaks (``HL_SPEAKS``).
Silence is played, too, half a second at a time, so that a key or the service ends it the same way. Nothing
here waits for anybody: without an answer it is asked once more, then by keys, then it goes on without.

A context has no extension that a telephone could dial: keys are read as the end of a sound and looked up.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...ivr.steps import MS, NOW, PLACEHOLDER, mark
from .dialogue import Asked, Dialogue, Free, end_prompt, keys_prompt, word_prompt
from .ways import WAYS

PREFIX = "robot"
LONGEST_S = 12
"""Somebody who speaks for longer after the question is asked again."""
TURNS_IN_A_CALL = 40
STOPS = 3
"""A prompt that was stopped so often without a word is not said again."""
UNANSWERED_IN_A_ROW = 2
"""So many questions without an answer end the call."""
FREE_SILENCE_S = 4
"""Silence that ends free speech; who says nothing at all is waited for no longer."""
SILENCE = "silence"
"""The sound that is played while nobody speaks."""

_SAID = "${FILTER(0-9\\x2d,${HL_SAID})}"
_HEARS = "0${FILTER(0-9,${HL_HEARS})} >= ${EPOCH}"
_SPEAKS = "0${FILTER(0-9,${HL_SPEAKS})}"
_SOUND = "${{FILTER(a-z0-9\\x2d,${{{}}})}}"


def context(name: str) -> str:
    """Return the name of a context of this version."""
    return f"{PREFIX}-{PLACEHOLDER}-{name}"


def play(sound: str) -> str:
    """Return the step that plays a sound until a key, ``#`` to hear it from its beginning."""
    file = sound if sound == SILENCE else f"hotline/{sound}"
    return f"ControlPlayback({file},3000,,,*0123456789,,#)"


def when(status: str, label: str) -> str:
    """Return the step that goes on elsewhere when the sound ended in a certain way."""
    return f'GotoIf($["${{CPLAYBACKSTATUS}}" = "{status}"]?{label})'


def asking(question: Asked | Free, *, by: str, turn: str = "${HL_TRY}") -> str:
    """Return the mark that a question is being asked."""
    told = (
        f"question={question.name}",
        "turn=${HL_TURN}",
        f"try={turn}",
        f"by={by}",
        f"version={PLACEHOLDER}",
    )
    return mark("HL_ROBOT_ASK", *told)


def answer(question: str, value: str, given: str, *more: str) -> str:
    """Return the mark of an answer, or of what stands for one."""
    told = (f"question={question}", f"value={value}", f"given={given}", "turn=${HL_TURN}", f"ms={MS}", *more)
    return mark("HL_ROBOT_ANSWER", *told)


def to_end(ending: str) -> str:
    """Return the step that leads to an ending."""
    return f"Goto({context(end_prompt(ending))},s,1)"


def say(sound: str, files: Mapping[str, str], *, label: str, filled: bool) -> list[str]:
    """Return the steps that say a prompt: filled in for this call where it is, else in its general words."""
    general = f"({label}){play(files[sound])}"
    if not filled:
        return [general]
    own = _SOUND.format(f"HL_P_{sound.upper().replace('-', '_')}")
    return [
        f"({label})Set(HL_SOUND={own})",
        f'GotoIf($["${{HL_SOUND}}" = ""]?{label}general)',
        play("${HL_SOUND}"),
        f'GotoIf($["${{CPLAYBACKSTATUS}}" != "ERROR"]?{label}end)',
        f"({label}general){play(files[sound])}",
        f"({label}end)NoOp()",
    ]


def question_steps(
    dialogue: Dialogue, question: Asked, files: Mapping[str, str], *, filled: bool
) -> list[str]:
    """Return the extension ``s`` of a question; what is answered leads to ``key…`` or ``said…``."""
    return [
        f"Set(HL_AT={NOW})",
        "Set(HL_TRY=0)",
        "Set(HL_LEAD=)",
        "(turn)Set(HL_TRY=$[${HL_TRY} + 1])",
        "Set(HL_TURN=$[0${HL_TURN} + 1])",
        f"GotoIf($[${{HL_TURN}} > {TURNS_IN_A_CALL}]?tired)",
        "Set(HL_STOPS=0)",
        "Set(HL_SAID=)",
        "Set(HL_SPEAKS=)",
        f"Set(HL_BY=${{IF($[${{HL_TRY}} < 3 & {_HEARS}]?voice:keys)}})",
        asking(question, by="${HL_BY}"),
        'GotoIf($["${HL_LEAD}" = ""]?say)',
        play("${HL_LEAD}"),
        when("USERSTOPPED", "key"),
        when("REMOTESTOPPED", "stopped"),
        "(say)GotoIf($[${HL_TRY} > 2]?keys)",
        *say(question.name, files, label="ask", filled=filled),
        "Goto(asked)",
        f"(keys){play(files[keys_prompt(question.name)])}",
        f"(asked){when('USERSTOPPED', 'key')}",
        when("REMOTESTOPPED", "stopped"),
        f"(quiet)Set(HL_QUIET=$[{NOW} + {int(dialogue.wait_seconds) * 1000}])",
        f"Set(HL_LATEST=$[{NOW} + {LONGEST_S * 1000}])",
        "Goto(look)",
        f"(listen){play(SILENCE)}",
        when("USERSTOPPED", "key"),
        f"(look)Set(HL_GOT={_SAID})",
        'GotoIf($["${CUT(HL_GOT,-,1)}" = "${HL_TURN}"]?said)',
        f"Set(HL_NOW={NOW})",
        "GotoIf($[${HL_NOW} < ${HL_QUIET}]?listen)",
        f"GotoIf($[${{HL_NOW}} < {_SPEAKS} & ${{HL_NOW}} < ${{HL_LATEST}}]?listen)",
        answer(question.name, "silence", "none"),
        f"Set(HL_LEAD={files[word_prompt('again')]})",
        "Goto(again)",
        # A stop for a question that was answered already comes late: without a word it is passed over.
        f"(stopped)Set(HL_GOT={_SAID})",
        'GotoIf($["${CUT(HL_GOT,-,1)}" = "${HL_TURN}"]?said)',
        f"GotoIf($[{NOW} < {_SPEAKS}]?quiet)",
        "Set(HL_STOPS=$[${HL_STOPS} + 1])",
        f"GotoIf($[${{HL_STOPS}} > {STOPS}]?quiet:say)",
        "(key)Set(HL_KEY=${FILTER(0-9*,${CPLAYBACKSTOPKEY})})",
        "Set(HL_GIVEN=key)",
        "Set(HL_WHAT=key=${HL_KEY})",
        "GotoIf(${DIALPLAN_EXISTS(${CONTEXT},key${HL_KEY},1)}?key${HL_KEY},1)",
        answer(question.name, "unclear", "key", "key=${HL_KEY}"),
        f"Set(HL_LEAD={files[word_prompt('invalid')]})",
        "Goto(again)",
        "(said)Set(HL_WAY=${CUT(HL_GOT,-,2)})",
        "Set(HL_GIVEN=speech)",
        "Set(HL_WHAT=at=${FILTER(0-9,${CUT(HL_GOT,-,3)})})",
        "Set(HL_SAID=)",
        "GotoIf(${DIALPLAN_EXISTS(${CONTEXT},said${HL_WAY},1)}?said${HL_WAY},1)",
        f'GotoIf($["${{HL_WAY}}" = "{WAYS["off"]}"]?deaf)',
        answer(question.name, "unclear", "speech"),
        f"Set(HL_LEAD={files[word_prompt('again')]})",
        '(again)GotoIf($[${HL_TRY} = 1 | (${HL_TRY} = 2 & "${HL_BY}" = "voice")]?turn)',
        "Set(HL_UNANSWERED=$[0${HL_UNANSWERED} + 1])",
        f"GotoIf($[${{HL_UNANSWERED}} < {UNANSWERED_IN_A_ROW}]?otherwise,1)",
        f"(tired){to_end('silent')}",
        "(deaf)Set(HL_HEARS=0)",
        "Set(HL_BY=keys)",
        "Goto(listen)",
    ]


def free_steps(question: Free, files: Mapping[str, str], *, filled: bool) -> list[str]:
    """Return the extension ``s`` of a question in free speech: the switch records it, whoever is there."""
    return [
        f"Set(HL_AT={NOW})",
        "Set(HL_TURN=$[0${HL_TURN} + 1])",
        "Set(HL_SAID=)",
        "Set(HL_GIVEN=key)",
        asking(question, by="words", turn="1"),
        *say(question.name, files, label="ask", filled=filled),
        'GotoIf($["${CPLAYBACKSTATUS}" = "USERSTOPPED" & "${CPLAYBACKSTOPKEY}" = "0"]?human,1)',
        "Set(HL_WORDS=$[0${HL_WORDS} + 1])",
        "Set(HL_WORDS_FILE=${HL_FILE}-message${HL_WORDS})",
        f"Set(HL_WORDS_OF={question.name})",
        f"Record(${{HL_RECORDINGS}}/${{HL_WORDS_FILE}}.wav,{FREE_SILENCE_S},{int(question.seconds)},ko)",
        "Gosub(hotline-robot-words,s,1)",
        'GotoIf($["${RECORD_STATUS}" = "OPERATOR"]?human,1)',
        "Set(HL_GIVEN=speech)",
        f"Set(HL_GOT={_SAID})",
        'GotoIf($["${HL_GOT:0:${LEN(${HL_TURN}-0-)}}" = "${HL_TURN}-0-"]?human,1)',
    ]
