"""Core and creditors over HTTP, in virtual time: told in order until they answer, each once."""

import json

import pytest

from simulator.digital.creditors import Creditors
from simulator.payment_core import PaymentCore, load_core_settings
from simulator.payment_core.settings import CallbackSettings
from simulator.payment_core.signing import sign
from simulator.testing import virtual_world
from switch.link.http import HttpClient
from switch.settings import config_folder

SECRET = "a secret of the creditor"
RIB = "999780000000000000100112"
ORIGIN = {"terminal_id": "EBK00001", "stan": "000001", "rrn": "632809000001"}


class Story:
    """A core, its creditors, and a channel that pays the bills of one contract."""

    def __init__(self, world, folder, *, decides):
        self.world, self.folder = world, folder
        found = load_core_settings(config_folder() / "seed" / "local-core.yaml")
        callback = CallbackSettings(url="http://127.0.0.1:8589/x", secret=SECRET, decides=decides)
        self.settings = found.model_copy(
            update={
                "creditors": tuple(
                    each.model_copy(update={"callback": callback}) if each.id == "1001" else each
                    for each in found.creditors
                )
            }
        )
        process = world.process("core")
        self.core = PaymentCore(process.runtime, self.settings, folder / "core.db", port=8587)
        world.run_until(process.start(self.core.start))
        self.channel = world.process("channel")
        self.client = HttpClient(self.channel.runtime, host="127.0.0.1", port=8587)
        self.open_creditors()

    def open_creditors(self):
        self.process = self.world.process("creditors")
        self.creditors = Creditors(
            self.process.runtime, self.settings.creditors, self.folder / "creditors", port=8589
        )
        self.creditors.core_at = ("127.0.0.1", 8587)
        self.world.run_until(self.process.start(self.creditors.start))

    def call(self, method, path, body=None, **headers):
        async def ask():
            data = b"" if body is None else json.dumps(body).encode()
            answer = await self.client.request(method, path, data, 5.0, **headers)
            return answer.status, json.loads(answer.body)

        return self.world.run_until(self.channel.start(ask))

    def pay(self, key):
        enquiry = {"creditor": "1001", "kind": "01", "channel": "ebanking"}
        _, debts = self.call(
            "POST", "/v1/debts", {**enquiry, "form": {"contract": "00123456"}}, idempotency_key="e"
        )
        article = debts["articles"][0]
        body = {
            **enquiry,
            **ORIGIN,
            "reference": debts["reference"],
            "articles": [{"id": article["id"], "price_minor": article["price_minor"]}],
            "parameters": debts["parameters"],
            "total_minor": article["price_minor"],
            "currency": "504",
            "means": "account",
            "account": RIB,
        }
        return self.call("POST", "/v1/confirmations", body, idempotency_key=key)[1]

    def status(self, key):
        return self.call("GET", f"/v1/operations/{key}")[1]["status"]

    def told(self):
        return [(each.event, each.result) for each in self.creditors.told["1001"]]


@pytest.fixture
def story(tmp_path):
    """Opens a story, and stops it at the end."""
    with virtual_world(5) as world:
        yield lambda **ways: Story(world, tmp_path, **ways)


def test_a_payment_is_pending_until_the_creditor_has_answered(story):
    scene = story(decides=True)
    assert scene.pay("k")["outcome"] == "pending"
    scene.world.advance(1.0)
    assert scene.status("k") == "approved"
    assert scene.told() == [("payment", "ok")]


def test_a_refusal_declines_it(story):
    scene = story(decides=True)
    scene.creditors.ways["1001"] = "refuse"
    scene.pay("k")
    scene.world.advance(1.0)
    assert scene.status("k") == "declined"


def test_a_creditor_that_is_down_is_told_later_and_in_order(story):
    scene = story(decides=False)
    scene.process.kill()
    assert scene.pay("k")["outcome"] == "approved"
    scene.call("POST", "/v1/cancellations", {"cancels": "k", "reason": "17"}, idempotency_key="c")
    scene.world.advance(30.0)
    scene.open_creditors()
    scene.world.advance(70.0)
    assert scene.told() == [("payment", "ok"), ("cancellation", "ok")]


def test_a_repeat_gets_the_receipt_of_the_first_time_after_a_restart_too(story):
    scene = story(decides=False)
    scene.pay("k")
    scene.world.advance(1.0)
    (told,) = scene.creditors.told["1001"]
    scene.process.kill()
    scene.open_creditors()
    now = scene.process.runtime.wall_clock.now().isoformat()
    body = {"creditor": "1001", "event": "payment", "total_minor": told.total_minor}
    data = json.dumps({**body, "settlement_reference": told.settlement_reference}).encode()
    for secret, status, result in ((SECRET, 200, "already_processed"), ("no", 401, None)):
        signature = sign(secret, now, data)
        taking = scene.process.start(lambda s=signature: scene.creditors.take(s, now, data))
        reply = scene.world.run_until(taking)
        answer = json.loads(reply.text)
        assert reply.status == status
        if result:
            assert (answer["result"], answer["receipt"]) == (result, told.receipt)
        else:
            assert answer == {"result": "bad_signature"}
    assert len(scene.creditors.told["1001"]) == 1


def test_a_creditor_may_decide_later_by_its_own_signed_call(story):
    scene = story(decides=True)
    scene.creditors.ways["1001"] = "later"
    settlement = scene.pay("k")["settlement_reference"]
    scene.world.advance(60.0)
    assert scene.status("k") == "pending"
    deciding = scene.process.start(lambda: scene.creditors.decide("1001", settlement, "accepted"))
    assert scene.world.run_until(deciding) == "approved"
    assert scene.status("k") == "approved"


def test_a_decision_that_nobody_signed_is_refused(story):
    scene = story(decides=True)
    scene.creditors.ways["1001"] = "later"
    settlement = scene.pay("k")["settlement_reference"]
    body = {"creditor": "1001", "settlement_reference": settlement, "decision": "accepted"}
    at = "2026-11-24T10:00:00+00:00"
    status, answer = scene.call(
        "POST", "/v1/decisions", body, signature="sha256=" + "0" * 64, signed_at=at
    )
    assert (status, answer) == (401, {"error": "bad_signature"})
    assert scene.status("k") == "pending"
