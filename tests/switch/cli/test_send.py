"""`guichet send` as a process, against a peer on a real socket."""

import json
import socket
import subprocess
import sys
import threading

import pytest

from switch.link import answer_to
from switch.wire import Codec, Message, load_dialect

pytestmark = pytest.mark.process

CODEC = Codec(load_dialect("gab87"))
ECHO = '{"t": "0800", "7": "1124103601", "11": "000001", "70": "301"}'
BALANCE = (
    '{"t": "0100", "2": "9504010000000019", "3": "310000", "7": "1124103601", "11": "000002",'
    ' "41": "LAB00001", "48": {"01": "1001"}}'
)


class Peer(threading.Thread):
    """Takes one line; `script` gives the answers to each message."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(20)
        self.received = []
        self.script = lambda message: [answer_to(message, "00")]

    @property
    def address(self):
        return f"127.0.0.1:{self.listening.getsockname()[1]}"

    def run(self):
        with self.listening, self.listening.accept()[0] as line, line.makefile("rb") as stream:
            line.settimeout(20)
            while header := stream.read(2):
                message = CODEC.decode(stream.read(int.from_bytes(header, "big")))
                self.received.append(message)
                for answer in self.script(message):
                    body = CODEC.encode(answer)
                    line.sendall(len(body).to_bytes(2, "big") + body)


@pytest.fixture
def peer():
    peer = Peer()
    peer.start()
    yield peer
    socket.create_connection(peer.listening.getsockname()).close() if not peer.received else None
    peer.join(20)


@pytest.fixture
def send(tmp_path):
    def run(*arguments, stdin=""):
        code = "import sys; from switch.cli.console import main_of;"
        code += "from switch.cli.send import send; main_of(send, 'send')"
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_messages_leave_in_order_on_one_line_and_answers_are_printed_masked(peer, send):
    code, shown, told = send("--to", peer.address, "--sign-on", ECHO, BALANCE)
    assert (code, told) == (0, "")
    assert [(each.mti, each.text(70)) for each in peer.received] == [
        ("0800", "001"),
        ("0800", "301"),
        ("0100", ""),
    ]
    assert shown.count("answer (gab87)") == 2
    assert "950401******0019" in shown
    assert "9504010000000019" not in shown


def test_json_is_one_list_in_clear(peer, send):
    peer.script = lambda message: [answer_to(message, "51", de48=message.get("48", {"01": "x"}))]
    code, shown, _ = send("--to", peer.address, "--json", "-", stdin=f"{ECHO}\n{BALANCE}\n")
    answers = json.loads(shown)
    assert (code, [each["39"] for each in answers]) == (0, ["51", "51"])
    assert answers[1]["2"] == "9504010000000019"
    assert answers[1]["48"] == {"01": "1001"}


def test_flat_gives_composite_elements_as_they_came(peer, send, tmp_path):
    peer.script = lambda message: [answer_to(message, "00", de48=message["48"])]
    path = tmp_path / "message.json"
    path.write_text(BALANCE)
    _, shown, _ = send("--to", peer.address, "--json", "--flat", str(path))
    assert json.loads(shown)[0]["48"] == "010041001"


def test_without_an_answer_in_time_the_reason_is_told(peer, send):
    peer.script = lambda message: [answer_to(Message({**message, "41": "LAB00002"}), "00")]
    code, shown, told = send("--to", peer.address, "--timeout", "200ms", "--json", BALANCE)
    assert (code, json.loads(shown)) == (3, [None])
    assert "no answer within 0.2" in told
    assert "DE41 is LAB00002 where LAB00001 was asked" in told


def test_a_refused_sign_on_sends_nothing_more(peer, send):
    peer.script = lambda message: [answer_to(message, "05")]
    code, _, told = send("--to", peer.address, "--sign-on", BALANCE)
    assert (code, "the sign-on was refused" in told, len(peer.received)) == (3, True, 1)


def test_nobody_there_is_3(send):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, shown, told = send("--to", f"127.0.0.1:{port}", ECHO)
    assert (code, shown) == (3, "")
    assert f"cannot connect to 127.0.0.1:{port}" in told


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("{", "not JSON"),
        ("nowhere.json", "neither JSON nor a file"),
        ('{"t": "0800", "4": "x"}', "field 4"),
        ('{"t": "0800", "300": "x"}', "300"),
    ],
)
def test_a_message_that_is_none_never_leaves(send, message, told):
    code, shown, errors = send("--to", "127.0.0.1:1", ECHO, message)
    assert (code, shown) == (2, "")
    assert told in errors


def test_an_unknown_dialect_is_answered_with_the_nearest(send):
    code, _, told = send("--to", "127.0.0.1:1", "--dialect", "gab78", ECHO)
    assert (code, "did you mean 'gab87'?" in told) == (2, True)
