"""The API over real sockets, each answer held against its OpenAPI description."""

import json
import sqlite3

import pytest
import pytest_twisted
from sqlalchemy.exc import OperationalError
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, ensureDeferred
from twisted.internet.task import deferLater

from simulator.payment_core import PaymentCore
from switch.runtime import real_runtime

KEY = "504001/LAB00001/000001"


class Lines:
    """A log that remembers."""

    def __init__(self):
        self.lines = []

    def bind(self, **facts):
        return self

    def _keep(self, event, **facts):
        self.lines.append((event, facts))

    debug = info = warning = error = _keep


@pytest.fixture
def log():
    return Lines()


@pytest_twisted.async_yield_fixture
async def core(settings, tmp_path, log):
    core = PaymentCore(real_runtime(reactor, 1, log), settings, tmp_path / "core.db", port=0)
    await core.start()
    yield core
    await core.stop()


@pytest_twisted.async_yield_fixture
async def call(core, caller):
    call = caller(reactor, core.port)
    yield call
    await call.close()


@pytest_twisted.ensureDeferred
async def test_the_whole_way_of_a_bill(call, bodies):
    assert await call.get("/health") == {"status": "ok"}
    creditors = await call.get("/v1/creditors")
    assert creditors["creditors"][0]["name"]["ar"] == "الماء والكهرباء"
    await call.get("/v1/creditors/1001/kinds", "/v1/creditors/{creditor}/kinds")
    template = "/v1/creditors/{creditor}/kinds/{kind}/form"
    form = await call.get("/v1/creditors/1001/kinds/01/form", template)
    assert form["fields"][0]["name"] == "contract"
    debts = await call.post("/v1/debts", bodies.enquiry(), "d")
    paid = await call.post("/v1/confirmations", bodies.confirmation(debts), "c")
    assert paid["receipt"][0] == "Eau et électricité"
    reference = await call.get(f"/v1/references/{debts['reference']}", "/v1/references/{reference}")
    assert reference["status"] == "paid"
    cancelled = await call.post("/v1/cancellations", {"cancels": "c", "reason": "17"}, "x")
    assert cancelled["returned_minor"] == 470_75
    books = await call.get("/v1/books")
    assert books["total_minor"] == 0


@pytest_twisted.ensureDeferred
async def test_the_whole_way_of_money(call, bodies):
    body = bodies.money(bodies.amina, 100_00)
    assert (await call.post("/v1/withdrawals", body, KEY))["_replayed"] is False
    assert (await call.post("/v1/withdrawals", body, KEY))["_replayed"] is True
    assert (await call.post("/v1/deposits", body, "d"))["ledger_minor"] == 10_000_00
    transfer = bodies.transfer(bodies.amina, bodies.brahim, 50_00)
    assert (await call.post("/v1/transfers", transfer, "t"))["outcome"] == "approved"
    balance = await call.post("/v1/balances", {"pan": bodies.amina, **bodies.origin})
    assert balance["available_minor"] == 9_950_00
    statement = await call.post("/v1/statements", {"pan": bodies.amina})
    assert [line["amount_minor"] for line in statement["lines"]][:2] == [-50_00, 100_00]


@pytest_twisted.ensureDeferred
async def test_a_refusal_is_an_answer_of_the_description(call, bodies):
    answer = await call.post("/v1/withdrawals", bodies.money(bodies.chaimae, 1), "k")
    assert (answer["_status"], answer["outcome"], answer["reason"]) == (
        200,
        "declined",
        "lost_card",
    )


@pytest.mark.parametrize("path", [KEY, KEY.replace("/", "%2F"), "a//b"])
@pytest_twisted.ensureDeferred
async def test_the_status_of_a_key_with_slashes(call, bodies, path):
    key = path.replace("%2F", "/")
    await call.post("/v1/withdrawals", bodies.money(bodies.amina, 100), key)
    status = await call.get(f"/v1/operations/{path}", "/v1/operations/{key}")
    assert (status["key"], status["status"]) == (key, "approved")


@pytest_twisted.ensureDeferred
async def test_requests_at_once_with_one_key_are_done_once(call, bodies):
    body = bodies.money(bodies.amina, 100_00)
    answers = await DeferredList(
        [ensureDeferred(call.post("/v1/withdrawals", body, KEY)) for _ in range(12)]
    )
    assert {answer["approval_code"] for _, answer in answers} == {"000001"}
    assert sum(not answer["_replayed"] for _, answer in answers) == 1
    balance = await call.post("/v1/balances", {"pan": bodies.amina})
    assert balance["ledger_minor"] == 9_900_00


@pytest_twisted.ensureDeferred
async def test_of_payments_at_once_of_one_bill_exactly_one_wins(call, bodies):
    debts = [await call.post("/v1/debts", bodies.enquiry(), f"d{n}") for n in range(3)]
    answers = await DeferredList(
        [
            ensureDeferred(
                call.post("/v1/confirmations", bodies.confirmation(debts[n % 3]), f"c{n}")
            )
            for n in range(12)
        ]
    )
    reasons = [answer.get("reason", "approved") for _, answer in answers]
    assert sorted(reasons) == ["already_paid"] * 11 + ["approved"]


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/books/", 404, "not_found"),
        ("GET", "/v1/creditors/1999/kinds", 404, "unknown_creditor"),
        ("GET", "/v1/creditors/1001/kinds/09/form", 404, "unknown_kind"),
        ("GET", "/v1/withdrawals", 405, "method_not_allowed"),
        ("DELETE", "/v1/books", 405, "method_not_allowed"),
        ("BREW", "/health", 405, "method_not_allowed"),
        ("GET", "/%ff", 400, "malformed_request"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_not_there_is_told_in_json(call, method, path, status, word):
    response, body = await call.send(method, path)
    assert (response.code, body) == (status, {"error": word})


@pytest_twisted.ensureDeferred
async def test_a_wrong_method_is_told_the_right_ones(call):
    response, _ = await call.send("PUT", "/v1/withdrawals", b"{}")
    assert response.headers.getRawHeaders("Allow") == ["POST"]


@pytest_twisted.ensureDeferred
async def test_an_operation_without_a_key_is_refused(call, bodies):
    answer = await call.post("/v1/withdrawals", bodies.money(bodies.amina, 1))
    assert (answer["_status"], answer["error"]["field"]) == (422, "Idempotency-Key")


@pytest_twisted.ensureDeferred
async def test_a_key_with_another_body_is_refused(call, bodies):
    await call.post("/v1/withdrawals", bodies.money(bodies.amina, 1), KEY)
    answer = await call.post("/v1/withdrawals", bodies.money(bodies.amina, 2), KEY)
    assert (answer["_status"], answer["error"]["reason"]) == (422, "key_reused")


@pytest.mark.parametrize("host", ["", "é", "x" * 300, "a b", "[::"])
@pytest_twisted.ensureDeferred
async def test_the_name_a_caller_uses_for_us_does_not_matter(call, host):
    response, body = await call.send("GET", "/health", Host=host)
    assert (response.code, body) == (200, {"status": "ok"})


@pytest_twisted.ensureDeferred
async def test_the_description_is_served(call):
    _, body = await call.send("GET", "/openapi.json")
    assert body == call.document


@pytest_twisted.ensureDeferred
async def test_an_error_of_ours_says_nothing_to_the_caller_and_one_line_to_the_log(
    core, call, bodies, log, monkeypatch
):
    def broken(*args):
        locked = sqlite3.OperationalError("database is locked")
        locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("SELECT", {"pan": bodies.amina}, locked)

    monkeypatch.setattr("simulator.payment_core.api.take_turn", lambda *args: 1 / 0)
    log.lines.clear()
    response, body = await call.send(
        "POST", "/v1/balances", json.dumps({"pan": bodies.amina}).encode()
    )
    assert (response.code, body) == (500, {"error": "internal"})
    [(event, facts)] = log.lines
    assert event == "a request failed"
    assert "ZeroDivisionError at " in facts["at"]
    monkeypatch.setattr("simulator.payment_core.api.take_turn", broken)
    response, body = await call.send(
        "POST", "/v1/balances", json.dumps({"pan": bodies.amina}).encode()
    )
    assert (response.code, body) == (503, {"error": "unavailable"})
    assert bodies.amina not in str(log.lines)


@pytest_twisted.ensureDeferred
async def test_the_log_of_ordinary_work_holds_no_pan(call, bodies, log):
    await call.post("/v1/withdrawals", bodies.money(bodies.amina, 1), KEY)
    await call.post("/v1/withdrawals", bodies.money(bodies.amina, 1) | {"stan": "x"}, "k")
    assert bodies.amina not in str(log.lines)


@pytest_twisted.ensureDeferred
async def test_what_is_done_is_committed_before_the_answer_may_leave(core, call, bodies):
    seen, release = [], Deferred()

    async def hold(exchange):
        seen.append((exchange.route, exchange.key, exchange.status))
        core.before_answer = None
        await release

    core.before_answer = hold
    body = bodies.money(bodies.amina, 100_00)
    first = ensureDeferred(call.post("/v1/withdrawals", body, KEY))
    while not seen:
        await deferLater(reactor, 0, lambda: None)
    assert seen == [("withdrawal", KEY, 200)]
    assert (await call.post("/v1/withdrawals", body, KEY))["_replayed"] is True
    assert not first.called
    release.callback(None)
    assert (await first)["_replayed"] is False
