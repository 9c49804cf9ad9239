from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline.ivr.check import DEFAULT_MENU, check, load
from hotline.ivr.greeting import Span
from hotline.ivr.model import Human, MenuFile, OpenMenu
from hotline.ivr.prompts import Prompt, plan
from hotline.ivr.render import Rendered, render

NOWHERE = Path("/nonexistent")
SPANS = (Span(1767196800, 1767456000, "new_year"),)

DELIVERED = load(DEFAULT_MENU, None)

NAME = r"[a-z][a-z0-9_-]*"
FILE = r"hotline/(?:ivr-[0-9a-f]{16}|input-invalid|after-service)"
FIRST = r"hotline/\$\{HL_GREETING\}"
MS = r"ms=\$\[\$\{STRFTIME\(,,%s%3q\)\} - \$\{HL_AT\}\]"
DIGIT = r"(?:[0-9*#-]|\$\{FILTER\(0-9A-D\*#,\$\{INVALID_EXTEN\}\)\})"
STEPS = "|".join(
    [
        r"Set\(HL_AT=\$\{STRFTIME\(,,%s%3q\)\}\)",
        r"Set\(HL_TRY=1\)",
        r"Set\(HL_GREETING=ivr-[0-9a-f]{16}\)",
        r"ExecIf\(\$\[\$\{EPOCH\} >= \d+ & \$\{EPOCH\} < \d+\]\?Set\(HL_GREETING=ivr-[0-9a-f]{16}\)\)",
        rf"Background\((?:{FIRST}&)?{FILE}(?:,m)?\)",
        rf"Playback\({FIRST}\)",
        r"WaitExten\(\d+\)",
        rf"Gosub\(hotline-mark,s,1\(HL_MENU,menu={NAME}&version=[0-9a-f]{{8}}\)\)",
        rf"Gosub\(hotline-mark,s,1\(HL_SELF,service={NAME}\)\)",
        rf"Gosub\(hotline-mark,s,1\(HL_DIGIT,menu={NAME}&digit={DIGIT}&why=[a-z]+&{MS}\)\)",
        r"GotoIf\(\$\[\$\{INC\(HL_TRY\)\} <= \d\]\?s,again\)",
        r"GotoIf\(\$\[\$\{INC\(HL_TRY\)\} > \d\]\?human\)",
        r"Goto\(s,again\)",
        r"Goto\(t,1\)",
        rf"Goto\(ivr-[0-9a-f]{{8}}-{NAME},s,1\)",
        rf"Goto\(hotline-human,{NAME},1\)",
        r"Goto\(hotline-bye,s,1\)",
        r"Set\(HL_WHY=[a-z_]+\)",
    ]
)
LINE = re.compile(
    r"; Written by hotline from the menu file; changes here are overwritten\."
    rf"|\[ivr-[0-9a-f]{{8}}-(?:{NAME}|0level)\]"
    rf"|exten => [0-9*#sti],1,(?:{STEPS})"
    rf"| same => n(?:\([a-z]+\))?,(?:{STEPS})"
    r"|"
)


def rendered(menu: MenuFile) -> Rendered:
    return render(menu, plan(menu, NOWHERE), SPANS)


def assert_only_known_lines(text: str) -> None:
    strange = [line for line in text.split("\n") if not LINE.fullmatch(line)]
    assert strange == []


@pytest.fixture
def menu() -> MenuFile:
    return load(DEFAULT_MENU, None)


def test_the_delivered_menu_holds_only_known_steps(menu: MenuFile) -> None:
    assert_only_known_lines(rendered(menu).body)
    assert_only_known_lines(rendered(replace(menu, mode="zero_level")).body)


@pytest.mark.clause("R-IVR-1")
def test_a_menu_is_read_out_as_often_as_it_says(menu: MenuFile) -> None:
    """After each reading the time-out is counted: WaitExten alone would go on to the next reading."""
    languages = rendered(menu).body.split("-languages]\n")[1].split("\n[")[0]
    first = languages.split("exten => ")[1].splitlines()
    reading = [number for number, step in enumerate(first) if "Background(" in step]
    assert len(reading) == 2
    assert [first[number + 2] for number in reading[:1]] == [" same => n,Goto(t,1)"]
    assert first[-1].startswith(" same => n,WaitExten(")


def test_every_context_has_the_version_in_its_name(menu: MenuFile) -> None:
    result = rendered(menu)
    named = re.findall(r"^\[(.*)\]$", result.body, re.MULTILINE)
    assert named == list(result.steps)
    assert all(name.startswith(f"ivr-{result.version}-") for name in named)
    assert result.entry.endswith(f"[hotline-menu]\nexten => s,1,Goto(ivr-{result.version}-main,s,1)\n")


def test_a_menu_context_holds_only_its_own_digits(menu: MenuFile) -> None:
    text = rendered(menu).body
    languages = text.split("-languages]\n")[1].split("\n[")[0]
    assert re.findall(r"^exten => (.),", languages, re.MULTILINE) == ["s", "*", "0", "1", "2", "3", "t", "i"]


def test_the_version_follows_the_content(menu: MenuFile) -> None:
    again = load(DEFAULT_MENU, None)
    other = render(menu, plan(menu, NOWHERE), ())
    assert rendered(menu) == rendered(again)
    assert rendered(menu).version != other.version


ATTACKS = [
    "${SYSTEM(touch /tmp/attacked)}",
    "按1,System(id)",
    'x"); same => n,System(id) ; ',
    "[from-agent]",
    "#exec id",
    "$[1+1] ${CHANNEL} \\n exten => 1,1,System(id)",
    "a&b&../../etc/passwd",
    "按\\1|2'3`4",
]


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=300))
@example(ATTACKS[0])
@example(ATTACKS[2])
def test_no_text_of_a_menu_file_reaches_the_dialplan(text: str) -> None:
    menu = DELIVERED
    main, hours = menu.menus["main"], menu.services["office-hours"]
    attacked = replace(
        menu,
        greeting={**menu.greeting, "normal": text},
        menus={**menu.menus, "main": replace(main, text=text)},
        services={**menu.services, "office-hours": replace(hours, text=text)},
    )
    assert_only_known_lines(rendered(attacked).body)


@pytest.mark.parametrize("attack", [*ATTACKS, "a\nb", "public,1)", "Public", "", "a" * 40, "０"])
def test_a_name_that_is_none_is_refused_at_the_border(menu: MenuFile, attack: str) -> None:
    main = menu.menus["main"]
    places = [
        replace(main, name=attack),
        replace(main, on_timeout=Human(attack, 1)),
        replace(main, on_invalid=Human(attack, 1)),
        replace(main, keys={**main.keys, "1": Human(attack, 1)}),
        replace(main, keys={**main.keys, "1": OpenMenu(attack, 1)}),
        replace(main, keys={**main.keys, attack: Human("public", 1)}),
    ]
    for place in places:
        attacked = replace(menu, menus={"main": place})
        prompts = plan(menu, NOWHERE) | {f"menu-{attack}": Prompt("x", "x", "ivr-00", None)}
        with pytest.raises(ValueError, match=r"may not go|not a key"):
            render(attacked, prompts, ())
    with pytest.raises(ValueError, match="may not go"):
        render(replace(menu, queue=attack, mode="zero_level"), plan(menu, NOWHERE), ())


@pytest.mark.parametrize("attack", [*ATTACKS, "../x", "a.b"])
def test_a_prompt_file_that_is_no_hash_is_refused_at_the_border(menu: MenuFile, attack: str) -> None:
    prompts = plan(menu, NOWHERE)
    prompts["menu-main"] = replace(prompts["menu-main"], file=attack)
    with pytest.raises(ValueError, match="may not go"):
        render(menu, prompts, ())


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_menu_file_with_hostile_names_is_refused(attack: str) -> None:
    quoted = attack.replace("'", "''")
    text = f"human: public\nmenus:\n  '{quoted}':\n    prompt: x\n"
    assert check(text, "menu.yaml", None)[1]
    text = f"human: '{quoted}'\nmode: zero_level\n"
    assert check(text, "menu.yaml", None)[1]


@pytest.mark.clause("R-IVR-5")
def test_the_dialplan_holds_the_days_of_holidays_as_seconds(menu: MenuFile) -> None:
    prompts = plan(menu, NOWHERE)
    text = render(menu, prompts, SPANS).body
    new_year = prompts["greeting-new_year"].file
    within = "$[${EPOCH} >= 1767196800 & ${EPOCH} < 1767456000]"
    assert f"ExecIf({within}?Set(HL_GREETING={new_year}))" in text
