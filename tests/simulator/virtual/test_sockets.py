"""Sockets in memory answer as a kernel does, errno by errno."""

import errno
import socket
from collections.abc import Callable

import pytest

from simulator.virtual import SimulatedNetwork, Timeline, VirtualReactor, network
from simulator.virtual.sockets import ListeningSocket, StreamSocket
from switch.runtime import Chance


class Kernel:
    """A listener at 8583, and sockets of a client."""

    def __init__(self) -> None:
        self.timeline = Timeline()
        self.network = SimulatedNetwork(self.timeline, Chance(1))
        self.owner = VirtualReactor(self.timeline, self.network)
        self.listener = ListeningSocket(self.network, self.network.local, self.owner)
        self.listener.bind(("", 8583))
        self.listener.listen(5)

    def client(self) -> StreamSocket:
        return StreamSocket(self.network, self.network.local, self.owner)

    def pair(self) -> tuple[StreamSocket, StreamSocket]:
        client = self.client()
        assert client.connect_ex(("127.0.0.1", 8583)) == errno.EINPROGRESS
        self.timeline.advance(1)
        return client, self.listener.accept()[0]


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


def errno_of(call: Callable[[], object]) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its number is the point
        call()
    return caught.value.errno


def test_connecting_goes_through_its_states(kernel: Kernel) -> None:
    client = kernel.client()
    where = ("127.0.0.1", 8583)
    assert client.connect_ex(where) == errno.EINPROGRESS
    assert client.connect_ex(where) == errno.EALREADY
    kernel.timeline.advance(1)
    assert client.connect_ex(where) == errno.EISCONN
    assert client.getpeername() == where
    client.close()
    assert client.connect_ex(where) == errno.EBADF


def test_a_refusal_is_an_error_that_is_read_once(kernel: Kernel) -> None:
    client = kernel.client()
    client.connect_ex(("127.0.0.1", 1))
    kernel.timeline.advance(1)
    assert client.writable()
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_a_socket_without_a_connection_carries_nothing(kernel: Kernel) -> None:
    client = kernel.client()
    assert errno_of(lambda: client.send(b"x")) == errno.ENOTCONN
    assert errno_of(lambda: client.recv(1)) == errno.ENOTCONN
    assert errno_of(lambda: client.shutdown(socket.SHUT_WR)) == errno.ENOTCONN
    assert not client.writable()


def test_a_closed_socket_is_a_bad_descriptor(kernel: Kernel) -> None:
    client, _server = kernel.pair()
    client.close()
    client.close()
    assert errno_of(lambda: client.recv(1)) == errno.EBADF
    assert errno_of(lambda: client.send(b"x")) == errno.EBADF
    assert client.fileno() == -1


def test_reading_would_block_until_something_came(kernel: Kernel) -> None:
    client, server = kernel.pair()
    assert errno_of(lambda: server.recv(10)) == errno.EWOULDBLOCK
    client.send(b"abc")
    kernel.timeline.advance(1)
    assert server.recv(2) + server.recv(2) == b"abc"


def test_accepting_would_block_until_somebody_connects(kernel: Kernel) -> None:
    assert errno_of(kernel.listener.accept) == errno.EWOULDBLOCK


def test_writing_would_block_when_the_far_side_does_not_read(kernel: Kernel) -> None:
    client, server = kernel.pair()
    assert client.send(b"x" * 100_000) == 65_536
    assert errno_of(lambda: client.send(b"x")) == errno.EWOULDBLOCK
    assert not client.writable()
    kernel.timeline.advance(1)
    while server.readable():
        server.recv(65_536)
    kernel.timeline.advance(1)
    assert client.writable()


def test_nothing_is_sent_after_a_shutdown(kernel: Kernel) -> None:
    client, server = kernel.pair()
    client.shutdown(socket.SHUT_WR)
    client.shutdown(socket.SHUT_WR)
    assert errno_of(lambda: client.send(b"x")) == errno.EPIPE
    kernel.timeline.advance(1)
    assert server.recv(1) == b""


def test_what_came_before_a_reset_can_still_be_read(kernel: Kernel) -> None:
    client, server = kernel.pair()
    client.send(b"last words")
    client.abort()
    client.abort()
    kernel.timeline.advance(1)
    assert server.recv(100) == b"last words"
    assert errno_of(lambda: server.recv(1)) == errno.ECONNRESET
    assert errno_of(lambda: server.send(b"x")) == errno.ECONNRESET


def test_data_for_a_closed_socket_is_answered_with_a_reset(kernel: Kernel) -> None:
    client, server = kernel.pair()
    client.close()
    server.send(b"x")
    kernel.timeline.advance(1)
    assert errno_of(lambda: server.recv(1)) == errno.ECONNRESET


def test_a_client_that_left_while_connecting_resets_the_server(kernel: Kernel) -> None:
    client = kernel.client()
    client.connect_ex(("127.0.0.1", 8583))
    while not kernel.listener.readable():
        kernel.timeline.step()
    client.close()
    server = kernel.listener.accept()[0]
    kernel.timeline.advance(1)
    assert errno_of(lambda: server.recv(1)) == errno.ECONNRESET


def test_closing_a_listener_resets_who_was_not_accepted(kernel: Kernel) -> None:
    client = kernel.client()
    client.connect_ex(("127.0.0.1", 8583))
    kernel.timeline.advance(1)
    kernel.listener.close()
    kernel.timeline.advance(1)
    assert errno_of(lambda: client.recv(1)) == errno.ECONNRESET


@pytest.mark.parametrize("ip", ["", "0.0.0.0", "127.0.0.1", "localhost"])
def test_a_port_listened_on_everywhere_is_taken_for_every_address(kernel: Kernel, ip: str) -> None:
    assert errno_of(lambda: kernel.client().bind((ip, 8583))) == errno.EADDRINUSE


def test_ephemeral_ports_come_round_and_run_out(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_EPHEMERAL_LAST", network._EPHEMERAL_FIRST + 1)
    first, second = kernel.client(), kernel.client()
    first.bind(("127.0.0.1", 0))
    second.bind(("127.0.0.1", 0))
    assert errno_of(lambda: kernel.client().bind(("127.0.0.1", 0))) == errno.EADDRINUSE
    first.close()
    third = kernel.client()
    third.bind(("127.0.0.1", 0))
    assert third.getsockname() == first.getsockname()


def test_a_host_has_one_name_and_one_address(kernel: Kernel) -> None:
    with pytest.raises(ValueError, match="already has"):
        kernel.network.add_host("other", "127.0.0.1")
