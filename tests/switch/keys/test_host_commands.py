"""A module behind host commands, in virtual time: the same answers, and what comes without any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from simulator.testing import run, virtual_world
from simulator.virtual.world import World
from switch.keys import (
    EncryptedPin,
    HostCommandModule,
    InvalidPinBlockError,
    ModuleServer,
    ModuleUnavailableError,
    PinFormat,
    PortTakenError,
    Purpose,
    Pvv,
    SecurityModule,
    SoftwareModule,
    UnknownKeyError,
)
from switch.keys.host import RETRY_JITTER, TIMEOUT_S
from switch.keys.requests import Request
from switch.keys.server import CONNECTIONS_MAX

PAN = "9504010000000019"
PORT = 8589


class Held(SecurityModule):
    """A module that keeps every request and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request[Any], Deferred[Any]]] = []

    def perform(self, request: Request[Any]) -> Deferred[Any]:
        answer: Deferred[Any] = Deferred()
        self.asked.append((request, answer))
        return answer


@dataclass
class Pair:
    """A host and a module in one world."""

    world: World
    host: HostCommandModule
    server: ModuleServer


@pytest.fixture
def world() -> Iterator[World]:
    with virtual_world(seed=7) as opened:
        yield opened


def paired(world: World, module: SecurityModule) -> Pair:
    server = ModuleServer(world.runtime("hsm"), module, PORT)
    server.start()
    host = HostCommandModule(world.runtime("switch"), "127.0.0.1", PORT)
    host.start()
    run(host.when_up(), world)
    return Pair(world, host, server)


@pytest.fixture
def pair(world: World, module: SoftwareModule) -> Iterator[Pair]:
    made = paired(world, module)
    yield made
    # whatever was answered leaves no timer that would fire after all
    world.advance(2 * TIMEOUT_S)
    run(Deferred.fromCoroutine(made.host.stop()), world)
    run(Deferred.fromCoroutine(made.server.stop()), world)


def test_keys_and_pins_work_as_they_do_in_the_same_process(
    pair: Pair, module: SoftwareModule, now: Any
) -> None:
    host, world = pair.host, pair.world
    block = now(module.encrypt_pin("pad", PinFormat.ISO0, "1234", PAN))
    pin = EncryptedPin(PinFormat.ISO0, "pin", block)
    value = run(host.pin_value(pin, PAN, Pvv("pvk")), world)
    moved = run(host.translate_pin(pin, PAN, "pin.other", PinFormat.ISO0), world)
    there = EncryptedPin(PinFormat.ISO0, "pin.other", moved)
    assert run(host.verify_pin(there, PAN, Pvv("pvk"), value), world)
    info = run(host.generate_key("new", Purpose.RETAIL_MAC, exportable=True), world)
    assert info == now(module.describe_key("new"))
    exported = run(host.export_key("new", "zmk"), world)
    assert run(host.import_key("copy", exported, "zmk"), world).check_value == info.check_value
    mac = run(host.generate_mac("new", b"message"), world)
    assert run(host.verify_mac("copy", b"message", mac), world)
    assert [one.name for one in run(host.list_keys(), world)][-1] == "zmk.aes"
    run(host.delete_key("copy"), world)


def test_a_refusal_is_the_same_error_as_in_the_same_process(pair: Pair) -> None:
    with pytest.raises(UnknownKeyError, match="'nothing'"):
        run(pair.host.generate_mac("nothing", b""), pair.world)
    pin = EncryptedPin(PinFormat.ISO0, "pin", bytes(8))
    with pytest.raises(InvalidPinBlockError):
        run(pair.host.translate_pin(pin, PAN, "pin", PinFormat.ISO0), pair.world)


def test_a_message_of_any_usual_length_fits(pair: Pair, module: SoftwareModule, now: Any) -> None:
    message = bytes(range(256)) * 32
    mac = run(pair.host.generate_mac("mac", message), pair.world)
    assert mac == now(module.generate_mac("mac", message))


def test_answers_find_their_requests_in_any_order(world: World) -> None:
    module = Held()
    host = paired(world, module).host
    first, second = host.random_bytes(1), host.random_bytes(2)
    world.advance(0.1)
    module.asked[1][1].callback(b"22")
    module.asked[0][1].callback(b"1")
    assert run(first, world) == b"1"
    assert run(second, world) == b"22"


def test_no_answer_in_time_is_a_failure_and_a_late_one_is_nobodys(world: World) -> None:
    module = Held()
    host = paired(world, module).host
    began_s = world.timeline.now_s
    with pytest.raises(ModuleUnavailableError, match="did not answer random-bytes"):
        run(host.random_bytes(1), world)
    assert world.timeline.now_s - began_s == pytest.approx(TIMEOUT_S)
    module.asked[0][1].callback(b"1")
    world.advance(1)
    assert host.late_answers == 1
    assert host.up


def test_without_a_connection_a_request_fails_at_once(world: World) -> None:
    host = HostCommandModule(world.runtime("switch"), "127.0.0.1", PORT)
    host.start()
    began_s = world.timeline.now_s
    with pytest.raises(
        ModuleUnavailableError, match=r"no connection to the module at 127\.0\.0\.1"
    ):
        run(host.random_bytes(1), world)
    assert world.timeline.now_s == began_s


def test_too_many_requests_are_refused_and_not_queued(world: World) -> None:
    module = Held()
    server = ModuleServer(world.runtime("hsm"), module, PORT)
    server.start()
    host = HostCommandModule(world.runtime("switch"), "127.0.0.1", PORT, in_flight_max=2)
    host.start()
    run(host.when_up(), world)
    waiting = [host.random_bytes(1), host.random_bytes(1)]
    with pytest.raises(ModuleUnavailableError, match="2 requests wait"):
        run(host.random_bytes(1), world)
    world.advance(0.1)
    for _, answer in module.asked:
        answer.callback(b"1")
    assert [run(one, world) for one in waiting] == [b"1", b"1"]


def test_a_lost_connection_fails_what_waits_and_is_made_again(world: World) -> None:
    module = Held()
    pair = paired(world, module)
    waiting = pair.host.random_bytes(1)
    world.advance(0.1)
    run(Deferred.fromCoroutine(pair.server.stop()), world)
    with pytest.raises(ModuleUnavailableError, match="is lost"):
        run(waiting, world)
    assert not pair.host.up
    world.advance(30)
    again = ModuleServer(world.runtime("hsm"), module, PORT)
    again.start()
    run(pair.host.when_up(), world)
    asked = pair.host.random_bytes(1)
    world.advance(0.1)
    module.asked[-1][1].callback(b"1")
    assert run(asked, world) == b"1"


def test_a_failure_inside_the_module_is_told_by_its_type_alone(world: World) -> None:
    module = Held()
    pair = paired(world, module)
    asked = pair.host.random_bytes(1)
    world.advance(0.1)
    module.asked[0][1].errback(RuntimeError("key 0123456789ABCDEF"))
    with pytest.raises(Exception, match="RuntimeError") as refused:
        run(asked, world)
    assert "0123456789ABCDEF" not in str(refused.value)


def test_connections_have_a_limit(pair: Pair) -> None:
    world = pair.world
    hosts = [
        HostCommandModule(world.runtime("switch"), "127.0.0.1", PORT)
        for _ in range(CONNECTIONS_MAX)
    ]
    for host in hosts:
        host.start()
    world.advance(0.5)
    assert len(pair.server.lines) == CONNECTIONS_MAX


def test_a_taken_port_is_said(pair: Pair) -> None:
    second = ModuleServer(pair.world.runtime("hsm"), Held(), PORT)
    with pytest.raises(PortTakenError, match=f"127.0.0.1:{PORT}"):
        second.start()


@pytest.mark.parametrize(
    "garbage", [b"\x00\x05hello", b"\xff\xff", b"\x00\x1a1 00000001 ok result=xx|a=1"]
)
def test_a_module_that_answers_garbage_is_hung_up_on(garbage: bytes, world: World) -> None:
    module = Held()
    pair = paired(world, module)
    asked = pair.host.random_bytes(1)
    world.advance(0.1)
    (line,) = pair.server.lines
    transport: Any = line.transport
    transport.write(garbage)
    with pytest.raises(ModuleUnavailableError):
        run(asked, world)
    module.asked[0][1].callback(b"1")
    world.advance(0.1)
    assert pair.host.late_answers == 0


def test_pauses_between_attempts_grow_and_end_growing(world: World) -> None:
    host = HostCommandModule(world.runtime("switch"), "127.0.0.1", PORT)
    for failures, pause_s in ((1, 0.4), (4, 3.2), (100, 10.0), (100_000, 10.0)):
        assert host._pause_s(failures) == pytest.approx(pause_s, rel=RETRY_JITTER)
