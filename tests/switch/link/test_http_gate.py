"""The door of an HTTP service: tokens, and how many requests each client may make."""

import pytest
from structlog import wrap_logger
from structlog.testing import LogCapture
from twisted.internet.task import Clock

from switch.link import http_gate
from switch.link.http_gate import HttpGate, bearer

TOKEN = "correct-horse-battery-staple"


@pytest.fixture
def logged():
    return LogCapture()


@pytest.fixture
def clock():
    return Clock()


def gate(clock, logged, token=TOKEN, rate_max=3):
    return HttpGate(clock, wrap_logger(None, processors=[logged]), "core", token, rate_max)


def asked(door, client="10.0.0.1", shown=TOKEN):
    refusal = door.refusal(client, bearer(shown).encode())
    return None if refusal is None else refusal.status


def test_only_the_whole_token_opens(clock, logged):
    door = gate(clock, logged, rate_max=100)
    assert asked(door) is None
    assert door.refusal("10.0.0.1", b"bearer  " + TOKEN.encode()) is None
    for wrong in (
        None,
        b"",
        b"Bearer ",
        TOKEN.encode(),
        b"Basic " + TOKEN.encode(),
        b"Bearer \xff",
    ):
        refusal = door.refusal("10.0.0.1", wrong)
        assert (refusal.status, refusal.word) == (401, "unauthorized")
        assert refusal.headers == ((b"www-authenticate", b"Bearer"),)
    assert asked(door, shown=TOKEN[:-1]) == asked(door, shown=TOKEN + "x") == 401


def test_a_service_without_a_token_takes_everyone(clock, logged):
    door = gate(clock, logged, token=None)
    assert door.refusal("127.0.0.1", None) is None


def test_a_client_beyond_its_rate_is_told_when_to_come_again(clock, logged):
    door = gate(clock, logged, rate_max=3)
    assert [asked(door) for _ in range(5)] == [None, None, None, 429, 429]
    assert door.refusal("10.0.0.1", None).headers == ((b"retry-after", b"1"),)
    clock.advance(0.34)
    assert [asked(door) for _ in range(2)] == [None, 429]
    clock.advance(60.0)
    assert [asked(door) for _ in range(4)] == [None, None, None, 429]


def test_one_client_does_not_use_up_what_another_may(clock, logged):
    door = gate(clock, logged, rate_max=1)
    assert [asked(door), asked(door), asked(door, "10.0.0.2")] == [None, 429, None]


def test_wrong_tokens_count_as_requests(clock, logged):
    door = gate(clock, logged, rate_max=2)
    assert [asked(door, shown="guess") for _ in range(3)] == [401, 401, 429]


def test_the_log_tells_of_a_client_once_a_minute_and_never_the_token(clock, logged):
    door = gate(clock, logged)
    for _ in range(3):
        asked(door, shown="wrong-token-of-someone")
    clock.advance(61)
    asked(door, shown="wrong-token-of-someone")
    reasons = [(each["client"], each["reason"], each.get("not_told")) for each in logged.entries]
    told = ("10.0.0.1", "a wrong token came")
    assert reasons == [(*told, None), (*told, 2)]
    assert "wrong-token" not in repr(logged.entries)
    assert TOKEN not in repr(door) + repr(logged.entries)


def test_clients_that_are_counted_are_bounded(clock, logged, monkeypatch):
    monkeypatch.setattr(http_gate, "CLIENTS_MAX", 2)
    door = gate(clock, logged, rate_max=1)
    for client in ("a", "b", "c"):
        assert asked(door, client) is None
    assert asked(door, "b") == 429
    assert asked(door, "a") is None
