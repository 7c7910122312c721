"""Two banks that connect, made of sockets: none of the product's code speaks for them."""

import shutil
import socket
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[4] / "config" / "examples"

WAIT_S = 20

# Element, digits of its length (0: fixed), length: ISO 8583:1987, as far as is needed.
ELEMENTS = {
    2: (2, 19), 3: (0, 6), 4: (0, 12), 7: (0, 10), 11: (0, 6), 12: (0, 6), 13: (0, 4), 15: (0, 4),
    18: (0, 4), 22: (0, 3), 25: (0, 2), 32: (2, 11), 37: (0, 12), 38: (0, 6),
    39: (0, 2), 41: (0, 8), 42: (0, 15), 49: (0, 3), 52: (0, 16), 54: (3, 120),
    63: (3, 20), 64: (0, 16), 70: (0, 3), 90: (0, 42), 95: (0, 42), 128: (0, 16),
}  # fmt: skip


class Siroua:
    """ASCII and bitmaps in hexadecimal; 4 digits of length, and a header that it counts."""

    encoding = "ascii"
    header = b"ISO026000070"

    def bitmap(self, bits):
        return bits.hex().upper().encode("ascii")

    def read_bitmap(self, body, at):
        return bytes.fromhex(body[at : at + 16].decode("ascii")), at + 16

    def frame(self, body):
        return b"%04d" % len(self.header + body) + self.header + body

    def read_frame(self, exactly):
        frame = exactly(int(exactly(4)))
        assert frame.startswith(self.header)
        return frame.removeprefix(self.header)


class Toubkal:
    """EBCDIC and binary bitmaps; 2 bytes of length and 2 zero bytes that it does not count."""

    encoding = "cp500"

    def bitmap(self, bits):
        return bits

    def read_bitmap(self, body, at):
        return body[at : at + 8], at + 8

    def frame(self, body):
        return len(body).to_bytes(2, "big") + b"\0\0" + body

    def read_frame(self, exactly):
        head = exactly(4)
        assert head[2:] == b"\0\0"
        return exactly(int.from_bytes(head[:2], "big"))


class Line:
    """One TCP connection of a bank; `seal(body, size)` gives the MAC of a message, of 16 digits."""

    def __init__(self, bank, connection, seal=None):
        self.bank = bank
        self.connection = connection
        self.seal = seal
        connection.settimeout(WAIT_S)

    def close(self):
        self.connection.close()

    def ask(self, mti, elements):
        self.send(mti, elements)
        return self.receive()

    def send(self, mti, elements):
        self.connection.sendall(self.bank.frame(self.pack(mti, elements)))

    def pack(self, mti, elements):
        if self.seal is not None:
            elements = {**elements, 128 if max(elements) > 64 else 64: "0" * 16}
        bits = sum(1 << (128 - number) for number in elements)
        wide = max(elements) > 64
        bitmap = (bits | (1 << 127) if wide else bits).to_bytes(16, "big")[: 16 if wide else 8]
        text = "".join(
            (f"{len(value):0{ELEMENTS[number][0]}}" if ELEMENTS[number][0] else "") + value
            for number, value in sorted(elements.items())
        )
        encode = self.bank.encoding
        body = mti.encode(encode) + self.bank.bitmap(bitmap) + text.encode(encode)
        return body if self.seal is None else body[:-16] + self.seal(body[:-16])

    def receive(self):
        """MTI and elements of the next message; a MAC of it is checked and taken off."""
        body = self.bank.read_frame(self._exactly)
        mti = body[:4].decode(self.bank.encoding)
        bitmap, at = self.bank.read_bitmap(body, 4)
        if bitmap[0] >> 7:
            more, at = self.bank.read_bitmap(body, at)
            bitmap += more
        text, elements, at = body[at:].decode(self.bank.encoding), {}, 0
        for number in range(2, 8 * len(bitmap) + 1):
            if bitmap[(number - 1) // 8] >> (7 - (number - 1) % 8) & 1:
                digits, width = ELEMENTS[number]
                if digits:
                    width, at = int(text[at : at + digits]), at + digits
                elements[number], at = text[at : at + width], at + width
        assert at == len(text), f"{len(text) - at} characters behind the last element of a {mti}"
        if self.seal is not None:
            mac = elements.pop(128 if len(bitmap) == 16 else 64)
            assert mac.encode() == self.seal(body[:-16])
        return mti, elements

    def network(self, function, stan="000900"):
        """An 0800; DE39 of its answer."""
        mti, answer = self.ask("0800", {7: "1124103601", 11: stan, 70: function})
        assert (mti, answer[11], answer[70]) == ("0810", stan, function)
        return answer[39]

    def answer(self, mti, request, left_out=(), **elements):
        """Answer a request, with what it had but `left_out`, and more named de39..."""
        kept = {number: value for number, value in request.items() if number not in left_out}
        self.send(mti, {**kept, **{int(name[2:]): value for name, value in elements.items()}})

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.connection.recv(size - len(data))
            assert piece, "the line was closed"
            data += piece
        return data


def withdrawal(stan, pan, terminal="SIR00042", **more):
    """What Siroua sends of a withdrawal of 200.00 at one of its GABs."""
    elements = {
        2: pan, 3: "010000", 4: "000000020000", 7: "1124103602", 11: stan, 12: "113602",
        13: "1124", 18: "6011", 22: "051", 25: "02", 32: "504020",
        37: f"632810{stan}", 41: terminal, 42: "SIROUA000000001", 49: "504", 63: f"SIR{stan}",
    }  # fmt: skip
    return {**elements, **{int(name[2:]): value for name, value in more.items()}}


class Banks:
    """Opens lines for the banks."""

    withdrawal = staticmethod(withdrawal)

    def __init__(self):
        self.opened = []

    def siroua(self, port, wrap=lambda connection: connection, seal=None):
        """A line of Siroua's acquirer to the switch."""
        connection = wrap(socket.create_connection(("127.0.0.1", port), timeout=WAIT_S))
        return self._line(Siroua(), connection, seal)

    def toubkal(self, port):
        """A line of Toubkal's second site, which dials."""
        connection = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
        return self._line(Toubkal(), connection)

    def toubkal_listens(self, port):
        """Toubkal's first site, which is dialled."""
        listening = socket.create_server(("127.0.0.1", port))
        listening.settimeout(WAIT_S)
        self.opened.append(listening)
        return listening

    def toubkal_accepts(self, listening):
        """The line that the switch dialled, once it has signed on."""
        line = self._line(Toubkal(), listening.accept()[0])
        mti, asked = line.receive()
        assert (mti, asked[70]) == ("0800", "001")
        line.answer("0810", asked, de39="00")
        return line

    def _line(self, bank, connection, seal=None):
        self.opened.append(connection)
        return Line(bank, connection, seal)


@pytest.fixture(scope="module")
def banks():
    """Opens lines for the banks, and closes them after the tests."""
    made = Banks()
    yield made
    for each in made.opened:
        each.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the examples, as their reader makes one, in which commands run."""
    folder = tmp_path_factory.mktemp("bank")
    shutil.copytree(EXAMPLES, folder / "examples")
    return folder


@pytest.fixture(scope="module")
def changed(folder):
    """Replaces words in the copy of an example; the path of it."""

    def change(name, **words):
        path = folder / "examples" / f"{name}.yaml"
        text = path.read_text()
        for old, new in words.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return path

    return change


@pytest.fixture(scope="module")
def serve_here(serving, folder):
    """Starts commands in that folder; none outlives the tests of the module."""
    with serving(folder) as start:
        yield start
