"""What a customer gets of a GAB, by what the switch answers."""

import pytest

from switch.link import answer_to
from switch.wire import Message


def cash_out(scene) -> int:
    return sum(event["amount_minor"] for event in scene.events() if event["event"] == "dispense")


@pytest.fixture
def gab(scene):
    gab = scene.gab()
    scene.do(gab.when_ready)
    return gab


def test_an_approved_withdrawal_gives_the_notes(scene, gab):
    result = scene.do(gab.withdraw, scene.card, 37000)
    assert result.outcome == "approved"
    assert result.notes == {200: 1, 100: 1, 50: 1, 20: 1}
    assert result.approval_code == "123456"
    assert cash_out(scene) == 37000


def test_the_request_says_who_where_and_when(scene, gab):
    scene.do(gab.withdraw, scene.card, 20000)
    assert scene.host.received == [
        Message(
            {
                "t": "0200",
                "2": "9504020000000018",
                "3": "010000",
                "4": "000000020000",
                "7": "1124090000",
                "11": "000002",
                "12": "100000",
                "13": "1124",
                "14": "3112",
                "18": "6011",
                "22": "051",
                "25": "02",
                "32": "504001",
                "37": "632809000002",
                "41": "GAB00001",
                "42": "AGENCE000000001",
                "49": "504",
            }
        )
    ]


def test_a_refusal_gives_nothing_and_owes_nothing(scene, gab):
    scene.host.script = lambda m: answer_to(m, "51")
    result = scene.do(gab.withdraw, scene.card, 20000)
    assert (result.outcome, result.words, result.notes) == ("declined", "insufficient funds", {})
    assert (cash_out(scene), scene.pending(), gab.reversals_owed) == (0, [], 0)


def test_an_amount_the_notes_cannot_make_never_leaves(scene, gab):
    result = scene.do(gab.withdraw, scene.card, 3000)
    assert (result.outcome, result.response_code) == ("declined", "")
    assert "20.00 or 40.00" in result.words
    assert scene.host.received == []


def test_no_answer_is_in_doubt_without_cash_and_is_reversed(scene, gab):
    scene.host.script = scene.host.only("4", scene.host.ignore)
    result = scene.do(gab.withdraw, scene.card, 20000)
    assert (result.outcome, result.notes) == ("in_doubt", {})
    assert result.elapsed_s == pytest.approx(10)
    scene.world.run_until(gab.when_quiet())
    assert scene.host.types == ["0200", "0420"]
    assert (cash_out(scene), scene.pending()) == (0, [])


def test_the_reversal_names_its_original_and_no_card(scene, gab):
    scene.host.script = scene.host.only("4", scene.host.ignore)
    scene.do(gab.withdraw, scene.card, 20000)
    scene.world.run_until(gab.when_quiet())
    original, reversal = scene.host.received
    assert "2" not in reversal
    assert reversal["90"] == "0200" + original["11"] + original["7"] + "00000504001" + "0" * 11
    assert reversal["11"] != original["11"]
    for element in ("3", "4", "12", "13", "32", "37", "41", "42", "49"):
        assert reversal[element] == original[element]


def test_an_answer_that_comes_too_late_is_never_acted_on(scene, gab):
    def late(message):
        if message.mti == "0200":
            session = next(iter(scene.host._listener.sessions))
            reactor = scene.world.process("host").reactor
            reactor.callLater(11, session._answer, answer_to(message, "00"), message)
            return None
        return answer_to(message, "00")

    scene.host.script = late
    result = scene.do(gab.withdraw, scene.card, 20000)
    scene.world.advance(30)
    assert result.outcome == "in_doubt"
    assert cash_out(scene) == 0
    assert scene.host.types == ["0200", "0420"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"4": "000000010000"}, "approves 000000010000 where 000000020000 was asked"),
        ({"39": "10"}, "approved for a partial amount"),
        ({"39": "08"}, "honour with identification"),
        ({"3": "210000"}, "is about 210000, not 010000"),
    ],
)
def test_an_approval_of_something_else_is_reversed_and_pays_nothing(scene, gab, wrong, words):
    def approve_wrongly(message):
        answer = answer_to(message, "00")
        answer.update(wrong)
        return answer

    scene.host.script = scene.host.only("4", approve_wrongly)
    result = scene.do(gab.withdraw, scene.card, 20000)
    scene.world.run_until(gab.when_quiet())
    assert result.outcome == "in_doubt"
    assert words in result.words
    assert cash_out(scene) == 0
    assert scene.host.types == ["0200", "0420"]


@pytest.mark.parametrize("element", ["4", "39"])
def test_an_approval_without_its_amount_or_its_code_decides_nothing(scene, gab, element):
    scene.host.script = scene.host.only(
        "4", lambda m: Message({k: v for k, v in answer_to(m, "00").items() if k != element})
    )
    result = scene.do(gab.withdraw, scene.card, 20000)
    assert (result.outcome, cash_out(scene)) == ("in_doubt", 0)


def test_a_line_that_is_down_declines_at_once_and_owes_nothing(scene, gab):
    scene.host.hang_up()
    scene.world.advance(0.01)
    result = scene.do(gab.withdraw, scene.card, 20000)
    assert result.outcome == "declined"
    assert result.words.startswith("not sent: link GAB00001 is down")
    assert (scene.pending(), gab.reversals_owed) == ([], 0)


def test_a_line_lost_while_waiting_is_in_doubt(scene, gab):
    scene.host.script = scene.host.only("4", scene.host.ignore)
    waiting = scene.begin(gab.withdraw, scene.card, 20000)
    scene.world.advance(1)
    scene.host.hang_up()
    result = scene.world.run_until(waiting)
    assert (result.outcome, result.elapsed_s < 2) == ("in_doubt", True)
    scene.world.run_until(gab.when_quiet())
    assert scene.host.types == ["0200", "0420"]


def test_customers_wait_for_each_other(scene, gab):
    first = scene.begin(gab.withdraw, scene.card, 20000)
    second = scene.begin(gab.balance, scene.card)
    scene.world.run_until(second)
    assert first.called
    assert [m["11"] for m in scene.host.received] == ["000002", "000003"]


def test_a_balance_is_read_from_additional_amounts(scene, gab):
    balances = "0001504C000000500000" + "0002504D000000000150"
    scene.host.script = lambda m: answer_to(m, "00", de54=balances)
    result = scene.do(gab.balance, scene.card)
    assert (result.ledger_minor, result.available_minor) == (500_000, -150)


def test_an_enquiry_without_answer_is_in_doubt_and_owes_no_reversal(scene, gab):
    scene.host.script = scene.host.ignore
    result = scene.do(gab.balance, scene.card)
    scene.world.advance(120)
    assert (result.outcome, gab.reversals_owed) == ("in_doubt", 0)
    assert scene.host.types == ["0100"]


def test_a_mini_statement_gives_its_lines(scene, gab):
    lines = "24/11 retrait -200.00|23/11 d%C3%A9p%C3%B4t +500.00"
    scene.host.script = lambda m: answer_to(m, "00", de48={"10": lines})
    result = scene.do(gab.mini_statement, scene.card)
    assert result.lines == ("24/11 retrait -200.00", "23/11 dépôt +500.00")


def test_a_transfer_names_both_accounts(scene, gab):
    here, there = "999780000000000000100112", "999780000000000000200209"
    result = scene.do(gab.transfer, scene.card, here, there, 12_345)
    asked = scene.host.received[0]
    assert result.outcome == "approved"
    assert (asked["3"], asked["102"], asked["103"], asked["4"]) == (
        "400000",
        here,
        there,
        "000000012345",
    )


def test_a_deposit_counts_when_it_is_approved(scene, gab):
    result = scene.do(gab.deposit, scene.card, {200: 2, 20: 1})
    taken = [event for event in scene.events() if event["event"] == "deposit"]
    assert (result.outcome, result.amount_minor) == ("approved", 42_000)
    assert [event["amount_minor"] for event in taken] == [42_000]


def test_a_deposit_in_doubt_counts_nothing_and_is_reversed(scene, gab):
    scene.host.script = scene.host.only("4", scene.host.ignore)
    result = scene.do(gab.deposit, scene.card, {200: 2})
    scene.world.run_until(gab.when_quiet())
    assert result.outcome == "in_doubt"
    assert "deposit" not in scene.event_names()
    assert scene.host.types == ["0200", "0420"]


@pytest.mark.parametrize("notes", [{10: 1}, {200: -1}, {}, {20: 201}])
def test_what_is_no_pile_of_notes_is_refused_before_any_message(scene, gab, notes):
    assert scene.do(gab.deposit, scene.card, notes).outcome == "declined"
    assert scene.host.received == []


def test_a_bill_is_enquired_about_and_paid_by_card(scene, gab):
    found = {"04": "000000000077", "05": "A1=35075|A2=12000", "08": "contract=00123456"}
    scene.host.script = lambda m: answer_to(m, "00", de4="000000047075", de48=found)
    owed = scene.do(gab.enquire_bill, None, "1001", "01", {"contract": "00123456"})
    assert owed.amount_minor == 47_075
    assert [(a.id, a.amount_minor) for a in owed.articles] == [("A1", 35_075), ("A2", 12_000)]
    scene.host.script = lambda m: answer_to(m, "00", de48={"06": "S1"})
    paid = scene.do(gab.pay_bill, scene.card, "1001", "01", owed, ["A1"])
    asked = scene.host.received[-1]
    assert (paid.outcome, paid.settlement_reference) == ("approved", "S1")
    assert (asked["3"], asked["4"], asked["18"]) == ("500000", "000000035075", "4900")
    assert asked["48"] == {
        "01": "1001",
        "02": "01",
        "04": "000000000077",
        "05": "A1=35075",
        "08": "contract=00123456",
    }


def test_a_bill_that_owes_nothing_cannot_be_paid(scene, gab):
    scene.host.script = lambda m: answer_to(m, "00", de48={"04": "000000000078"})
    owed = scene.do(gab.enquire_bill, None, "1001", "01", {"contract": "00000000"})
    paid = scene.do(gab.pay_bill, scene.card, "1001", "01", owed)
    assert (paid.outcome, paid.words) == ("declined", "nothing is owed")
    assert scene.host.types == ["0100"]


def test_a_journal_that_cannot_be_written_lets_nothing_leave(scene, gab):
    gab.journal.unlink()
    gab.journal.mkdir()
    result = scene.do(gab.withdraw, scene.card, 20000)
    assert result.outcome == "declined"
    assert result.words.startswith("not sent: the journal cannot be written")
    assert scene.host.received == []


def test_without_a_journal_line_no_cash_leaves_and_the_approval_is_reversed(scene, gab):
    def approve_and_break(message):
        if message.mti == "0200":
            gab.journal.rename(gab.journal.with_suffix(".kept"))
            gab.journal.mkdir()
        else:
            gab.journal.rmdir()
            gab.journal.with_suffix(".kept").rename(gab.journal)
        return answer_to(message, "00")

    scene.host.script = approve_and_break
    before = dict(gab.cassettes.stock)
    result = scene.do(gab.withdraw, scene.card, 20000)
    assert result.outcome == "in_doubt"
    assert gab.cassettes.stock == before
    gab.journal.rmdir()
    gab.journal.with_suffix(".kept").rename(gab.journal)
    scene.host.script = scene.host.approve
    scene.world.run_until(gab.when_quiet(), 120)
    assert cash_out(scene) == 0


def test_the_journal_shows_no_card_number(scene, gab):
    scene.do(gab.withdraw, scene.card, 20000)
    text = gab.journal.read_text()
    assert scene.card.pan not in text
    assert "950402******0018" in text


def test_a_stopped_gab_leaves_nothing_under_way(scene, gab):
    waiting = scene.begin(gab.withdraw, scene.card, 20000)
    scene.host.script = scene.host.ignore
    scene.world.advance(1)
    scene.do(gab.stop)
    assert scene.world.run_until(waiting).outcome == "in_doubt"
    assert len(scene.pending()) == 1
