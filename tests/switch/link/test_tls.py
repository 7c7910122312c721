"""TLS on real sockets: whose certificate is accepted, and what is said where it is not."""

import contextlib
import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from OpenSSL.SSL import WantReadError
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory, Protocol

from switch.link import Dialer, Listener, SessionProfile, answer_to
from switch.link.security import Security, SecurityError
from switch.runtime import real_runtime
from switch.wire import Codec, Message, load_dialect, make_framing

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Authority:
    """Signs certificates and writes them into a folder."""

    def __init__(self, folder, name) -> None:
        self.folder = folder
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.path = folder / f"{name}.pem"
        certificate = (
            self._begin(self.name, self.key, NOW - DAY, NOW + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.path.write_bytes(certificate.public_bytes(Encoding.PEM))

    def signs(self, file, *names, until=NOW + 30 * DAY, since=NOW - DAY):
        """A certificate for `names` and its key: the two paths."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, file)])
        builder = self._begin(subject, key, since, until)
        if names:
            held = [
                x509.IPAddress(ipaddress.ip_address(name))
                if name[0].isdigit()
                else x509.DNSName(name)
                for name in names
            ]
            builder = builder.add_extension(x509.SubjectAlternativeName(held), critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        paths = self.folder / f"{file}.pem", self.folder / f"{file}.key"
        paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {"certificate": paths[0], "key": paths[1]}

    def _begin(self, subject, key, since, until):
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(since)
            .not_valid_after(until)
        )


class Counted(list):
    """What a link counted of refused lines."""

    def line_refused(self, link, reason):
        self.append(f"{link}: {reason}")


class Lines:
    """A log that keeps what was said."""

    def __init__(self) -> None:
        self.said = []

    def bind(self, **facts):
        return self

    def _keep(self, event, **facts):
        self.said.append(f"{event}: {facts.get('reason', '')}")

    debug = info = warning = error = _keep


class Ends:
    """A listener and a dialler with TLS, on a real socket."""

    def __init__(self, server, client) -> None:
        self.log, self.counted = Lines(), Counted()
        runtime = real_runtime(reactor, seed=1, log=self.log)
        wire = Codec(load_dialect("gab87")), make_framing("2-byte-binary")

        async def approve(request, session):
            return answer_to(request, "00")

        self.listener = Listener(
            runtime,
            SessionProfile(name="port"),
            *wire,
            port=0,
            handler=approve,
            new_stan=lambda: "000001",
            security=server,
            counts=self.counted,
        )
        self.listener.start()
        self.ended, self.decided = Deferred(), False
        self.dialer = Dialer(
            runtime,
            SessionProfile(name="peer", signs_on=True),
            *wire,
            host="127.0.0.1",
            port=self.listener.port,
            new_stan=lambda: "000002",
            on_change=self._changed,
            security=client,
        )

    async def up(self):
        """Whether the dialler comes to be signed on."""
        self.dialer.start()
        self.dialer.when_up().addCallbacks(lambda _: self._end(True), lambda _: None)
        return await self.ended

    async def stop(self):
        await self.dialer.stop()
        await self.listener.stop()

    def _changed(self, state):
        if state.value == "down":
            self._end(False)

    def _end(self, outcome):
        if not self.decided:
            self.decided = True
            # Later: the other side is to see the end of the line too.
            reactor.callLater(0.02, self.ended.callback, outcome)


async def tried(server, client):
    """Whether a line came to be signed on, what was said meanwhile, what was counted."""
    ends = Ends(server, client)
    try:
        return await ends.up(), "\n".join(ends.log.said), ends.counted
    finally:
        await ends.stop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def bank(folder):
    return Authority(folder, "bank")


@pytest.fixture(scope="module")
def stranger(folder):
    return Authority(folder, "stranger")


@pytest.fixture(scope="module")
def ours(bank):
    return bank.signs("switch", "switch.bank.ma", "127.0.0.1")


@pytest.fixture(scope="module")
def theirs(bank):
    return bank.signs("gab", "gab.bank.ma")


def server(ours, **options):
    return Security(**ours, **options)


def client(ca, names=("127.0.0.1",), **options):
    return Security(ca=ca.path, names=names, server_name=names[0], **options)


@pytest_twisted.ensureDeferred
async def test_a_line_signs_on_over_tls(bank, ours):
    up, _, counted = await tried(server(ours), client(bank))
    assert (up, counted) == (True, [])


@pytest_twisted.ensureDeferred
async def test_both_sides_show_certificates(bank, ours, theirs):
    strict = server(ours, ca=bank.path, names=["gab.bank.ma"])
    up, _, counted = await tried(strict, client(bank, **theirs))
    assert (up, counted) == (True, [])


@pytest.mark.parametrize("minimum", ["1.2", "1.3"])
@pytest_twisted.ensureDeferred
async def test_either_version_serves(bank, ours, theirs, minimum):
    strict = server(ours, ca=bank.path, minimum=minimum)
    up, _, _ = await tried(strict, client(bank, minimum=minimum, **theirs))
    assert up


@pytest_twisted.ensureDeferred
async def test_a_name_is_sent_and_checked(bank, ours):
    up, _, _ = await tried(server(ours), client(bank, names=["switch.bank.ma"]))
    assert up


@pytest_twisted.ensureDeferred
async def test_another_name_is_refused_before_a_word_is_said(bank, ours):
    up, said, _ = await tried(server(ours), client(bank, names=["other.bank.ma"]))
    assert not up
    told = "the peer's certificate is for switch.bank.ma, 127.0.0.1, not for other.bank.ma"
    assert told in said
    assert "peer signed on" not in said


@pytest_twisted.ensureDeferred
async def test_a_missing_client_certificate_is_a_lost_line_with_its_reason(bank, ours):
    up, said, counted = await tried(server(ours, ca=bank.path), client(bank))
    assert not up
    assert "line refused: TLS failed: the peer showed no certificate" in said
    assert "line lost: TLS failed: the peer wants a certificate of ours" in said
    assert counted == ["port: tls"]


@pytest_twisted.ensureDeferred
async def test_a_client_with_another_name_is_refused(bank, ours, theirs):
    strict = server(ours, ca=bank.path, names=["pos.bank.ma", "10.1.2.3"])
    up, said, counted = await tried(strict, client(bank, **theirs))
    assert not up
    told = "the peer's certificate is for gab.bank.ma, not for pos.bank.ma or 10.1.2.3"
    assert told in said
    assert counted == ["port: tls"]


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_another_authority_is_refused_by_the_client(stranger, ours):
    up, said, counted = await tried(server(ours), client(stranger))
    assert not up
    told = "the peer's certificate (switch.bank.ma, 127.0.0.1) comes from an authority that is not"
    assert told in said
    assert "TLS failed: the peer does not know the authority of our certificate" in said
    assert counted == ["port: tls"]


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_another_authority_is_refused_by_the_server(bank, stranger, ours):
    foreign = stranger.signs("foreign", "gab.bank.ma")
    up, said, _ = await tried(server(ours, ca=bank.path), client(bank, **foreign))
    assert not up
    told = "line refused: TLS failed: the peer's certificate (gab.bank.ma) comes from an authority"
    assert told in said


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [(NOW - 9 * DAY, NOW - DAY, "is over"), (NOW + DAY, NOW + 9 * DAY, "is not valid yet")],
)
@pytest_twisted.ensureDeferred
async def test_a_certificate_outside_of_its_time_is_refused(bank, since, until, words):
    stale = bank.signs("stale", "127.0.0.1", since=since, until=until)
    up, said, _ = await tried(server(stale), client(bank))
    assert not up
    assert f"TLS failed: the peer's certificate (127.0.0.1) {words}" in said


@pytest_twisted.ensureDeferred
async def test_a_certificate_without_names_is_for_nobody(bank):
    up, said, _ = await tried(server(bank.signs("nameless")), client(bank))
    assert not up
    assert "the peer's certificate is for no name, not for 127.0.0.1" in said


@pytest_twisted.ensureDeferred
async def test_a_peer_without_tls_is_told_apart(ours):
    up, said, counted = await tried(server(ours), None)
    assert not up
    assert "what the peer speaks is not TLS" in said or "TLS failed" in said
    assert counted == ["port: tls"]


@pytest_twisted.ensureDeferred
async def test_a_peer_that_never_shakes_hands_is_dropped(ours, monkeypatch):
    monkeypatch.setattr("switch.link.secure_line.HANDSHAKE_TIMEOUT_S", 0.05)
    ends, closed = Ends(server(ours), None), Deferred()

    class Silent(Protocol):
        def connectionLost(self, reason):
            closed.callback(None)

    factory = ClientFactory.forProtocol(Silent)
    factory.noisy = False
    reactor.connectTCP("127.0.0.1", ends.listener.port, factory)
    await closed
    await ends.stop()
    assert "line refused: no TLS handshake within 0.05 s" in ends.log.said
    assert ends.counted == ["port: tls"]


@pytest_twisted.ensureDeferred
async def test_requests_and_answers_pass(bank, ours):
    ends = Ends(server(ours), client(bank))
    assert await ends.up()
    asked = Message({"t": "0100", "3": "310000", "4": "0" * 12, "7": "1124090000", "11": "000077"})
    asked.update({"12": "100000", "13": "1124", "32": "504001", "41": "GAB00001"})
    answer = await ends.dialer.ask(asked, 5)
    await ends.stop()
    assert (answer["39"], answer["11"]) == ("00", "000077")


def told(part, **files):
    with pytest.raises(SecurityError) as raised:
        Security(**files)
    assert raised.value.part == part
    return str(raised.value)


def test_a_file_that_is_not_there_is_named(folder, ours):
    assert "nothing.pem cannot be read: No such file" in told("ca", ca=folder / "nothing.pem")
    files = {**ours, "certificate": folder / "nothing.pem"}
    assert "nothing.pem cannot be read" in told("certificate", **files)


def test_a_file_of_something_else_is_named(ours):
    swapped = {"certificate": ours["key"], "key": ours["certificate"]}
    assert "holds no certificate in PEM form" in told("certificate", **swapped)
    files = {"certificate": ours["certificate"], "key": ours["certificate"]}
    assert "holds no private key in PEM form" in told("key", **files)


def test_a_key_of_another_certificate_is_refused(ours, theirs):
    assert "is not the key of" in told("key", **{**ours, "key": theirs["key"]})


def test_a_key_with_a_passphrase_is_refused_and_nobody_is_asked_for_it(folder, ours):
    locked = folder / "locked.key"
    key = ec.generate_private_key(ec.SECP256R1())
    locked.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    )
    assert "has a passphrase" in told("key", **{**ours, "key": locked})


def test_a_peer_may_offer_protocols_and_none_is_chosen(tmp_path):
    authority = Authority(tmp_path, "authority")
    ours = Security(**authority.signs("switch", "127.0.0.1"), ca=authority.path)
    theirs = Security(**authority.signs("gab"), ca=authority.path, server_name="127.0.0.1")
    server, client = ours.serverConnectionForTLS(None), theirs.clientConnectionForTLS(None)
    server.set_accept_state()
    client.set_connect_state()
    client.set_alpn_protos([b"h2", b"http/1.1"])
    for _ in range(4):
        for side, other in ((client, server), (server, client)):
            with contextlib.suppress(WantReadError):
                side.do_handshake()
            with contextlib.suppress(WantReadError):
                other.bio_write(side.bio_read(65_536))
    client.do_handshake()
    assert client.get_alpn_proto_negotiated() == b""
    assert client.get_peer_certificate() is not None
