"""What the issuer answers, and what that moves."""

from datetime import UTC, datetime

import pytest

from switch.keys.chips import ChipOutcome, ChipRange

LOST, STOLEN, OVER = "9504020000000034", "9504020000000042", "9504020000000059"
POOR = "9504020000000026"


def test_a_withdrawal_is_approved_and_debited(books, withdrawal):
    answer = books.ask(withdrawal())
    assert (answer.mti, answer["39"], answer["38"], answer["15"]) == (
        "0210",
        "00",
        "000001",
        "1124",
    )
    assert books.balance_minor() == 480_000


def test_a_purchase_is_too(books, withdrawal):
    assert books.code(withdrawal(de3="000000")) == "00"
    assert books.balance_minor() == 480_000


def test_an_answer_echoes_its_request(books, withdrawal):
    request = withdrawal()
    answer = books.ask(request)
    assert all(answer[key] == request[key] for key in request if key != "t")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"de2": "9504020000000067"}, "14"),
        ({"de2": LOST}, "41"),
        ({"de2": STOLEN}, "43"),
        ({"de2": OVER}, "54"),
        ({"de14": "2610"}, "54"),
        ({"de2": POOR}, "51"),
        ({"de49": "978"}, "12"),
        ({"de4": "000000000000"}, "13"),
        ({"de3": "400000"}, "57"),
        ({"de3": "990000"}, "12"),
        ({"t": "0220", "de2": "9504020000000067"}, "14"),
        ({"de2": None}, "30"),
        ({"de12": None}, "30"),
    ],
)
def test_a_refusal_says_why_and_moves_nothing(books, withdrawal, changes, code):
    assert books.code(withdrawal(**changes)) == code
    assert (books.balance_minor(), books.balance_minor("0026")) == (500_000, 8_000)


def test_an_advice_is_posted_whatever_the_account_holds(books, withdrawal):
    assert books.code(withdrawal("000001", 9_000, t="0220", de2=POOR)) == "00"
    assert books.balance_minor("0026") == -1_000


def test_an_advice_is_posted_once_and_answered_again(books, withdrawal):
    for mti in ("0220", "0220", "0221"):
        answer = books.ask(withdrawal(t=mti))
        assert (answer.mti, answer["39"]) == ("0230", "00")
    assert books.balance_minor() == 480_000


def test_an_advice_of_what_was_declined_is_posted_for_it_was_done(books, withdrawal):
    declined = withdrawal("000001", 9_000, de2=POOR)
    assert books.code(declined) == "51"
    for mti in ("0220", "0221"):
        assert books.code(withdrawal("000001", 9_000, de2=POOR, t=mti)) == "00"
    assert books.balance_minor("0026") == -1_000


@pytest.mark.parametrize(("said", "holds"), [("1123", "1123"), ("9999", "1124"), (None, "1124")])
def test_an_advice_is_of_the_business_date_that_it_says(books, withdrawal, said, holds):
    assert books.ask(withdrawal(t="0220", de15=said))["15"] == holds


def test_an_advice_can_be_reversed(books, withdrawal, reversal_of):
    advice = withdrawal(t="0220")
    books.ask(advice)
    assert books.code(reversal_of(advice)) == "00"
    assert books.balance_minor() == 500_000


def test_the_last_centime_can_be_taken_and_not_one_more(books, withdrawal):
    assert books.code(withdrawal("000001", 8_000, de2=POOR)) == "00"
    assert books.code(withdrawal("000002", 1, de2=POOR)) == "51"


def test_a_card_is_good_through_the_last_day_of_its_month_in_morocco(books, withdrawal):
    last_minute = datetime(2026, 10, 31, 22, 59, tzinfo=UTC)
    midnight = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    assert books.code(withdrawal("000001", de2=OVER), last_minute) == "00"
    assert books.code(withdrawal("000002", de2=OVER), midnight) == "54"


def test_a_balance_gives_ledger_and_available(books, withdrawal):
    answer = books.ask(withdrawal(t="0100", de3="310000", de4="000000000000"))
    assert (answer["39"], answer["54"]) == (
        "00",
        "0001504C000000500000" + "0002504C000000500000",
    )


def test_a_repeat_gets_the_stored_answer_and_posts_nothing(books, withdrawal):
    first = books.ask(withdrawal())
    repeat = books.ask(withdrawal(t="0201", de7="1124120030"))
    assert (repeat["38"], repeat["39"], repeat["7"]) == (first["38"], "00", "1124120030")
    assert books.balance_minor() == 480_000


def test_a_repeat_of_what_never_came_is_done(books, withdrawal):
    assert books.code(withdrawal(t="0201")) == "00"
    assert books.balance_minor() == 480_000


def test_the_same_request_under_its_first_type_is_a_duplicate(books, withdrawal):
    books.ask(withdrawal())
    assert books.code(withdrawal(de7="1124120030")) == "94"
    assert books.balance_minor() == 480_000


@pytest.mark.parametrize("change", [{"stan": "000002"}, {"de41": "GAB00002"}, {"de12": "130001"}])
def test_another_key_is_another_transaction(books, withdrawal, change):
    books.ask(withdrawal())
    assert books.code(withdrawal(**change)) == "00"
    assert books.balance_minor() == 460_000


@pytest.mark.parametrize("mti", ["0400", "0401", "0420", "0421"])
def test_a_reversal_gives_the_money_back(books, withdrawal, reversal_of, mti):
    books.ask(withdrawal())
    assert books.code(reversal_of(withdrawal(), mti)) == "00"
    assert books.balance_minor() == 500_000


def test_a_second_reversal_is_acknowledged_and_moves_nothing(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    codes = [books.code(reversal_of(withdrawal(), mti)) for mti in ("0420", "0421", "0400")]
    assert (codes, books.balance_minor()) == (["00"] * 3, 500_000)


def test_a_partial_reversal_gives_the_difference_back(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    partial = reversal_of(withdrawal(), de95=f"{15_000:012}" + "0" * 30)
    assert books.code(partial) == "00"
    assert books.code(reversal_of(withdrawal())) == "00"
    assert books.balance_minor() == 485_000


def test_a_partial_reversal_cannot_leave_more_than_was_taken(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    assert books.code(reversal_of(withdrawal(), de95=f"{20_001:012}" + "0" * 30)) == "13"
    assert books.balance_minor() == 480_000


def test_an_original_that_comes_after_its_reversal_is_refused(books, withdrawal, reversal_of):
    assert books.code(reversal_of(withdrawal())) == "00"
    assert books.code(withdrawal()) == "12"
    assert books.code(withdrawal(t="0201", de7="1124120030")) == "12"
    assert books.balance_minor() == 500_000


def test_a_late_repeat_with_another_time_is_refused_too(books, withdrawal, reversal_of):
    books.ask(reversal_of(withdrawal()))
    assert books.code(withdrawal(t="0201", de7="1124120030")) == "12"
    assert books.balance_minor() == 500_000


def test_a_repeat_of_what_was_reversed_is_not_approved_again(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    books.ask(reversal_of(withdrawal()))
    assert books.code(withdrawal(t="0201")) == "12"


def test_a_reversal_may_name_the_time_of_a_repeat(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    books.ask(withdrawal(t="0201", de7="1124120030"))
    named = reversal_of(withdrawal(de7="1124120030"))
    del named["12"], named["13"]
    assert books.code(named) == "00"
    assert books.balance_minor() == 500_000


def test_a_reversal_of_another_terminal_touches_nothing(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    assert books.code(reversal_of(withdrawal(), de41="GAB00002")) == "00"
    assert books.balance_minor() == 480_000


def test_reversing_a_refusal_moves_nothing(books, withdrawal, reversal_of):
    books.ask(withdrawal(de2=POOR))
    assert books.code(reversal_of(withdrawal())) == "00"
    assert books.balance_minor("0026") == 8_000


@pytest.mark.parametrize("original_data", ["0800" + "0" * 38, "0" * 42])
def test_a_reversal_of_no_financial_message_is_a_format_error(
    books, withdrawal, reversal_of, original_data
):
    assert books.code(reversal_of(withdrawal(), de90=original_data)) == "30"


def test_no_card_number_is_kept_in_clear(books, withdrawal, reversal_of):
    books.ask(withdrawal())
    books.ask(reversal_of(withdrawal()))
    with books.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert "950402******0018" in dump
    assert "9504020000000018" not in dump


def chip_of(counter, verdict="right"):
    known = ChipRange("9504", "visa-18", "imk", refuse_with="05")
    return ChipOutcome(verdict, counter, range=known)


def test_a_cryptogram_counts_once_and_a_lower_counter_is_refused(books, withdrawal):
    codes = [
        books.code(withdrawal(f"{place:06}"), chip=chip_of(counter))
        for place, counter in enumerate((7, 7, 6, 9), start=1)
    ]
    assert (codes, books.balance_minor()) == (["00", "05", "05", "00"], 460_000)


def test_a_repeat_is_answered_as_before_though_its_counter_is_known(books, withdrawal):
    assert books.code(withdrawal(), chip=chip_of(7)) == "00"
    assert books.code(withdrawal(t="0201"), chip=chip_of(7)) == "00"
    assert books.balance_minor() == 480_000


@pytest.mark.parametrize(
    ("verdict", "code"), [("wrong", "05"), ("unreadable", "30"), ("unverifiable", "96")]
)
def test_a_chip_that_is_not_trusted_moves_nothing(books, withdrawal, verdict, code):
    assert books.code(withdrawal(), chip=chip_of(7, verdict)) == code
    assert books.balance_minor() == 500_000
    assert books.code(withdrawal("000002"), chip=chip_of(7)) == "00"
