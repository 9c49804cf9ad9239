from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hotline.core.toml_lines import KeyPath, key_lines, nearest

TEXT = '''\
# a comment with [brackets] and a = 1
top = "x # no comment"  # a comment

[a.b]
c = """
[not.a.table]
d = 1
"""
"quoted key" = {x = 1, y = {z = [1, 2]}}
lines = [
    # inside
    "one",
    'two', { deep = 1 },
]
e.f = 1979-05-27T07:32:00Z

[[list]]
n = 1
[[list.inner]]
m = 1
[[list.inner]]
m = 2
[[list]]
[[list.inner]]
m = 3
[list.table]
t = \'\'\'it's\'\'\'
'''


def test_every_kind_of_key_has_its_line() -> None:
    assert key_lines(TEXT) == {
        ("top",): 2,
        ("a", "b"): 4,
        ("a", "b", "c"): 5,
        ("a", "b", "quoted key"): 9,
        ("a", "b", "quoted key", "x"): 9,
        ("a", "b", "quoted key", "y"): 9,
        ("a", "b", "quoted key", "y", "z"): 9,
        ("a", "b", "quoted key", "y", "z", 0): 9,
        ("a", "b", "quoted key", "y", "z", 1): 9,
        ("a", "b", "lines"): 10,
        ("a", "b", "lines", 0): 12,
        ("a", "b", "lines", 1): 13,
        ("a", "b", "lines", 2): 13,
        ("a", "b", "lines", 2, "deep"): 13,
        ("a", "b", "e"): 15,
        ("a", "b", "e", "f"): 15,
        ("list",): 17,
        ("list", 0): 17,
        ("list", 0, "n"): 18,
        ("list", 0, "inner"): 19,
        ("list", 0, "inner", 0): 19,
        ("list", 0, "inner", 0, "m"): 20,
        ("list", 0, "inner", 1): 21,
        ("list", 0, "inner", 1, "m"): 22,
        ("list", 1): 23,
        ("list", 1, "inner"): 24,
        ("list", 1, "inner", 0): 24,
        ("list", 1, "inner", 0, "m"): 25,
        ("list", 1, "table"): 26,
        ("list", 1, "table", "t"): 27,
    }


def test_a_missing_key_is_placed_at_the_table_around_it() -> None:
    lines = key_lines(TEXT)
    assert nearest(lines, ("list", 1, "inner", 0, "absent")) == 24
    assert nearest(lines, ("absent",)) == 1


_strings = st.text("ab#=[]{}\"'\\,. 中", max_size=8)


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ",\n  ".join(_literal(one) for one in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)} = {_literal(one)}" for key, one in value.items()) + "}"
    return str(value)


_values = st.recursive(
    st.integers() | _strings,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab1", min_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


def _paths(value: Any, path: KeyPath) -> set[KeyPath]:
    """Return the paths of everything inside a value, by what ``tomllib`` read."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(_paths(one, (*path, key)) for key, one in items))


@given(st.dictionaries(st.text("abc", min_size=1), _values, max_size=5))
def test_the_scanner_finds_exactly_the_keys_that_tomllib_reads(data: dict[str, Any]) -> None:
    text = "".join(f"{key} = {_literal(value)} # end\n" for key, value in data.items())
    assert tomllib.loads(text) == data
    assert set(key_lines(text)) == _paths(data, ()) - {()}
