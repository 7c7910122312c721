"""What is chosen beside cash: another PIN, codes, money to a phone, the creditor's own form."""

import pytest

from simulator.gab.choices import Bill, CollectCash, PinChange, SendCash, Withdrawal
from simulator.gab.customer import Scripted
from simulator.gab.gab import Gab
from simulator.gab.states import State
from simulator.terminal.forms import Form, FormField, Forms
from switch.link import answer_to

PHONE = "0612345678"
FORM = Form(
    (
        FormField("number", {"fr": "Numéro", "ar": "رقم", "en": "Number"}, max_length=10),
        FormField(
            "amount", {"fr": "Montant", "ar": "مبلغ", "en": "Amount"}, "select", values=("10", "20")
        ),
    )
)
OWED = {"05": "A1=6050|B1=14900", "09": "Deux factures"}


def new_pin(at, gab, *new_pins, pin="1234"):
    return at.do(gab.visit, Scripted(at.card, [PinChange()], pins=(pin,), new_pins=new_pins))[-1]


@pytest.fixture
def gab(at):
    return at.start()


def test_a_pin_change_carries_the_old_pin_and_the_new(at, gab):
    gab._desk.new_pin_data = lambda card, pin, new: {"52": pin + "0" * 12, "53": new + "0" * 12}
    result = new_pin(at, gab, "9876", "9876")
    asked = at.host.received[0]
    assert (result.operation, result.outcome) == ("change_pin", "approved")
    assert (asked.mti, asked["3"], asked["52"][:4], asked["53"][:4]) == (
        *("0100", "920000"),
        *("1234", "9876"),
    )


def test_after_a_pin_change_the_new_one_is_the_sessions(at, gab):
    gab._desk.card_data = lambda card, pin: {"52": pin + "0" * 12}
    gab._desk.new_pin_data = lambda card, pin, new: {"52": pin + "0" * 12}
    script = Scripted(
        at.card, [PinChange(), Withdrawal(20_000)], pins=("1234",), new_pins=("9876", "9876")
    )
    at.do(gab.visit, script)
    assert [m["52"][:4] for m in at.host.received] == ["1234", "9876"]


@pytest.mark.parametrize(
    ("new_pins", "words"),
    [
        (("9876", "9875"), "not the same"),
        (("987", "987"), "4 to 12 digits"),
        (("98x6", "98x6"), "4 to 12 digits"),
        (("1234", "1234"), "the old one"),
        ((), "cancelled"),
    ],
)
def test_a_new_pin_that_will_not_do_never_leaves(at, gab, new_pins, words):
    result = new_pin(at, gab, *new_pins)
    assert result.outcome == "declined"
    assert words in result.words
    assert at.host.received == []


def test_a_new_pin_is_asked_for_again(at, gab):
    result = new_pin(at, gab, "9876", "9875", "9876", "9876")
    assert (result.outcome, at.host.types) == ("approved", ["0100"])


def test_no_pin_is_in_any_file(at, gab):
    new_pin(at, gab, "9876", "9876")
    kept = [path.read_text() for path in at.scene.folder.rglob("*") if path.is_file()]
    assert not any("9876" in text for text in kept)


def test_a_payment_code_is_looked_at_then_paid(at, gab):
    at.host.script = lambda m: answer_to(
        m,
        "00",
        **({"de4": "000000020950", "de48": OWED} if m.mti == "0100" else {"de48": {"06": "S1"}}),
    )
    result = at.do(gab.pay_code, at.card, "700000000001")
    enquiry, payment = at.host.received
    assert (result.operation, result.amount_minor, result.settlement_reference) == (
        *("pay_code", 20_950),
        "S1",
    )
    assert (enquiry["48"], payment["48"]) == ({"07": "700000000001"},) * 2
    assert payment["4"] == "000000020950"


def test_a_code_that_is_unknown_pays_nothing(at, gab):
    at.host.script = lambda m: answer_to(m, "25")
    result = at.do(gab.pay_code, at.card, "700000000009")
    assert (result.outcome, at.host.types) == ("declined", ["0100"])


def test_money_is_sent_to_a_phone_from_the_account(at, gab):
    at.host.script = lambda m: answer_to(m, "00", de48={"04": "300000000001"})
    result = at.do(gab.send_cash, at.card, PHONE, 30_000)
    asked = at.host.received[0]
    assert (result.outcome, result.reference) == ("approved", "300000000001")
    assert (asked["3"], asked["48"]) == ("900000", {"11": PHONE})
    assert at.last("done")["operation"] == "send_cash"


def test_cash_is_collected_without_a_card(at, gab, in_balance):
    seen = []
    gab.on_state(lambda state: seen.append(state.value))
    result = at.do(gab.collect, PHONE, "12345678", 30_000)
    asked = at.host.received[0]
    assert (result.outcome, result.notes, result.card) == ("approved", {200: 1, 100: 1}, "")
    assert ("2" in asked, asked["48"]) == (False, {"11": PHONE, "12": "12345678"})
    assert seen[:2] == ["menu", "amount"]
    assert "card_returned" not in at.names()
    assert in_balance(gab.cassettes)


def test_the_code_of_a_collection_is_kept_nowhere(at, gab):
    at.host.script = at.host.only("4", at.host.ignore)
    at.scene.begin(gab.collect, PHONE, "12345678", 30_000)
    at.world.advance(1)
    kept = [path.read_text() for path in at.scene.folder.rglob("*") if path.is_file()]
    assert not any("12345678" in text.replace(PHONE, "") for text in kept)
    assert "12345678" not in repr(CollectCash(1, PHONE, "12345678")).replace(PHONE, "")


def test_a_collection_that_nobody_answers_is_reversed(at, gab):
    at.host.script = at.host.only("4", at.host.ignore)
    result = at.do(gab.collect, PHONE, "12345678", 30_000)
    at.quiet(gab)
    assert (result.outcome, at.host.types) == ("in_doubt", ["0200", "0420"])
    assert at.given_minor() == at.stands_minor() == 0


def test_an_amount_that_the_notes_cannot_make_is_not_collected(at, gab):
    result = at.do(gab.collect, PHONE, "12345678", 3_000)
    assert (result.outcome, at.host.received) == ("declined", [])


@pytest.mark.parametrize("choice", [SendCash(1, PHONE), PinChange(), Withdrawal(20_000)])
def test_what_moves_an_account_needs_a_card(at, gab, choice):
    (result,) = at.do(gab.visit, Scripted(None, [choice]))
    assert (result.words, at.host.received) == ("a card is needed", [])


class TestForms:
    @pytest.fixture
    def gab(self, at):
        def with_forms(*arguments, **more):
            return Gab(*arguments, **more, forms=Forms({("1002", "02"): FORM}))

        gab = at.scene._start("GAB00001", with_forms, at.settings)
        at.do(gab.when_ready)
        return gab

    def ask(self, at, gab, language="fr", **form):
        bill = Bill("1002", "02", form)
        return at.do(gab.visit, Scripted(at.card, [bill], language=language))[-1]

    @pytest.mark.parametrize(
        ("form", "label"),
        [
            ({"number": "06", "amount": "15"}, "Montant"),
            ({"amount": "10"}, "Numéro"),
            ({"number": "0" * 11, "amount": "10"}, "Numéro"),
            ({"number": "06", "amount": "10", "colour": "red"}, "colour"),
        ],
    )
    def test_what_does_not_fit_the_form_is_refused_before_any_message(self, at, gab, form, label):
        result = self.ask(at, gab, **form)
        assert (result.outcome, result.words) == ("declined", f"not as the form asks: {label}")
        assert at.host.received == []

    def test_what_fits_is_sent(self, at, gab):
        self.ask(at, gab, number="06", amount="10")
        assert at.host.received[0]["48"]["03"] == "number=06|amount=10"

    def test_the_screen_lists_the_fields_in_the_customers_language(self, at, gab):
        shown = []

        class Reader(Scripted):
            async def form(self, bill, complaint):
                shown.append(gab.lines)
                return await Scripted.form(self, bill, complaint)

        at.do(gab.visit, Reader(at.card, [Bill("1002", "02", {"number": "06"})], language="en"))
        assert shown[0] == ("Number", "Amount (10, 20)")

    def test_a_form_that_the_gab_does_not_know_is_the_cores_business(self, at, gab):
        at.do(gab.enquire_bill, at.card, "1001", "01", {"contract": "?"})
        assert at.host.types == ["0100"]


def test_amounts_that_can_be_paid_instead_are_on_the_screen(at, gab):
    shown = []

    class Reader(Scripted):
        async def amount(self, wanted_minor, offered_minor):
            shown.append(gab.lines)
            return await Scripted.amount(self, wanted_minor, offered_minor)

    reader = Reader(at.card, [Withdrawal(3_000)], takes_offer=True)
    (result,) = at.do(gab.visit, reader)
    assert (result.outcome, result.amount_minor) == ("approved", 2_000)
    assert shown == [(), ("20,00 MAD", "40,00 MAD")]
    assert gab.lines == ()
    assert gab.state is State.IDLE
