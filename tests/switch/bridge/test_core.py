"""The core as a destination: keys, deadlines, and what its statuses mean for the money."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
import pytest_twisted
from structlog import wrap_logger
from structlog.testing import LogCapture
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from simulator.testing import free_port
from switch.bridge import CoreDestination
from switch.link import NoAnswerError, NotSentError
from switch.link.http import HttpAnswer
from switch.runtime import real_runtime
from switch.settings.network import CoreSettings
from switch.wire import Message

LIMIT_S = 5.0
Make = Callable[..., Message]
Test = Callable[["FakeCore", CoreDestination], Awaitable[None]]


class FakeCore(Resource):
    """Answers every request with what the test put in `status` and `body`; keeps them."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.body: Any = {"outcome": "approved"}
        self.asked: list[tuple[str, str | None, Any]] = []
        self.logged = LogCapture()
        self.silent = False
        self.script: list[Any] = []
        self.statuses: list[int] = []
        self.shown: list[str | None] = []

    def render(self, request: Any) -> Any:
        key = request.getHeader("idempotency-key")
        content = request.content.read()
        self.shown.append(request.getHeader("authorization"))
        self.asked.append((request.path.decode(), key, json.loads(content) if content else None))
        if self.silent:
            request.notifyFinish().addErrback(lambda _: None)
            return NOT_DONE_YET
        request.setResponseCode(self.statuses.pop(0) if self.statuses else self.status)
        request.setHeader("retry-after", "1")
        if self.script:
            return json.dumps(self.script.pop(0)).encode()
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


async def with_core(test: Test, token: str | None = None, **settings: Any) -> None:
    core = FakeCore()
    listening: Any = real_reactor.listenTCP(
        0, Site(core, reactor=real_reactor), interface="127.0.0.1"
    )
    log = wrap_logger(None, processors=[core.logged])
    destination = CoreDestination(
        real_runtime(real_reactor, 1, log),
        CoreSettings(port=listening.getHost().port, **settings),
        channel_of={"LAB00001": "agency"}.__getitem__,
        currency="504",
        token=token,
    )
    try:
        await test(core, destination)
    finally:
        await destination.close()
        await listening.stopListening()


@pytest_twisted.ensureDeferred
async def test_a_request_carries_its_key_and_its_reversal_another(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        await destination.ask(message(), LIMIT_S, "k1")
        await destination.ask(message("0420"), LIMIT_S, "k1")
        await destination.ask(message("0421"), LIMIT_S, "k1")
        assert [(path, key) for path, key, _ in core.asked] == [
            ("/v1/withdrawals", "k1"),
            ("/v1/cancellations", "cancel/k1"),
            ("/v1/cancellations", "cancel/k1"),
        ]
        assert core.asked[1] == core.asked[2]
        assert core.asked[2][2]["cancels"] == "k1"

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_what_the_bridge_refuses_never_reaches_the_core(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        answer = await destination.ask(message(processing="400000"), LIMIT_S, "k1")
        assert (answer.text(39), core.asked) == ("30", [])
        assert core.logged.entries[-1]["reason"] == "a transfer without DE102 and DE103"

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_a_refused_form_is_answered_30_and_logged_without_values(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.status = 422
        core.body = {"error": {"field": "amount_minor", "message": "must be an integer"}}
        assert (await destination.ask(message(), LIMIT_S, "k1")).text(39) == "30"
        assert core.logged.entries[-1]["reason"] == "amount_minor: must be an integer"
        core.body = b"<html>"
        assert (await destination.ask(message(), LIMIT_S, "k2")).text(39) == "30"
        assert core.logged.entries[-1]["reason"] == "no detail"

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_what_the_door_of_the_core_refuses_was_never_sent(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.status = 401
        with pytest.raises(NotSentError, match="does not take our token"):
            await destination.ask(message(), LIMIT_S, "k1")
        core.status = 429
        with pytest.raises(NotSentError, match="too many requests"):
            await destination.ask(message(), 0.9, "k2")
        assert [key for _, key, _ in core.asked] == ["k1", "k2"]
        assert core.shown == ["Bearer a-token"] * 2

    await with_core(test, token="a-token")


@pytest_twisted.ensureDeferred
async def test_a_request_is_sent_again_once_the_core_wants_more(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.statuses = [429, 200]
        assert (await destination.ask(message(), LIMIT_S, "k1")).text(39) == "00"
        assert [key for _, key, _ in core.asked] == ["k1", "k1"]
        assert core.shown == [None, None]

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_a_refused_repeat_of_what_may_have_arrived_leaves_it_in_doubt(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        async def refused(*_: object, **__: object) -> HttpAnswer:
            return HttpAnswer(429, {}, b"", repeated=True)

        destination._client.request = refused  # type: ignore[method-assign, assignment]
        with pytest.raises(NoAnswerError, match="HTTP 429"):
            await destination.ask(message(), 0.4, "k1")

    await with_core(test)


@pytest.mark.parametrize("status", [201, 204, 302, 400, 403, 404, 409, 500, 502, 503])
@pytest_twisted.ensureDeferred
async def test_any_other_status_leaves_the_transaction_in_doubt(status: int, message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.status = status
        core.body = b"" if status == 204 else {"outcome": "approved"}
        with pytest.raises(NoAnswerError, match=f"HTTP {status}"):
            await destination.ask(message(), LIMIT_S, "k1")

    await with_core(test)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"null", b"3", b'"approved"', b"[]", b"{}", b'{"outcome": 1}']
)
@pytest_twisted.ensureDeferred
async def test_an_answer_that_cannot_be_read_leaves_it_in_doubt(body: bytes, message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.body = body
        with pytest.raises(NoAnswerError, match="cannot be read"):
            await destination.ask(message(), LIMIT_S, "k1")

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_an_unknown_reason_is_logged(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.body = {"outcome": "declined", "reason": "moon"}
        assert (await destination.ask(message(), LIMIT_S, "k1")).text(39) == "05"
        assert core.logged.entries[-1]["event"] == "the core gave an unknown reason"

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_silence_until_the_deadline_is_no_answer(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.silent = True
        with pytest.raises(NoAnswerError, match="no answer within"):
            await destination.ask(message(), 0.05, "k1")

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_a_core_that_is_not_there_is_not_sent(message: Make) -> None:
    destination = CoreDestination(
        real_runtime(real_reactor, 1),
        CoreSettings(port=free_port()),
        channel_of=lambda terminal: "gab",
        currency="504",
    )
    with pytest.raises(NotSentError):
        await destination.ask(message(), LIMIT_S, "k1")
    await destination.close()
    assert not destination.up


@pytest_twisted.ensureDeferred
async def test_when_up_waits_for_a_core_that_is_well() -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.status = 503
        waiting = Deferred.fromCoroutine(destination.when_up())
        while not core.asked:
            turn: Deferred[None] = Deferred()
            real_reactor.callLater(0.01, turn.callback, None)
            await turn
        assert not waiting.called
        core.status = 200
        await waiting
        assert core.asked[-1][0] == "/health"

    await with_core(test)


@pytest.mark.parametrize("silent", [True, False])
@pytest_twisted.ensureDeferred
async def test_waiting_for_the_core_can_be_given_up(silent: bool) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.status, core.silent = 503, silent
        waiting = Deferred.fromCoroutine(destination.when_up())
        while not core.asked:
            turn: Deferred[None] = Deferred()
            real_reactor.callLater(0.01, turn.callback, None)
            await turn
        waiting.cancel()
        with pytest.raises(CancelledError):
            await waiting

    await with_core(test)


@pytest_twisted.ensureDeferred
async def test_no_log_line_names_the_card(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        for status, body in ((422, {}), (500, {}), (200, {"outcome": "declined", "reason": "x"})):
            core.status, core.body = status, body
            with suppress(NoAnswerError):
                await destination.ask(message(), LIMIT_S, f"k{status}")
        assert "9504010000000019" not in repr(core.logged.entries)

    await with_core(test)


PENDING, STILL = {"outcome": "pending"}, {"status": "pending"}
BILL = {"01": "1001", "02": "01", "04": "100000000001", "05": "A1=20000"}
QUICK = {"poll_every": 0.01}


@pytest_twisted.ensureDeferred
async def test_a_pending_answer_is_asked_about_until_it_is_decided(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        done = {"outcome": "approved", "settlement_reference": "200000000001"}
        core.script = [PENDING, STILL, STILL, {"status": "approved"}, done]
        bill = message(processing="500000", de48=dict(BILL))
        answer = await destination.ask(bill, LIMIT_S, "k/1")
        assert (answer.text(39), answer["48"]) == ("00", {"06": "200000000001"})
        assert [(path, key) for path, key, _ in core.asked] == [
            ("/v1/confirmations", "k/1"),
            *[("/v1/operations/k/1", None)] * 3,
            ("/v1/confirmations", "k/1"),
        ]
        assert core.asked[0] == core.asked[-1]

    await with_core(test, **QUICK)


@pytest_twisted.ensureDeferred
async def test_what_was_pending_may_be_declined_in_the_end(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        declined = {"outcome": "declined", "reason": "already_paid"}
        core.script = [PENDING, {"status": "declined"}, declined]
        assert (await destination.ask(message(), LIMIT_S, "k1")).text(39) == "94"

    await with_core(test, **QUICK)


@pytest_twisted.ensureDeferred
async def test_what_stays_pending_is_in_doubt_when_the_time_is_over(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.body = {**PENDING, **STILL}
        with pytest.raises(NoAnswerError, match="still had it pending"):
            await destination.ask(message(), 1.5, "k1")

    await with_core(test, **QUICK)


@pytest_twisted.ensureDeferred
async def test_a_core_that_forgot_what_was_pending_leaves_it_in_doubt(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.script = [PENDING, {"status": "unknown"}]
        with pytest.raises(NoAnswerError, match="forgot"):
            await destination.ask(message(), LIMIT_S, "k1")

    await with_core(test, **QUICK)


@pytest_twisted.ensureDeferred
async def test_a_bill_confirmed_for_another_bank_names_who_authorised(message: Make) -> None:
    async def test(core: FakeCore, destination: CoreDestination) -> None:
        core.body = {"outcome": "approved", "settlement_reference": "200000000001"}
        bill = message(processing="500000", de2=None, de48=dict(BILL))
        await destination.confirm(
            bill, LIMIT_S, "k1", authorised_by="issuer", approval_code="A12345"
        )
        (_, _, body) = core.asked[0]
        assert (body["means"], body["authorised_by"]) == ("authorised", "issuer")

    await with_core(test)
