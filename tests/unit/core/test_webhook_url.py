from __future__ import annotations

import ipaddress

import pytest

from hotline.core.webhook_url import checked_url, is_forbidden


@pytest.mark.parametrize(
    "url",
    [
        "https://alerts.example/hotline?team=1",
        "https://alerts:8443/x",
        "https://203.0.113.7/x",
        "http://127.0.0.1:8080/x",
        "http://localhost/x",
        "http://10.1.2.3/x",
        "http://[::1]:80/x",
        "http://[fd00::1]/x",
    ],
)
def test_good_targets_stay_as_they_are(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://alerts.example/",
        "http://8.8.8.8/",
        "ftp://alerts.example/",
        "file:///etc/passwd",
        "https://user:pass@alerts.example/",
        "https://alerts.example@evil.example/",
        "https://alerts.example/#x",
        "https://alerts.example:99999/",
        "https://alerts.example:0/",
        "https:///x",
        "https://",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/",
        "https://100.100.100.200/latest/meta-data",
        "http://[fd00:ec2::254]/latest/meta-data",
        "https://[::ffff:169.254.169.254]/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://2852039166/",
        "https://0xa9fea9fe/",
        "https://0xa9.0xfe.43518/",
        "https://alerts.example/\r\nX: y",
        "https://alerts.example/告警",
        "https://alerts.example\\@evil.example/",
        "https://-bad-/",
        "https://a..b/",
        "https://a/" + "x" * 500,
        "http://[::1",
    ],
)
def test_a_bad_target_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        checked_url(url)


@pytest.mark.parametrize(
    "address", ["169.254.1.1", "::", "ff02::1", "2002:a9fe:101::", "::ffff:100.100.100.200"]
)
def test_addresses_that_nothing_is_sent_to(address: str) -> None:
    assert is_forbidden(ipaddress.ip_address(address))
    assert not is_forbidden(ipaddress.ip_address("10.0.0.1"))
    assert not is_forbidden(ipaddress.ip_address("127.0.0.1"))
