"""Money sent to a phone: collected once, by who has the code, or taken back by its sender."""

import re

import pytest


@pytest.fixture
def send(bench):
    """Sends 200.00 from amina's account, or in cash; its reference and its code."""

    def send(key=None, **more):
        body = {**bench.origin, "amount_minor": 20_000, "currency": "504", "phone": "0612345678"}
        answer = bench.ask("remittance", {**body, **more}, key)
        assert answer["outcome"] == "approved", answer
        text = bench.ask("text_messages", phone="0612345678")["messages"][-1]["text"]
        return answer["reference"], re.search(r"\d{8}", text)[0]

    return send


@pytest.fixture
def collect(bench):
    def collect(code, key=None, **more):
        body = {**bench.origin, "terminal_id": "GAB00001", "amount_minor": 20_000}
        proof = {"code": code, "phone": "0612345678"}
        return bench.outcome("collection", {**body, "currency": "504", **proof, **more}, key)

    return collect


def test_what_an_account_sends_waits_until_it_is_collected(bench, send, collect):
    _, code = send(pan=bench.amina)
    assert bench.balance(bench.amina) == 980_000
    assert bench.balance("remittances") == 20_000
    assert collect(code) == "approved"
    assert (bench.balance("remittances"), bench.balance("cash:GAB00001")) == (0, 20_000)
    bench.audit()


def test_cash_is_sent_too(bench, send, collect):
    _, code = send()
    assert bench.balance("cash:LAB00001") == -20_000
    assert collect(code) == "approved"


def test_an_account_is_named_or_behind_a_card(bench, send):
    send(account=bench.ribs[bench.amina])
    assert bench.balance(bench.amina) == 980_000


def test_it_is_collected_once(send, collect):
    _, code = send()
    assert [collect(code), collect(code)] == ["approved", "already_collected"]


def test_the_answer_and_the_stored_requests_never_say_the_code(bench, send, collect):
    _, code = send()
    collect(code)
    assert not any(code in str(row) for row in bench.rows("SELECT * FROM operations"))


def test_another_phone_or_amount_does_not_collect(send, collect):
    _, code = send()
    assert collect(code, phone="0600000000") == "unknown_code"
    assert collect(code, amount_minor=10_000) == "invalid_amount"


def test_three_wrong_codes_block_what_the_phone_was_sent(send, collect):
    _, code = send()
    wrong = "00000000" if code != "00000000" else "11111111"
    assert [collect(wrong) for _ in range(3)] == ["unknown_code"] * 3
    assert collect(code) == "code_blocked"
    _, later = send()
    assert collect(later) == "approved"


def test_a_code_expires_and_the_sender_can_still_take_the_money_back(bench, send, collect):
    reference, code = send()
    bench.pass_time(days=8)
    assert collect(code) == "code_expired"
    back = {"code": None, "phone": None, "reference": reference, "terminal_id": "LAB00001"}
    assert collect(**back) == "approved"
    assert bench.balance("cash:LAB00001") == 0


def test_the_reference_pays_where_it_was_given_only(send, collect):
    reference, _ = send()
    assert collect(None, phone=None, reference=reference) == "unknown_reference"


def test_what_was_collected_is_not_given_back(send, collect):
    reference, code = send()
    collect(code)
    back = {"phone": None, "reference": reference, "terminal_id": "LAB00001"}
    assert collect(None, **back) == "already_collected"


def test_a_cancelled_collection_can_be_made_again(bench, send, collect):
    _, code = send()
    collect(code, "c1")
    bench.cancel("c1")
    assert bench.balance("cash:GAB00001") == 0
    assert collect(code) == "approved"


def test_a_cancelled_remittance_cannot_be_collected(bench, send, collect):
    _, code = send("r1", pan=bench.amina)
    bench.cancel("r1")
    assert bench.balance(bench.amina) == 1_000_000
    assert collect(code) == "unknown_code"


@pytest.mark.parametrize(
    "proof",
    [{}, {"code": "12345678"}, {"code": "12345678", "phone": "0612345678", "reference": "3"}],
)
def test_a_collection_needs_one_proof(bench, proof):
    body = {**bench.origin, "amount_minor": 1, "currency": "504", **proof}
    with pytest.raises(Exception, match="status 422"):
        bench.ask("collection", body)
