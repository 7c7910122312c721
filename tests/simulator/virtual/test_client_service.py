"""Twisted's reconnecting client in virtual time."""

from itertools import pairwise

import pytest
from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol

from simulator.testing import virtual_world
from simulator.virtual import Process, RealTimeLeakError, World


def service_of(process: Process, port: int, retries_s: list[float]) -> ClientService:
    def policy(attempt: int) -> float:
        retries_s.append(process.reactor.seconds())
        return 2.0**attempt

    endpoint = TCP4ClientEndpoint(process.reactor, "127.0.0.1", port)
    factory = Factory.forProtocol(Protocol)
    return ClientService(endpoint, factory, retryPolicy=policy, clock=process.reactor)


def test_it_tries_again_with_growing_pauses_until_somebody_listens() -> None:
    with virtual_world(1) as world:
        client, server = world.process("client"), world.process("server")
        retries_s: list[float] = []
        service = service_of(client, 8586, retries_s)
        client.call(service.startService)
        world.timeline.schedule(20, server.reactor.listenTCP, 8586, Factory.forProtocol(Protocol))
        world.run_until(service.whenConnected(), limit_s=100)
        pauses_s = [round(b - a) for a, b in pairwise(retries_s)]
        assert pauses_s == [2, 4, 8]
        assert world.timeline.now_s == pytest.approx(30, abs=0.1)
        world.run_until(service.stopService())


def test_it_comes_back_after_its_peer_was_killed_and_restarted() -> None:
    with virtual_world(1) as world:
        client = world.process("client")
        world.process("server").reactor.listenTCP(8586, Factory.forProtocol(Protocol))
        retries_s: list[float] = []
        service = service_of(client, 8586, retries_s)
        client.call(service.startService)
        first = world.run_until(service.whenConnected())
        world.process("server").kill()
        world.advance(1)
        world.process("server").reactor.listenTCP(8586, Factory.forProtocol(Protocol))
        assert world.run_until(service.whenConnected()) is not first
        world.run_until(service.stopService())


def test_a_service_without_its_clock_is_refused() -> None:
    with virtual_world(1) as world:
        endpoint = TCP4ClientEndpoint(world.process("client").reactor, "127.0.0.1", 1)
        with pytest.raises(RealTimeLeakError, match="was not given its clock"):
            ClientService(endpoint, Factory.forProtocol(Protocol))


def test_the_jitter_of_the_backoff_comes_from_the_seed() -> None:
    def delays(seed: int) -> list[float]:
        with World(seed):
            policy = backoffPolicy()
            return [policy(attempt) for attempt in range(5)]

    assert delays(3) == delays(3)
    assert delays(3) != delays(4)
    assert backoffPolicy()(0) != backoffPolicy()(0)
