"""Checks what the parts of a configuration say of each other: names used twice, unknown queues, ports.

It reads the raw data, so that these mistakes are told together with those of shape.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, cast, get_args

from .config_tables import BrokenLink, Tables, section, tables, used_twice
from .config_tables import names as names_of
from .desk_links import find_broken_desk
from .profile import load_profile
from .robot_links import find_broken_robot
from .settings import AsteriskSettings, Site, WebSettings
from .third_line_links import find_broken_third_lines
from .toml_lines import KeyPath


def find_broken_links(data: dict[str, Any]) -> list[BrokenLink]:
    """Return every broken link; values of a wrong type are passed over, their shape is told elsewhere."""
    queues, agents, trunks = (tables(data, name) for name in ("queues", "agents", "trunks"))
    names = names_of(queues)
    return [
        *_empty(data, names),
        *used_twice("queues", "name", queues),
        *used_twice("agents", "number", agents),
        *used_twice("trunks", "name", trunks),
        *used_twice("outside", "name", tables(data, "outside")),
        *used_twice("webhooks", "name", tables(data, "webhooks")),
        *_alarms(data),
        *_notices(data),
        *_agents_queues(agents, names),
        *_overflows(queues, names),
        *_outside(data, queues),
        *find_broken_third_lines(data),
        *find_broken_robot(data),
        *find_broken_desk(data),
        *_asr(data),
        *_ports(data),
        *_media_range(data),
    ]


def _empty(data: dict[str, Any], names: list[str]) -> Iterator[BrokenLink]:
    if not names and isinstance(data.get("queues"), list):
        yield BrokenLink(("queues",), "no queue", "a hotline needs at least one [[queues]]")


def _asr(data: dict[str, Any]) -> Iterator[BrokenLink]:
    asr = section(data, "asr")
    if asr.get("engine") == "server" and not section(asr, "server").get("urls"):
        mend = 'set asr.server.urls, e.g. ["ws://10.0.0.5:2700"]'
        yield BrokenLink(("asr", "engine"), "no server is named", mend)
    if asr.get("engine") == "sherpa" and "/" not in str(asr.get("model", "")):
        yield BrokenLink(
            ("asr", "model"), "sherpa has no named models", "give the folder of a model, with a /"
        )


def _agents_queues(agents: Tables, names: list[str]) -> Iterator[BrokenLink]:
    for index, agent in agents:
        wanted = agent.get("queues")
        for number, queue in enumerate(cast("list[Any]", wanted) if isinstance(wanted, list) else []):
            if isinstance(queue, str) and queue not in names:
                yield BrokenLink(("agents", index, "queues", number), *_unknown(queue, names))


def _unknown(queue: str, names: list[str]) -> tuple[str, str]:
    close = difflib.get_close_matches(queue, names, n=1, cutoff=0.6)
    mend = f'did you mean "{close[0]}"?' if close else f"queues: {', '.join(names) or 'none'}"
    return f'no queue is called "{queue}"', mend


def _overflows(queues: Tables, names: list[str]) -> Iterator[BrokenLink]:
    after = {
        queue["name"]: queue.get("overflow") for _, queue in queues if isinstance(queue.get("name"), str)
    }
    for index, queue in queues:
        name, overflow = queue.get("name"), queue.get("overflow")
        if not isinstance(overflow, str):
            continue
        key: KeyPath = ("queues", index, "overflow")
        if overflow not in names:
            yield BrokenLink(key, *_unknown(overflow, names))
            continue
        way = [name]
        while isinstance(overflow, str) and overflow not in way:
            way.append(overflow)
            overflow = after.get(overflow)
        if overflow == name:
            ring = " -> ".join(str(one) for one in (*way, name))
            yield BrokenLink(key, f"overflow goes in a ring: {ring}", "end it at a queue without overflow")


def _alarms(data: dict[str, Any]) -> Iterator[BrokenLink]:
    alarms = section(data, "alarms")
    for index, target in tables(data, "webhooks"):
        if target.get("secret") is None and alarms.get("webhook_secret") is None:
            yield BrokenLink(
                ("webhooks", index),
                "nothing signs what is sent to it",
                "set alarms.webhook_secret, 32 letters and digits",
            )
            break
    near = alarms.get("wait_near_seconds")
    profile = section(data, "site").get("profile", Site.model_fields["profile"].default)
    if isinstance(near, int | float) and profile in get_args(Site.model_fields["profile"].annotation):
        limit = load_profile(profile).human_wait_ms / 1000
        if near >= limit:
            yield BrokenLink(
                ("alarms", "wait_near_seconds"),
                f"{near} s is not before the limit of {limit:g} s",
                f"give less than {limit:g}",
            )


def _notices(data: dict[str, Any]) -> Iterator[BrokenLink]:
    """Let personal data go only to a target that says so, under a secret that no other target knows."""
    targets = tables(data, "webhooks")
    takes = {str(one.get("name")): "notices" in _personal(one) for _, one in targets}
    for index, line in tables(data, "third_lines"):
        name = line.get("notify")
        if isinstance(name, str) and not takes.get(name):
            mend = f"webhooks with them: {', '.join(one for one, does in takes.items() if does) or 'none'}"
            told = "takes no notices" if name in takes else "is unknown"
            yield BrokenLink(("third_lines", index, "notify"), f'webhook "{name}" {told}', mend)
    shared = [section(data, "alarms").get("webhook_secret"), *(one.get("secret") for _, one in targets)]
    for index, target in targets:
        secret = target.get("secret")
        if not (personal := _personal(target)):
            continue
        if secret is None:
            yield BrokenLink(
                ("webhooks", index),
                f"{personal[0]} need a secret of its own",
                "give it secret, 32 letters and digits",
            )
        elif shared.count(secret) > 1:
            yield BrokenLink(
                ("webhooks", index, "secret"),
                "another target is signed with it too",
                "give it one of its own",
            )


def _personal(target: dict[str, Any]) -> list[str]:
    """Return the topics with personal data that a target takes."""
    topics = target.get("topics")
    return [one for one in ("notices", "callbacks") if isinstance(topics, list) and one in topics]


def _outside(data: dict[str, Any], queues: Tables) -> Iterator[BrokenLink]:
    """Let calls leave by a trunk of ours and to a place that is named, or not at all."""
    trunks = names_of(tables(data, "trunks"))
    places = tables(data, "outside")
    known = names_of(places)
    callback = section(data, "callback").get("trunk")
    for key, trunk in (
        (("callback", "trunk"), callback),
        *((("outside", index, "trunk"), place.get("trunk")) for index, place in places),
    ):
        if isinstance(trunk, str) and trunk not in trunks:
            mend = f"trunks: {', '.join(trunks) or 'none'}"
            yield BrokenLink(key, f'no trunk is called "{trunk}"', mend)
    for index, queue in queues:
        place = queue.get("overflow_to")
        if not isinstance(place, str):
            continue
        key = ("queues", index, "overflow_to")
        if place not in known:
            mend = f"outside: {', '.join(known) or 'none'}"
            yield BrokenLink(key, f'no [[outside]] is called "{place}"', mend)
        elif queue.get("overflow") is not None:
            yield BrokenLink(
                key, "the queue has an overflow already", "give overflow_to to the last queue of the chain"
            )


def _port(data: dict[str, Any], part: str, name: str, default: int) -> int | None:
    value = section(data, part).get(name, default)
    return value if type(value) is int else None


def _ports(data: dict[str, Any]) -> Iterator[BrokenLink]:
    """UDP ports against each other and the media range; TCP ports against each other."""
    fields = AsteriskSettings.model_fields
    phone = _port(data, "asterisk", "phone_port", fields["phone_port"].default)
    trunk = _port(data, "asterisk", "trunk_port", fields["trunk_port"].default)
    ami = _port(data, "asterisk", "ami_port", fields["ami_port"].default)
    web = _port(data, "web", "port", WebSettings.model_fields["port"].default)
    if trunk is not None and trunk == phone:
        yield BrokenLink(
            ("asterisk", "trunk_port"), f"port {trunk} is asterisk.phone_port too", "give each its own port"
        )
    if web is not None and web == ami:
        yield BrokenLink(("web", "port"), f"port {web} is asterisk.ami_port too", "give each its own port")
    first = _port(data, "asterisk", "rtp_first", fields["rtp_first"].default)
    last = _port(data, "asterisk", "rtp_last", fields["rtp_last"].default)
    for name, port in (("phone_port", phone), ("trunk_port", trunk)):
        if port is not None and first is not None and last is not None and first <= port <= last:
            yield BrokenLink(
                ("asterisk", name),
                f"port {port} lies in the media ports {first}-{last}",
                "move it out of asterisk.rtp_first … rtp_last",
            )


def _media_range(data: dict[str, Any]) -> Iterator[BrokenLink]:
    fields = AsteriskSettings.model_fields
    first = _port(data, "asterisk", "rtp_first", fields["rtp_first"].default)
    last = _port(data, "asterisk", "rtp_last", fields["rtp_last"].default)
    calls = _port(data, "asterisk", "max_calls", fields["max_calls"].default)
    if first is not None and last is not None and calls is not None and last - first + 1 < 4 * calls:
        yield BrokenLink(
            ("asterisk", "rtp_last"),
            f"the media ports {first}-{last} are too few for {calls} calls",
            "a call takes 4; give at least 4 for each of asterisk.max_calls",
        )
