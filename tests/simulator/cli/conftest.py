"""The command as a process, as users start it, and a client that owes nothing to our code."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

READY_LIMIT_S = 60
END_LIMIT_S = 30

# Element, digits of its length (0: fixed), length: ISO 8583:1987 in ASCII, as far as is needed.
ELEMENTS = {
    2: (2, 19), 3: (0, 6), 4: (0, 12), 7: (0, 10), 11: (0, 6), 12: (0, 6), 13: (0, 4), 14: (0, 4),
    15: (0, 4), 18: (0, 4), 22: (0, 3), 25: (0, 2), 32: (2, 11), 37: (0, 12), 38: (0, 6),
    39: (0, 2), 41: (0, 8), 42: (0, 15), 44: (2, 25), 48: (3, 999), 49: (0, 3), 54: (3, 120),
    70: (0, 3), 90: (0, 42),
}  # fmt: skip


def pack(mti, elements):
    """A message with its 2-byte length in front."""
    bits = 0
    body = ""
    for number in sorted(elements):
        bits |= 1 << (128 - number)
        prefix, _ = ELEMENTS[number]
        value = elements[number]
        body += (f"{len(value):0{prefix}}" if prefix else "") + value
    wide = any(number > 64 for number in elements)
    bitmap = f"{bits | (1 << 127):032X}" if wide else f"{bits >> 64:016X}"
    data = f"{mti}{bitmap}{body}".encode("ascii")
    return len(data).to_bytes(2, "big") + data


def unpack(data):
    """MTI and elements of a body."""
    text = data.decode("ascii")
    mti, bitmap, at = text[:4], text[4:20], 20
    if int(bitmap, 16) >> 63:
        bitmap, at = text[4:36], 36
    bits = f"{int(bitmap, 16):0{4 * len(bitmap)}b}"
    elements = {}
    for number in range(2, len(bits) + 1):
        if bits[number - 1] == "1":
            prefix, length = ELEMENTS[number]
            if prefix:
                length = int(text[at : at + prefix])
                at += prefix
            elements[number] = text[at : at + length]
            at += length
    assert at == len(text), f"{len(text) - at} characters behind the last element of a {mti}"
    return mti, elements


class RawClient:
    """Sends and receives on one TCP connection, without any code of the product."""

    def __init__(self, port, terminal="LAB00001"):
        self.terminal = terminal
        self.stan = 0
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)

    def close(self):
        self.socket.close()

    def ask(self, mti, **elements):
        """Send a message; MTI and elements of the answer. Elements are named de3, de4..."""
        self.send(mti, **elements)
        return self.receive()

    def send(self, mti, **elements):
        self.socket.sendall(pack(mti, {int(name[2:]): each for name, each in elements.items()}))

    def receive(self):
        """MTI and elements of the next message."""
        return unpack(self._exactly(int.from_bytes(self._exactly(2), "big")))

    def network(self, function):
        """An 0800; DE39 of its answer."""
        self.stan += 1
        mti, answer = self.ask("0800", de7="1124103601", de11=f"{self.stan:06}", de70=function)
        assert (mti, answer[11]) == ("0810", f"{self.stan:06}")
        return answer[39]

    def request(self, mti, code, amount_minor=0, **more):
        """A financial request of this terminal; what was sent and the answer's elements."""
        sent = self.compose(code, amount_minor, **more)
        _, answer = self.ask(mti, **sent)
        assert answer[11] == sent["de11"]
        return sent, answer

    def compose(self, code, amount_minor=0, **more):
        """The elements of a request of this terminal, with a number of its own."""
        self.stan += 1
        return {
            "de3": code,
            "de4": f"{amount_minor:012}",
            "de7": "1124103602",
            "de11": f"{self.stan:06}",
            "de12": "113602",
            "de13": "1124",
            "de32": "504001",
            "de37": f"{self.stan:012}",
            "de41": self.terminal,
            "de42": "AGENCE000000001",
            "de49": "504",
            **more,
        }

    def reverse(self, sent, mti="0420"):
        """Reverse what was sent; DE39 of the answer."""
        self.stan += 1
        original = f"0200{sent['de11']}{sent['de7']}{sent['de32']:>011}{0:011}"
        kept = ("de3", "de4", "de12", "de13", "de32", "de37", "de41", "de42", "de49")
        _, answer = self.ask(
            mti,
            **{name: sent[name] for name in kept},
            de7="1124103603",
            de11=f"{self.stan:06}",
            de39="68",
            de90=original,
        )
        return answer[39]

    def balance(self, pan):
        """The available balance, in centimes."""
        _, answer = self.request("0100", "310000", de2=pan)
        assert answer[39] == "00", answer[39]
        entries = [answer[54][at : at + 20] for at in range(0, len(answer[54]), 20)]
        return next(int(entry[8:]) for entry in entries if entry[2:4] == "02")

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            assert piece, "the line was closed"
            data += piece
        return data


class Running:
    """A command that serves, until the test ends it."""

    def __init__(self, arguments, folder, program=("-m", "simulator.cli.main")):
        self.errors = folder / f"stderr-{len(list(folder.iterdir()))}"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *program, *arguments],
                cwd=folder,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self.output = b""

    def wait_ready(self):
        """Wait for the line that begins with `ready`; what was printed until then."""
        stdout = self.process.stdout
        while not any(line.startswith(b"ready") for line in self.output.splitlines()):
            readable, _, _ = select.select([stdout], [], [], READY_LIMIT_S)
            piece = os.read(stdout.fileno(), 65536) if readable else b""
            assert piece, f"not ready: {self.output!r} {self.errors.read_text()[-2000:]}"
            self.output += piece
        return self.output.decode()

    def wait_logged(self, text):
        """Wait until standard error has this text."""
        for _ in range(READY_LIMIT_S * 20):
            if text in self.errors.read_text():
                return
            assert self.process.poll() is None
            time.sleep(0.05)
        raise AssertionError(f"{text!r} was never logged: {self.errors.read_text()[-2000:]}")

    def end(self, number=signal.SIGINT):
        """Signal it and wait; its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        code = self.process.wait(END_LIMIT_S)
        self.process.stdout.close()
        return code

    def abandon(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(END_LIMIT_S)
        if not self.process.stdout.closed:
            self.process.stdout.close()


def environment():
    """Ours found from anywhere, and nothing that changes the output."""
    root = str(Path(__file__).resolve().parents[3])
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    return {**kept, "PYTHONPATH": root}


@pytest.fixture(scope="session")
def serving():
    """A context in which commands that serve are started in a folder; none outlives it."""

    @contextmanager
    def serving_in(folder):
        started = []

        def start(*arguments, ready=True, **options):
            running = Running([str(each) for each in arguments], folder, **options)
            started.append(running)
            if ready:
                running.wait_ready()
            return running

        try:
            yield start
        finally:
            for running in started:
                running.abandon()

    return serving_in


@pytest.fixture
def serve(serving, tmp_path):
    """Starts commands that serve; none outlives the test."""
    with serving(tmp_path) as start:
        yield start


@pytest.fixture
def guichet(tmp_path):
    """Runs a command to its end: exit code, standard output, standard error."""

    def run(*arguments, **options):
        done = subprocess.run(
            [sys.executable, "-m", "simulator.cli.main", *map(str, arguments)],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **options,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def client():
    """Opens raw lines; closes them after the test."""
    opened = []

    def open_line(port, **options):
        opened.append(RawClient(port, **options))
        return opened[-1]

    yield open_line
    for each in opened:
        each.close()


@pytest.fixture(scope="session")
def free_ports():
    """Finds the first of six free ports in a row, below those that the system gives."""

    def find():
        first = 20_000 + os.getpid() * 16 % 10_000
        for base in range(first, first + 2_000, 8):
            if all(_is_free(base + offset) for offset in range(6)):
                return base
        raise AssertionError("no six free ports in a row")

    return find


@pytest.fixture
def port_base(free_ports):
    """The first of six free ports in a row."""
    return free_ports()


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
