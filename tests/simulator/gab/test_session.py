"""A customer's way through a session: card, PIN, choices, cash and card again."""

import pytest

from simulator.gab.choices import Bill, Enquiry, Transfer, Withdrawal
from simulator.gab.customer import Scripted
from simulator.gab.states import State
from switch.link import answer_to

CASH = Withdrawal(20_000)
WAY_OF_CASH = ["card_in", "pin_entry", "menu", "amount", "confirm", "waiting", "stacking"]


def visit(at, gab, choices, **script):
    seen = []
    gab.on_state(lambda state: seen.append(state.value))
    results = at.do(gab.visit, Scripted(at.card, choices, **script))
    assert gab.state in (State.IDLE, State.OUT_OF_SERVICE)
    return results, seen


def test_the_card_comes_before_the_cash(at):
    _, seen = visit(at, at.start(), [CASH])
    after = ["card_first", "presented", "taken", "receipt", "ending", "idle"]
    assert seen == [*WAY_OF_CASH, *after]


def test_the_cash_comes_before_the_card_where_the_settings_say_so(at):
    _, seen = visit(at, at.start(card_first=False), [CASH])
    after = ["presented", "taken", "receipt", "menu", "ending", "card_offered", "card_returned"]
    assert seen == [*WAY_OF_CASH, *after, "idle"]


def test_several_operations_are_done_with_one_card(at):
    results, _ = visit(at, at.start(), [Enquiry("balance"), Enquiry("mini_statement"), CASH])
    assert [each.operation for each in results] == ["balance", "mini_statement", "withdraw"]
    assert [name for name in at.names() if name.startswith("card")] == ["card_in", "card_returned"]


def test_after_the_card_is_back_nothing_more_can_be_done(at):
    results, _ = visit(at, at.start(), [CASH, Enquiry("balance")])
    assert [each.operation for each in results] == ["withdraw"]


def test_a_wrong_pin_is_entered_again(at):
    gab, codes = at.start(), iter(["55", "00"])
    at.host.script = lambda m: answer_to(m, next(codes))
    results, seen = visit(at, gab, [CASH], pins=("1111", "1234"))
    assert [each.response_code for each in results] == ["55", "00"]
    assert "pin_again" in seen
    assert at.host.types == ["0200", "0200"]


def test_after_three_wrong_pins_the_card_is_captured_with_a_slip(at):
    gab = at.start()
    at.host.script = lambda m: answer_to(m, "55")
    results, seen = visit(at, gab, [CASH, CASH], pins=("1", "2", "3", "4"))
    assert [each.response_code for each in results] == ["55"] * 3
    assert (results[-1].card_captured, bool(results[-1].receipt)) == (True, True)
    assert seen[-4:] == ["card_captured", "receipt", "ending", "idle"]
    assert at.last("card_captured")["code"] == "55"


def test_two_wrong_pins_leave_the_card(at):
    gab, codes = at.start(), iter(["55", "55", "00"])
    at.host.script = lambda m: answer_to(m, next(codes))
    results, _ = visit(at, gab, [CASH], pins=("1", "2", "3"))
    assert (results[-1].outcome, results[-1].card_captured) == ("approved", False)


def test_the_host_may_end_the_tries(at):
    gab = at.start()
    at.host.script = lambda m: answer_to(m, "75")
    results, _ = visit(at, gab, [CASH, CASH], pins=("1", "2", "3"))
    assert [(each.response_code, each.card_captured) for each in results] == [("75", True)]


def test_the_pin_goes_where_the_keys_say_and_is_kept_nowhere(at):
    gab = at.start()
    gab._desk.card_data = lambda card, pin: {"52": "00" * 7 + pin[:2], "22": "051"}
    visit(at, gab, [CASH], pins=("9873",))
    assert at.host.received[0]["52"] == "00000000000000" + "98"
    kept = [path.read_text() for path in at.scene.folder.rglob("*") if path.is_file()]
    assert not any("9873" in text or '"52"' in text for text in kept)


@pytest.mark.parametrize("code", ["04", "07", "33", "36", "38", "67"])
def test_a_card_to_be_picked_up_is_captured(at, code):
    gab = at.start()
    at.host.script = lambda m: answer_to(m, code)
    results, seen = visit(at, gab, [CASH, CASH])
    assert [each.card_captured for each in results] == [True]
    assert seen[-4:] == ["card_captured", "receipt", "ending", "idle"]
    assert at.last("card_captured")["code"] == code
    assert "card_returned" not in at.names()


@pytest.mark.parametrize(("profile", "captured"), [((), False), (("41", "43"), True)])
def test_a_lost_card_is_captured_by_profile(at, profile, captured):
    gab = at.start(capture_also=profile)
    at.host.script = lambda m: answer_to(m, "41")
    results, _ = visit(at, gab, [CASH])
    assert results[0].card_captured is captured


def test_an_amount_that_cannot_be_paid_is_offered_otherwise(at):
    results, seen = visit(at, at.start(), [Withdrawal(3_000)], takes_offer=True)
    assert (results[-1].outcome, results[-1].amount_minor) == ("approved", 2_000)
    assert seen.count("amount") == 2
    assert at.host.types == ["0200"]


WISHES = [State.AMOUNT, State.CONFIRM]


@pytest.mark.parametrize("state", [State.PIN_ENTRY, State.MENU, *WISHES])
def test_whoever_cancels_gets_the_card_back_and_nothing_leaves(at, state):
    results, seen = visit(at, at.start(), [CASH], cancels_at={state})
    assert [each.words for each in results] == ["cancelled by the customer"] * (state in WISHES)
    assert seen[-4:] == ["ending", "card_offered", "card_returned", "idle"]
    assert at.host.received == []


@pytest.mark.parametrize("state", [State.PIN_ENTRY, State.MENU, *WISHES])
def test_whoever_walks_away_loses_the_card_and_the_gab_serves_on(at, state):
    gab = at.start(answer_within=20.0, card_within=10.0)
    before_s = at.world.timeline.now_s
    _, seen = visit(at, gab, [CASH], leaves_at={state, State.CARD_OFFERED})
    assert at.world.timeline.now_s - before_s == pytest.approx(30, abs=0.1)
    assert seen[-2:] == ["card_captured", "idle"]
    assert at.last("card_captured")["reason"] == "card left"
    assert at.do(gab.withdraw, at.card, 20_000).outcome == "approved"


def test_a_card_left_in_front_of_the_cash_keeps_the_cash_inside(at):
    gab = at.start()
    results, _ = visit(at, gab, [CASH], leaves_at={State.CARD_FIRST})
    at.quiet(gab)
    assert (results[0].outcome, results[0].card_captured) == ("declined", True)
    assert gab.cassettes.by_name["1"].rejected == 1
    assert [m["39"] for m in at.reversals()] == ["17"]
    assert (at.given_minor(), at.stands_minor()) == (0, 0)


def test_without_a_card_only_a_bill_can_be_looked_at(at):
    gab = at.start()
    results = at.do(gab.visit, Scripted(None, [CASH, Transfer("1", "2", 100)]))
    assert [each.words for each in results] == ["a card is needed"] * 2
    assert at.do(gab.enquire_bill, None, "1001", "01", {}).outcome == "approved"
    assert "card_in" not in at.names()


def topping(message):
    if message["3"] == "300000":
        found = {"04": "000000000088", "05": "R1=5000", "08": "number=0612345678"}
        return answer_to(message, "00", de4="000000005000", de48=found)
    return answer_to(message, "00", de48={"06": "S9"})


def test_a_top_up_is_a_form_a_confirmation_and_a_payment(at):
    gab = at.start()
    at.host.script = topping
    form = {"number": "0612345678", "amount": "50"}
    result = at.do(gab.top_up, at.card, form)
    asked = [(m.mti, m["3"], m["48"]["01"], m["48"]["02"]) for m in at.host.received]
    assert asked == [("0100", "300000", "1002", "02"), ("0200", "500000", "1002", "02")]
    assert at.host.received[0]["48"]["03"] == "number=0612345678|amount=50"
    assert at.host.received[1]["48"]["08"] == "number=0612345678"
    assert (result.operation, result.outcome, result.amount_minor) == ("top_up", "approved", 5_000)
    assert (result.reference, result.settlement_reference) == ("000000000088", "S9")
    assert at.last("done")["operation"] == "pay_bill"


def test_a_top_up_that_is_not_confirmed_is_not_paid(at):
    gab = at.start()
    at.host.script = topping
    bill = Bill("1002", "02", {"number": "0612345678"}, pay=True, operation="top_up")
    results, seen = visit(at, gab, [bill], cancels_at={State.CONFIRM})
    assert results[-1].words == "cancelled by the customer"
    assert "bill_form" in seen
    assert at.host.types == ["0100"]


def test_a_bill_that_owes_nothing_asks_for_no_payment(at):
    gab = at.start()
    at.host.script = lambda m: answer_to(m, "00", de48={"04": "000000000078"})
    results, _ = visit(at, gab, [Bill("1001", "01", {}, pay=True, operation="pay_bill")])
    assert (results[-1].outcome, results[-1].words) == ("declined", "nothing is owed")


def test_the_next_customer_waits_for_the_first_to_take_the_cash(at):
    gab = at.start(cash_within=30.0)
    slow = at.scene.begin(gab.visit, Scripted(at.card, [CASH], leaves_at={State.PRESENTED}))
    second = at.scene.begin(gab.balance, at.card)
    at.world.advance(20)
    assert (gab.state, second.called) == (State.PRESENTED, False)
    at.world.run_until(second)
    assert slow.called


def test_the_screen_speaks_the_customers_language(at):
    gab, said = at.start(), {}
    gab.on_state(lambda state: said.setdefault(state, gab.screen))
    at.do(gab.visit, Scripted(at.card, [CASH], language="en"))
    assert said[State.PRESENTED] == "Take your cash"
