"""Which window has the phone."""

from __future__ import annotations

import pytest

from hotline.core.errors import InvalidInputError
from hotline.telephony.desk_errors import PhoneElsewhereError
from hotline.web.desk_tabs import Tabs, checked_tab


@pytest.mark.parametrize(
    "bad", ["", "short", "a" * 65, "tab\r\nwindow", "tab one two", None, 12345678, "标签窗口标签窗口"]
)
def test_a_windows_name_is_a_plain_word(bad) -> None:
    with pytest.raises(InvalidInputError):
        checked_tab(bad)


def test_the_first_window_has_the_phone_and_keeps_it_over_a_reload() -> None:
    tabs = Tabs()
    assert tabs.owner("1001") is None
    assert not tabs.claim("1001", "window-1", take=False, registered=False)
    tabs.opened("1001", "window-1")
    assert not tabs.claim("1001", "window-1", take=False, registered=True)
    assert tabs.owner("1001") == "window-1"


def test_a_second_window_is_refused_until_it_takes_the_phone() -> None:
    tabs = Tabs()
    tabs.claim("1001", "window-1", take=False, registered=False)
    tabs.opened("1001", "window-1")
    tabs.opened("1001", "window-2")
    with pytest.raises(PhoneElsewhereError):
        tabs.claim("1001", "window-2", take=False, registered=True)
    assert tabs.claim("1001", "window-2", take=True, registered=True)
    with pytest.raises(PhoneElsewhereError):
        tabs.claim("1001", "window-1", take=False, registered=True)


def test_a_window_that_is_closed_keeps_nobody_out() -> None:
    tabs = Tabs()
    tabs.claim("1001", "window-1", take=False, registered=False)
    tabs.opened("1001", "window-1")
    tabs.opened("1001", "window-1")
    tabs.closed("1001", "window-1")
    with pytest.raises(PhoneElsewhereError):
        tabs.claim("1001", "window-2", take=False, registered=True)
    tabs.closed("1001", "window-1")
    assert tabs.claim("1001", "window-2", take=False, registered=True)


def test_after_a_restart_of_the_service_the_phone_in_an_open_window_is_not_taken_by_chance() -> None:
    tabs = Tabs()
    tabs.opened("1001", "window-1")
    with pytest.raises(PhoneElsewhereError):
        tabs.claim("1001", "window-2", take=False, registered=True)
    assert not tabs.claim("1001", "window-2", take=False, registered=False)


def test_agents_do_not_share_windows() -> None:
    tabs = Tabs()
    tabs.claim("1001", "window-1", take=False, registered=False)
    tabs.opened("1001", "window-1")
    assert not tabs.claim("1002", "window-2", take=False, registered=True)
