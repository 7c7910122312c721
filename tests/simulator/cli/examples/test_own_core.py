"""examples/own-core: a core that the standard library serves, of the five calls to begin with."""

import contextlib
import itertools
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.process

CARD = "9504010000000019"


class BanksCore(ThreadingHTTPServer):
    """Approves below 1,000.00, is slow to decide at 300.00, says nothing at 400.00 in time."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", port), Handler)
        self.calls = []
        self.decided = set()

    def answer(self, path, key, body):
        if path == "/v1/balances":
            money = {"ledger_minor": 120_000, "available_minor": 100_000, "currency": "504"}
            return {"outcome": "approved", **money}
        if path == "/v1/withdrawals":
            if body["amount_minor"] == 30_000 and key not in self.decided:
                return {"outcome": "pending"}
            if body["amount_minor"] == 40_000:
                time.sleep(2)
            if body["amount_minor"] >= 100_000:
                return {"outcome": "declined", "reason": "insufficient_funds"}
        return {"outcome": "approved", "approval_code": "K00001"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        found = {}
        if self.path.startswith("/v1/operations/"):
            self.server.calls.append((self.path, "", {}))
            self.server.decided.add(self.path.removeprefix("/v1/operations/"))
            found = {"status": "approved"}
        self._say(found)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        self.server.calls.append((self.path, key, body))
        self._say(self.server.answer(self.path, key, body))

    def log_message(self, *_):
        """Tests say nothing."""

    def _say(self, document):
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        # Whoever waited too long has hung up.
        with contextlib.suppress(ConnectionError):
            self.end_headers()
            self.wfile.write(data)


@pytest.fixture(scope="module")
def core(free_ports):
    port_base = free_ports()
    core = BanksCore(port_base + 4)
    core.port_base = port_base
    serving = threading.Thread(target=core.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    yield core
    core.shutdown()
    serving.join()
    core.server_close()


@pytest.fixture(scope="module")
def port(serve_here, changed, core):
    """The switch, which gives a silent core up after 1 s, not 4."""
    path = changed("own-core", **{"timeout: 4s": "timeout: 1s"})
    serve_here("switch", "--config", path, "--port-base", core.port_base)
    return core.port_base


@pytest.fixture(scope="module")
def first_stans():
    return itertools.count(0, 100)


@pytest.fixture
def line(client, port, first_stans):
    line = client(port)
    line.stan = next(first_stans)
    assert line.network("001") == "00"
    return line


def test_a_withdrawal_is_a_call_with_a_key_of_its_own(line, core):
    core.calls.clear()
    sent, answer = line.request("0200", "010000", 20_000, de2=CARD)
    assert (answer[38], answer[39]) == ("K00001", "00")
    ((path, key, body),) = core.calls
    assert (path, body["pan"], body["amount_minor"]) == ("/v1/withdrawals", CARD, 20_000)
    assert (body["terminal_id"], body["stan"]) == ("LAB00001", sent["de11"])
    assert line.ask("0201", **sent)[1][39] == "00"
    assert len(core.calls) == 1
    assert key


def test_what_the_core_declines_has_the_code_of_its_reason(line):
    assert line.request("0200", "010000", 100_000, de2=CARD)[1][39] == "51"
    assert line.balance(CARD) == 100_000


def test_what_is_pending_is_asked_about_until_it_is_decided(line, core):
    core.calls.clear()
    assert line.request("0200", "010000", 30_000, de2=CARD)[1][39] == "00"
    first, asked, again = (path for path, _, _ in core.calls)
    assert (first, again) == ("/v1/withdrawals", "/v1/withdrawals")
    assert asked == f"/v1/operations/{core.calls[0][1]}"


def test_what_the_core_does_not_answer_in_time_is_cancelled(line, core):
    core.calls.clear()
    assert line.request("0200", "010000", 40_000, de2=CARD)[1][39] == "91"
    for _ in range(200):
        if len(core.calls) == 2:
            break
        time.sleep(0.05)
    (_, key, _), (path, _, body) = core.calls
    assert (path, body["cancels"], body["retained_minor"]) == ("/v1/cancellations", key, 0)
