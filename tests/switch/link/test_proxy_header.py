"""The header of a proxy is read in any pieces; anything else in its place is refused in words."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.protocols.haproxy._wrapper import HAProxyWrappingFactory

from switch.link.proxy_header import (
    BINARY_MAX,
    SIGNATURE,
    Origin,
    ProxyHeader,
    ProxyHeaderError,
    begins_like_one,
)

TEXT = b"PROXY TCP4 192.0.2.7 192.0.2.1 50123 8583\r\n"


def binary(source="192.0.2.7", port=50123, *, more=b"", command=0x21):
    there = ipaddress.ip_address(source)
    here = ipaddress.ip_address("192.0.2.1" if there.version == 4 else "2001:db8::1")
    addresses = there.packed + here.packed + port.to_bytes(2, "big") + (8583).to_bytes(2, "big")
    kind = 0x11 if there.version == 4 else 0x21
    body = addresses + more
    return SIGNATURE + bytes([command, kind]) + len(body).to_bytes(2, "big") + body


def told(data: bytes) -> str:
    with pytest.raises(ProxyHeaderError) as raised:
        ProxyHeader().receive(data)
    return str(raised.value)


@pytest.mark.parametrize(
    ("data", "origin"),
    [
        (TEXT, Origin("192.0.2.7", 50123)),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 1 8583\r\n", Origin("2001:db8::7", 1)),
        (binary(), Origin("192.0.2.7", 50123)),
        (binary("2001:db8::7"), Origin("2001:db8::7", 50123)),
        (binary(more=b"\x04\x00\x03abc"), Origin("192.0.2.7", 50123)),
        (SIGNATURE + b"\x20\x00\x00\x00", Origin()),
    ],
)
def test_a_header_says_whose_line_it_is(data, origin):
    assert ProxyHeader().receive(data + b"rest") == (origin, b"rest")


@pytest.mark.parametrize("data", [TEXT, binary(), binary("2001:db8::7", more=b"\x00" * 40)])
def test_a_header_may_come_byte_by_byte(data):
    header = ProxyHeader()
    assert [header.receive(bytes([byte])) for byte in data[:-1]] == [None] * (len(data) - 1)
    assert header.receive(data[-1:])[1] == b""


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\x40", "no HAProxy header, it begins with 00 40"),
        (b"GET / HTTP/1.1\r\n", "no HAProxy header"),
        (b"PROXY " + b"x" * 101, "ends within 107 bytes"),
        (b"PROXY UNKNOWN\r\n", "does not tell whose line"),
        (b"PROXY TCP4 192.0.2.7\r\n", "four values"),
        (b"PROXY \r\n", "TCP4 or TCP6"),
        (TEXT.replace(b"192.0.2.7", b"192.0.2.777"), "not a TCP4 one"),
        (TEXT.replace(b"50123", b"65536"), "between 0 and 65535"),
        (TEXT.replace(b"50123", b"-1"), "between 0 and 65535"),
        (TEXT.replace(b"50123", b"many"), "between 0 and 65535"),
        (binary(command=0x11), "byte 13 is 11"),
        (binary(command=0x22), "byte 13 is 22"),
        (SIGNATURE + b"\x21\x31\x00\xd8" + b"/" * 216, "byte 14 is 31"),
        (SIGNATURE + b"\x21\x12\x00\x0c" + b"0" * 12, "byte 14 is 12"),
        (SIGNATURE + b"\x21\x11\x00\x08" + b"0" * 8, "too short for its addresses"),
        (SIGNATURE + b"\x21\x11\xff\xff", f"over {BINARY_MAX}"),
    ],
)
def test_what_is_no_header_says_why(data, words):
    assert words in told(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(data):
    for start in (b"", b"PROXY ", SIGNATURE, SIGNATURE + b"\x21\x11"):
        try:
            ProxyHeader().receive(start + data)
        except ProxyHeaderError:
            continue


@given(st.ip_addresses(), st.integers(0, 65535), st.booleans())
def test_twisted_reads_the_same_origin(address, port, as_text):
    if as_text:
        kind = f"TCP{address.version}"
        data = f"PROXY {kind} {address} {address} {port} 8583\r\n".encode()
    else:
        data = binary(str(address), port)
    factory = HAProxyWrappingFactory(Factory.forProtocol(Protocol))
    theirs = factory.buildProtocol(None)
    theirs.makeConnection(StringTransport())
    theirs.dataReceived(data)
    origin, _ = ProxyHeader().receive(data)
    seen = theirs.getPeer()
    assert (ipaddress.ip_address(origin.host), origin.port) == (
        ipaddress.ip_address(seen.host),
        seen.port,
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [(TEXT, True), (binary(), True), (b"PROXYX", False), (b"\x00\x40", False), (b"", False)],
)
def test_a_line_that_begins_with_a_header_is_known(data, expected):
    assert begins_like_one(data) is expected
