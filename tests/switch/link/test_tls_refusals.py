"""A port with mutual TLS, a list of revoked certificates and allowed names: each peer that must be
refused is refused with one line that says who and why, while a good peer's line goes on."""

import socket
from datetime import timedelta

import pytest
import pytest_twisted
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer

from switch.certs import CertsFolder
from switch.link import Dialer, Listener, SessionProfile, State, answer_to
from switch.link.security import Security, SecurityError
from switch.runtime import ReactorWallClock, real_runtime
from switch.wire import Codec, Message, load_dialect, make_framing

WAIT_S = 5.0


class Past:
    """A clock that is behind."""

    def __init__(self, by) -> None:
        self._by = by

    def now(self):
        return ReactorWallClock(reactor).now() - self._by


class Lines:
    """A log that keeps what was said."""

    def __init__(self, said=None, facts=None) -> None:
        self.said = [] if said is None else said
        self.facts = facts or {}

    def bind(self, **facts):
        return Lines(self.said, {**self.facts, **facts})

    def _keep(self, event, **facts):
        self.said.append({"event": event, **self.facts, **facts})

    debug = info = warning = error = _keep


class Port:
    """The port under test, a good peer on it, and whoever else tries."""

    def __init__(self, certs, **options) -> None:
        self.log = Lines()
        self.certs = certs
        names = ["good.bank.ma", "gab.bank.ma"]
        self.security = security = secured(certs, "switch", names=names, **options)
        self.listener = Listener(
            self._runtime(), SessionProfile(name="port"), *wire(), port=0, handler=approve,
            new_stan=lambda: "000001", security=security,
        )  # fmt: skip
        self.listener.start()
        self.good = self.dialer(secured(certs, "good", server="switch"))
        self.others = []

    def _runtime(self, log=None):
        return real_runtime(reactor, seed=1, log=log or self.log)

    def dialer(self, security, changed=lambda state: None):
        return Dialer(
            self._runtime(Lines()), SessionProfile(name="peer", signs_on=True), *wire(),
            host="127.0.0.1", port=self.listener.port, new_stan=lambda: "000002",
            security=security, on_change=changed,
        )  # fmt: skip

    async def open(self):
        self.good.start()
        await self.good.when_up()

    async def try_line(self, security):
        """Whether another peer comes to be signed on."""
        decided, decisions = Deferred(), []

        def changed(state):
            if state in (State.DOWN, State.SIGNED_ON) and not decisions:
                decisions.append(state)
                # Later: the other side is to see the end of the line too.
                reactor.callLater(0.02, decided.callback, state is State.SIGNED_ON)

        other = self.dialer(security, changed)
        self.others.append(other)
        other.start()
        up = await decided
        if not up:
            await other.stop()
        return up

    async def refusals(self):
        """Why lines were refused at the port, once the first was."""
        return [said["reason"] for said in await self.refused()]

    async def refused(self):
        for _ in range(int(WAIT_S / 0.01)):
            found = [said for said in self.log.said if said["event"] == "line refused"]
            if found:
                break
            await deferLater(reactor, 0.01)
        return found

    async def good_line_works(self):
        asked = Message({"t": "0100", "3": "310000", "4": "0" * 12, "7": "1124090000"})
        asked.update({"11": "000077", "12": "100000", "13": "1124", "32": "504001"})
        asked["41"] = "GAB00001"
        answer = await self.good.ask(asked, WAIT_S)
        return answer["39"] == "00" and not any(
            said["event"] == "line lost" and said.get("peer") == "good" for said in self.log.said
        )

    async def stop(self):
        for dialer in (self.good, *self.others):
            await dialer.stop()
        await self.listener.stop()


def wire():
    return Codec(load_dialect("gab87")), make_framing("2-byte-binary")


async def approve(request, session):
    return answer_to(request, "00")


def secured(certs, name, *, server=None, ca=None, crl=None, names=("127.0.0.1",), **options):
    certificate, key = certs.files(name)
    return Security(
        certificate=certificate,
        key=key,
        ca=(ca or certs).authority,
        crl=crl if server is None else None,
        names=names,
        server_name=None if server is None else names[0],
        **options,
    )


@pytest.fixture
def certs(tmp_path):
    made = CertsFolder(tmp_path / "certs", ReactorWallClock(reactor))
    made.create("A test authority")
    made.issue("switch", "server")
    for name in ("good", "gab"):
        made.issue(name, "client", [f"{name}.bank.ma"])
    return made


@pytest.fixture
def port(certs):
    opened = Port(certs, crl=certs.revocations)
    pytest_twisted.blockon(Deferred.fromCoroutine(opened.open()))
    yield opened
    pytest_twisted.blockon(Deferred.fromCoroutine(opened.stop()))


def other_authority(tmp_path, clock=None):
    made = CertsFolder(tmp_path / "other", clock or ReactorWallClock(reactor))
    made.create("Another authority")
    made.issue("gab", "client", ["gab.bank.ma"])
    return made


def shown_by(port):
    """The certificate that the port shows in a handshake."""
    context = port.security._current_context()
    held = SSL.Connection(context, None).get_certificate()
    return held.get_serial_number()


async def check_refused(port, security, *words):
    assert not await port.try_line(security)
    (refused,) = await port.refused()
    assert refused["peer"].startswith("127.0.0.1:")
    for each in words:
        assert each in refused["reason"]
    assert await port.good_line_works()


@pytest_twisted.ensureDeferred
async def test_an_allowed_peer_is_taken(port, certs):
    up = await port.try_line(secured(certs, "gab", server="switch"))

    assert up
    assert await port.good_line_works()


@pytest_twisted.ensureDeferred
async def test_a_peer_of_another_name_is_refused(port, certs):
    certs.issue("pos", "client", ["pos.bank.ma"])
    told = "the peer's certificate is for pos.bank.ma, not for good.bank.ma or gab.bank.ma"
    await check_refused(port, secured(certs, "pos", server="switch"), told)


@pytest_twisted.ensureDeferred
async def test_a_certificate_that_is_over_is_refused(port, certs):
    behind = CertsFolder(certs.path, Past(timedelta(days=30)))
    behind.issue("old", "client", ["gab.bank.ma"], days=10)
    told = "the peer's certificate (gab.bank.ma) is over"
    await check_refused(port, secured(certs, "old", server="switch"), told)


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_another_authority_is_refused(port, certs, tmp_path):
    stranger = other_authority(tmp_path)
    told = "(gab.bank.ma) comes from an authority that is not in `ca`"
    await check_refused(port, secured(stranger, "gab", server="switch", ca=certs), told)


@pytest_twisted.ensureDeferred
async def test_a_certificate_signed_by_itself_is_refused(port, certs, tmp_path):
    stranger = CertsFolder(tmp_path / "own", ReactorWallClock(reactor))
    stranger.create("gab.bank.ma")
    security = secured(stranger, "authority", server="switch", ca=certs)
    await check_refused(port, security, "is signed by itself")


@pytest_twisted.ensureDeferred
async def test_a_certificate_for_the_other_side_is_refused(port, certs):
    certs.issue("server", "server", ["gab.bank.ma"])
    told = "is not made for this side of a line"
    await check_refused(port, secured(certs, "server", server="switch"), told)


@pytest_twisted.ensureDeferred
async def test_a_missing_certificate_is_refused(port, certs):
    security = Security(ca=certs.authority, names=["127.0.0.1"], server_name="127.0.0.1")
    await check_refused(port, security, "the peer showed no certificate")


@pytest_twisted.ensureDeferred
async def test_a_revoked_certificate_is_refused(port, certs):
    certs.revoke("gab")
    told = "the peer's certificate (gab.bank.ma) was revoked"
    await check_refused(port, secured(certs, "gab", server="switch"), told)


@pytest_twisted.ensureDeferred
async def test_an_older_tls_is_refused(port, certs):
    @implementer(IOpenSSLClientConnectionCreator)
    class Old:
        def clientConnectionForTLS(self, protocol):
            context = SSL.Context(SSL.TLS_METHOD)
            context.set_max_proto_version(SSL.TLS1_1_VERSION)
            context.set_cipher_list(b"ALL:@SECLEVEL=0")
            return SSL.Connection(context, None)

    ended = Deferred()

    class Client(Protocol):
        def connectionLost(self, reason):
            ended.callback(None)

    factory = TLSMemoryBIOFactory(Old(), True, Factory.forProtocol(Client), clock=reactor)
    factory.noisy = False
    factory.doStart = factory.doStop = lambda: None
    await TCP4ClientEndpoint(reactor, "127.0.0.1", port.listener.port).connect(factory)
    await ended
    assert await port.refusals() == [
        "TLS failed: the peer's TLS is older than we accept (unsupported protocol)"
    ]
    assert await port.good_line_works()


@pytest_twisted.ensureDeferred
async def test_words_that_are_no_tls_are_refused(port):
    with socket.create_connection(("127.0.0.1", port.listener.port)) as plain:
        plain.sendall(b"\x00\x10" + b"0800" + b"0" * 12)
        (reason,) = await port.refusals()
    assert "what the peer speaks is not TLS" in reason
    assert await port.good_line_works()


@pytest_twisted.ensureDeferred
async def test_a_list_that_grows_is_seen_by_the_next_line(port, certs):
    first = secured(certs, "gab", server="switch")
    assert await port.try_line(first)
    certs.revoke("gab")
    assert not await port.try_line(first)
    assert await port.good_line_works()


@pytest_twisted.ensureDeferred
async def test_an_open_line_is_dropped_when_its_certificate_is_revoked(certs, monkeypatch):
    monkeypatch.setattr("switch.link.secure_line.REVIEW_EVERY_S", 0.02)
    port = Port(certs, crl=certs.revocations)
    await port.open()
    assert await port.try_line(secured(certs, "gab", server="switch"))
    certs.revoke("gab")
    assert await port.refusals() == ["the peer's certificate (gab.bank.ma) was revoked"]
    assert await port.good_line_works()
    await port.stop()


@pytest_twisted.ensureDeferred
async def test_a_list_that_breaks_is_said_and_the_one_before_is_used(port, certs):
    certs.revoke("gab")
    assert not await port.try_line(secured(certs, "gab", server="switch"))
    certs.revocations.write_text("nothing")
    assert not await port.try_line(secured(certs, "gab", server="switch"))
    certs.issue("late", "client", ["gab.bank.ma"])
    assert await port.try_line(secured(certs, "late", server="switch"))
    (told,) = {s["reason"] for s in port.log.said if s["event"] == "files of TLS not read"}
    assert "holds no list of revoked certificates in PEM form; what was read before is used" in told


@pytest_twisted.ensureDeferred
async def test_a_certificate_that_is_renewed_is_shown_from_the_next_line_on(port, certs):
    before = shown_by(port)
    assert shown_by(port) == before
    certs.renew("switch")
    assert shown_by(port) != before
    assert await port.try_line(secured(certs, "gab", server="switch"))
    assert await port.good_line_works()


@pytest_twisted.ensureDeferred
async def test_files_of_tls_that_do_not_fit_are_said_and_those_before_are_used(port, certs):
    before = shown_by(port)
    certificate, key = certs.files("switch")
    certs.issue("other", "server")
    key.write_bytes(certs.files("other")[1].read_bytes())
    assert await port.try_line(secured(certs, "gab", server="switch"))
    assert shown_by(port) == before
    (told,) = {s["reason"] for s in port.log.said if s["event"] == "files of TLS not read"}
    assert told == f"{key} is not the key of {certificate}; what was read before is used"


@pytest_twisted.ensureDeferred
async def test_an_authority_that_is_added_is_believed_from_the_next_line_on(port, certs, tmp_path):
    other = other_authority(tmp_path)
    stranger = secured(other, "gab", server="switch", ca=certs)
    assert not await port.try_line(stranger)
    added = certs.authority.read_bytes() + other.authority.read_bytes()
    certs.authority.write_bytes(added)
    lists = certs.revocations.read_bytes() + other.revocations.read_bytes()
    certs.revocations.write_bytes(lists)
    assert await port.try_line(secured(other, "gab", server="switch", ca=certs))


@pytest_twisted.ensureDeferred
async def test_a_list_that_is_over_refuses_everybody_and_says_why(certs):
    CertsFolder(certs.path, Past(timedelta(days=30))).rewrite_list(days=10)
    port = Port(certs, crl=certs.revocations)
    assert not await port.try_line(secured(certs, "gab", server="switch"))
    (reason,) = await port.refusals()
    assert "cannot be checked: the list of revoked certificates in `crl` is over" in reason
    await port.stop()


@pytest_twisted.ensureDeferred
async def test_a_list_of_another_authority_proves_nothing(certs, tmp_path):
    port = Port(certs, crl=other_authority(tmp_path).revocations)
    assert not await port.try_line(secured(certs, "gab", server="switch"))
    (reason,) = await port.refusals()
    assert "cannot be checked: `crl` holds no list of its authority" in reason
    await port.stop()


@pytest_twisted.ensureDeferred
async def test_a_server_that_was_revoked_is_refused_by_the_side_that_dials(port, certs):
    certs.revoke("switch")
    certificate, key = certs.files("gab")
    security = Security(
        certificate=certificate, key=key, ca=certs.authority, crl=certs.revocations,
        names=["127.0.0.1"], server_name="127.0.0.1",
    )  # fmt: skip
    assert not await port.try_line(security)
    (reason,) = await port.refusals()
    assert "the peer says that our certificate was revoked" in reason


def test_a_file_without_a_list_is_named(certs, tmp_path):
    nothing = tmp_path / "nothing.crl"
    with pytest.raises(SecurityError, match=r"nothing\.crl cannot be read: No such file") as raised:
        Security(ca=certs.authority, crl=nothing)
    assert raised.value.part == "crl"
    nothing.write_bytes(certs.authority.read_bytes())
    with pytest.raises(SecurityError, match="holds no list of revoked certificates"):
        Security(ca=certs.authority, crl=nothing)
