"""The header that a proxy puts before a line, saying whose line it is. Bytes in, no I/O.

This is HAProxy's PROXY protocol, version 1 (a line of text) and 2 (binary), as its specification
of 2020 describes it. Twisted's own wrapper wants the first 16 bytes of the header in one segment,
and closes without a word; here a header may come in pieces and what is wrong with it is said.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
"""The first 12 bytes of version 2."""

TEXT_MAX = 107
"""Bytes of the longest version 1 header, its end of line included."""

BINARY_MAX = 4096
"""Bytes of the longest version 2 header taken: two addresses and what a proxy adds to them."""

_TEXT_START = b"PROXY "
_ADDRESSES = {0x1: 4, 0x2: 16}
"""Bytes of an address, by family: IPv4 and IPv6."""


class ProxyHeaderError(Exception):
    """The line does not begin with a header that can be used."""


@dataclass(frozen=True)
class Origin:
    """Where a line comes from. Without an address the proxy itself opened it, to see us alive."""

    host: str = ""
    port: int = 0


def begins_like_one(data: bytes) -> bool:
    """Whether a line that begins with `data` begins with such a header.

    >>> begins_like_one(b"PROXY TCP4 192.0.2.1 192.0.2.2 50000 8583\\r\\n")
    True
    """
    return data.startswith((_TEXT_START, SIGNATURE))


class ProxyHeader:
    """Reads the header of one line, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._held = b""

    def receive(self, data: bytes) -> tuple[Origin, bytes] | None:
        """The origin and the bytes behind the header; None while it is not complete.

        Raises ProxyHeaderError as soon as it cannot be one.
        """
        held = self._held = self._held + data
        if held.startswith(SIGNATURE):
            return self._binary(held)
        if held.startswith(_TEXT_START):
            return self._text(held)
        if not (SIGNATURE.startswith(held) or _TEXT_START.startswith(held)):
            raise ProxyHeaderError(f"no HAProxy header, it begins with {held[:12].hex(' ')}")
        return None

    def _text(self, held: bytes) -> tuple[Origin, bytes] | None:
        line, found, rest = held[:TEXT_MAX].partition(b"\r\n")
        if not found:
            if len(held) >= TEXT_MAX:
                raise ProxyHeaderError(f"a header of version 1 ends within {TEXT_MAX} bytes")
            return None
        rest += held[TEXT_MAX:]
        words = line.decode("latin-1").split(" ")
        if words[1] == "UNKNOWN":
            raise ProxyHeaderError("the proxy says UNKNOWN: it does not tell whose line this is")
        if words[1] not in ("TCP4", "TCP6") or len(words) != 6:
            raise ProxyHeaderError("a header of version 1 has TCP4 or TCP6 and four values")
        kind = ipaddress.IPv4Address if words[1] == "TCP4" else ipaddress.IPv6Address
        try:
            source, _ = (str(kind(each)) for each in words[2:4])
        except ValueError:
            raise ProxyHeaderError(f"an address of the header is not a {words[1]} one") from None
        ports = [int(each) if each.isascii() and each.isdigit() else -1 for each in words[4:]]
        if not all(0 <= each <= 0xFFFF for each in ports):
            raise ProxyHeaderError("a port of the header is not between 0 and 65535")
        return Origin(source, ports[0]), rest

    def _binary(self, held: bytes) -> tuple[Origin, bytes] | None:
        if len(held) < 16:
            return None
        size = 16 + int.from_bytes(held[14:16], "big")
        if size > BINARY_MAX:
            raise ProxyHeaderError(f"a header of {size} bytes, over {BINARY_MAX}")
        version, command = divmod(held[12], 16)
        if version != 2 or command > 1:
            raise ProxyHeaderError(f"byte 13 is {held[12]:02x}: 20 or 21 is expected")
        if len(held) < size:
            return None
        rest = held[size:]
        if command == 0:
            return Origin(), rest
        family, transport = divmod(held[13], 16)
        length = _ADDRESSES.get(family)
        if length is None or transport != 1:
            raise ProxyHeaderError(
                f"byte 14 is {held[13]:02x}: 11 (TCP over IPv4) or 21 (over IPv6) is expected"
            )
        if size < 16 + 2 * length + 4:
            raise ProxyHeaderError("the header is too short for its addresses")
        source = ipaddress.ip_address(held[16 : 16 + length])
        port_at = 16 + 2 * length
        return Origin(str(source), int.from_bytes(held[port_at : port_at + 2], "big")), rest
