"""The client behind `send` over TLS, on real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import pytest_twisted
from twisted.internet.defer import ensureDeferred

from switch.certs import CertsFolder, made_client, made_server
from switch.cli.client import Client
from switch.cli.console import Failed
from switch.cli.tls_options import security_of
from switch.link import Listener, NoAnswerError, SessionProfile
from switch.link.security import Security
from switch.runtime import ReactorWallClock, real_runtime
from switch.wire import Codec, Message, load_dialect, make_framing

CODEC = Codec(load_dialect("gab87"))
ECHO = Message({"t": "0800", "7": "1124103601", "11": "000002", "70": "301"})


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> CertsFolder:
    from twisted.internet import reactor

    folder, clock = tmp_path_factory.mktemp("certs"), ReactorWallClock(reactor)
    made_server(folder, clock, "switch", ("127.0.0.1",))
    return made_client(folder, clock, "bank")


@pytest.fixture
def port(certs: CertsFolder) -> Iterator[int]:
    """A port of ours whose peers must show a certificate."""
    from twisted.internet import reactor

    certificate, key = certs.files("switch")
    listener = Listener(
        real_runtime(reactor, seed=1),
        SessionProfile("port"),
        CODEC,
        make_framing("2-byte-binary"),
        port=0,
        new_stan=lambda: "000001",
        security=Security(certificate=certificate, key=key, ca=certs.authority),
    )
    listener.start()
    yield listener.port
    pytest_twisted.blockon(ensureDeferred(listener.stop()))


async def asked(port: int, security: Security | None) -> str:
    """DE39 of the answer to an echo."""
    from twisted.internet import reactor

    runtime = real_runtime(reactor, seed=2)
    framing = make_framing("2-byte-binary")
    client = Client(
        reactor, CODEC, framing, runtime.log, notice=lambda words: None, security=security
    )
    await client.connect("127.0.0.1", port)
    try:
        return (await client.ask(ECHO, 5.0)).text("39")
    finally:
        await client.close()


@pytest_twisted.ensureDeferred
async def test_a_message_passes_once_either_side_knows_the_other(
    port: int, certs: CertsFolder
) -> None:
    assert (
        await asked(port, security_of("127.0.0.1", certs.authority, *certs.files("bank"), None))
        == "00"
    )


@pytest_twisted.ensureDeferred
async def test_nothing_is_said_to_a_peer_of_another_name(port: int, certs: CertsFolder) -> None:
    other = security_of("127.0.0.1", certs.authority, *certs.files("bank"), "iso.bank.ma")
    with pytest.raises(NoAnswerError, match=r"not for iso\.bank\.ma"):
        await asked(port, other)


@pytest_twisted.ensureDeferred
async def test_a_peer_that_wants_a_certificate_says_so(port: int, certs: CertsFolder) -> None:
    with pytest.raises(NoAnswerError, match="wants a certificate of ours"):
        await asked(port, security_of("127.0.0.1", certs.authority, None, None, None))


def test_options_that_begin_nothing_are_wrong_usage(certs: CertsFolder, tmp_path: Path) -> None:
    certificate, key = certs.files("bank")
    wrong: list[Any] = [
        (None, certificate, key, None),
        (None, None, None, "iso.bank.ma"),
        (certs.authority, certificate, None, None),
    ]
    for ca, certificate, key, name in wrong:
        with pytest.raises(click.UsageError, match="--"):
            security_of("127.0.0.1", ca, certificate, key, name)
    with pytest.raises(Failed, match=r"--ca: .*cannot be read"):
        security_of("127.0.0.1", tmp_path / "none.pem", None, None, None)
    assert security_of("127.0.0.1", None, None, None, None) is None
