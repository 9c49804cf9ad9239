from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from support.ports import (
    ANYWHERE,
    BLOCK,
    SINGLE,
    SIPP_CALLS,
    STEP,
    Block,
    free_ports,
    free_range,
    own_block,
    sipp_media,
)

TESTS = Path(__file__).resolve().parents[2]
TAKE = "from support.ports import own_block; print(own_block().first, flush=True); input()"


def other_process() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", TAKE],
        env={"PYTHONPATH": str(TESTS), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def test_two_processes_never_have_the_same_block() -> None:
    with other_process() as one, other_process() as two:
        firsts = {first_of(one), first_of(two), own_block().first}
        one.communicate("\n")
        two.communicate("\n")
    assert len(firsts) == 3


def test_a_block_is_free_again_when_its_process_was_killed() -> None:
    with other_process() as one:
        first = first_of(one)
        one.kill()
    with socket.socket() as probe:
        probe.bind((ANYWHERE, first))


def test_ports_do_not_come_again_soon_and_lie_in_the_block() -> None:
    block = own_block()
    ports = free_ports(20) + free_ports(20, socket.SOCK_STREAM)
    assert len(set(ports)) == 40
    assert all(block.first < port < block.first + SINGLE for port in ports)


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_in_use_is_passed_over(kind: socket.SocketKind) -> None:
    block = Block(own_block().first, None)
    first = block.single(kind)
    with socket.socket(socket.AF_INET, kind) as user:
        user.bind((ANYWHERE, first + STEP))
        assert block.single(kind) not in (first, first + STEP)


def test_what_is_given_for_media_lies_apart_from_all_else() -> None:
    block = own_block()
    single = range(block.first, block.first + SINGLE)
    sipp = {first + index for first in (sipp_media() for _ in range(20)) for index in range(SIPP_CALLS)}
    switch = {first + index for first in (free_range(200) for _ in range(20)) for index in range(200)}
    assert not sipp & switch
    assert not (sipp | switch) & set(single)
    assert max(sipp | switch) < block.first + BLOCK
    assert free_range(200) % 2 == 0
