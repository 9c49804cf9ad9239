"""The health page tells what the doctor says in Chinese: its table has every sentence of the checks."""

import ast
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hotline.app import doctor, doctor_access, doctor_drafts, doctor_robot

TABLE = Path(__file__).parents[3] / "web/ui/src/ops/findings.json"
SAYS = {"ok", "warn", "fail"}
MODULES: list[ModuleType] = sorted(
    {inspect.getmodule(check) or doctor for _, check in doctor.NODE_CHECKS}, key=lambda one: one.__name__
)


def forms(node: ast.AST | None) -> Iterator[str]:
    """The sentences that an expression can be, ``{}`` for what is put in."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in values)
        case ast.IfExp(body=body, orelse=other):
            yield from [*forms(body), *forms(other)]
        case ast.BoolOp(values=values):
            yield from (form for value in values for form in forms(value))


def sentences(module: ModuleType, *, within: str = "") -> set[str]:
    """Every sentence that a module, or one function of it, gives to ``ok``, ``warn`` and ``fail``."""
    tree: ast.AST = ast.parse(inspect.getsource(module))
    if within:
        tree = next(one for one in ast.walk(tree) if getattr(one, "name", "") == within)
    named: dict[str, list[str]] = {}
    for one in ast.walk(tree):
        if isinstance(one, ast.Assign):
            for target in one.targets:
                if isinstance(target, ast.Name):
                    named.setdefault(target.id, []).extend(forms(one.value))
    found: set[str] = set()
    for one in ast.walk(tree):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id in SAYS:
            for given in [*one.args[1:], *(word.value for word in one.keywords if word.arg != "setting")]:
                found |= set(named.get(given.id, ()) if isinstance(given, ast.Name) else forms(given))
    return found - {"", "{}"}


def all_forms(module: ModuleType) -> set[str]:
    return {form for one in ast.walk(ast.parse(inspect.getsource(module))) for form in forms(one)}


@pytest.fixture(scope="module")
def table() -> dict[str, str]:
    return json.loads(TABLE.read_text(encoding="utf-8"))


def test_the_checks_were_read() -> None:
    assert len(MODULES) >= 9
    assert "`hotline up` brings them up to date; back up first" in sentences(doctor.doctor_node)


@pytest.mark.parametrize("module", MODULES, ids=lambda one: one.__name__.rpartition(".")[2])
def test_every_sentence_of_a_check_is_in_the_table(module: ModuleType, table: dict[str, str]) -> None:
    assert sentences(module) <= table.keys()


def test_what_a_broken_check_says_is_there_too(table: dict[str, str]) -> None:
    assert sentences(doctor, within="_ask") <= table.keys()
    assert {doctor_access._ADD, doctor_drafts._BACK} <= table.keys()
    assert "calls through {}; open from {}" in table
    assert "calls through {}; open from {}" in all_forms(doctor_robot)


def test_each_is_told_with_every_value_and_in_chinese(table: dict[str, str]) -> None:
    for form, told in table.items():
        assert {f"{{{place}}}" for place in range(form.count("{}"))} == set(
            part for part in ("{0}", "{1}", "{2}", "{3}", "{4}", "{5}") if part in told
        ), form
        letters = form.replace("{}", "")
        has_words = len([one for one in letters.split() if one.isalpha()]) > 1
        assert not has_words or any("\u4e00" <= sign <= "\u9fff" for sign in told), form
