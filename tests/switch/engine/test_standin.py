"""While an issuer is away the switch decides by its rules, and tells the issuer afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from switch.engine.counts import NO_COUNTS
from switch.engine.refused_cards import RefusedCardsError, read_refused_cards
from switch.engine.request import Request
from switch.engine.settlement_book import day_totals
from switch.engine.standin import StandIn
from switch.link import NoAnswerError, NotSentError, SameKeyError, answer_to
from switch.settings.network import SwitchFile
from switch.settings.standin import StandInSettings
from switch.wire import Message

SILENT = NoAnswerError("no answer within 6 s")
DOWN = NotSentError("link issuer is down")
THEIRS = "9504020000000018"
RULE = {
    "cards": ["950402"],
    "operations": ["withdrawal"],
    "when": ["down", "silent", "inoperative"],
    "amount_max": "300.00",
    "day_amount_max": "500.00",
    "day_count_max": "3",
    "advice": {"39": "00", "60": "STAND-IN {reason}"},
}

Ready = Callable[..., Any]


@pytest.fixture
def ready(bench: Any) -> Ready:
    """Gives the bench with this rule, and more of it."""

    def made(**more: Any) -> Any:
        network = {**bench.network, "switch": dict(bench.network["switch"])}
        network["switch"]["stand_in"] = {"visitors": {**RULE, **more}}
        bench.settings = SwitchFile.model_validate(network)
        bench.close()
        bench.open()
        return bench

    return made


def back(bench: Any, code: str = "00") -> None:
    """The issuer is there again, and answers everything with `code`."""
    bench.issuer.up = True
    bench.issuer.script = lambda message: answer_to(message, code)
    bench.saf["issuer"].kick()


def codes(bench: Any, *amounts: int) -> list[str]:
    """What a card is answered that asks for these amounts, in whole units, one after the other."""
    return [
        bench.ask(bench.message(de11=f"{n:06}", de4=f"{amount * 100:012}")).code
        for n, amount in enumerate(amounts, len(bench.rows("transactions")) + 1)
    ]


def test_without_rules_nothing_is_decided_here(bench: Any) -> None:
    bench.issuer.up = False
    assert (bench.ask(bench.message()).code, bench.only()["state"]) == ("91", "declined")


def test_what_is_approved_here_is_told_to_the_issuer_when_it_is_back(ready: Ready) -> None:
    bench = ready()
    bench.issuer.up = False
    asked = bench.ask(bench.message(de14="2912", de55="9F2608AABB"))
    assert (asked.code, asked.answer.text(38), asked.answer.text(15)) == ("00", "S00001", "1124")
    row = bench.only()
    assert (row["state"], row["reason"]) == (
        "stood_in",
        "approved here by visitors: issuer is down",
    )
    assert bench.events[-1] == "approved here in place of its destination"
    assert bench.counted == ["visitors: approved"]
    back(bench)
    (advice,) = bench.issuer.asked
    told = [advice.text(n) for n in ("t", "2", "4", "11", "15", "38", "39", "60")]
    assert told == [
        *("0220", THEIRS, "000000020000", "000001", "1124", "S00001", "00"),
        "STAND-IN down",
    ]
    assert not {"35", "52", "55", "90"} & advice.keys()
    assert (bench.only()["state"], bench.owed) == ("advised", 0)


def test_it_counts_in_the_totals_of_the_day_before_and_after_the_issuer_is_told(
    ready: Ready,
) -> None:
    bench = ready()
    bench.issuer.up = False
    bench.ask(bench.message())

    def debits() -> tuple[str, str]:
        with bench.engine().begin() as connection:
            totals = day_totals(connection, "issuer", date(2026, 11, 24), of_acquirer=False)
        elements = totals.elements()
        return elements["76"], elements["88"]

    counted = debits()
    assert (int(counted[0]), int(counted[1])) == (1, 20_000)
    back(bench)
    assert (bench.only()["state"], debits()) == ("advised", counted)


def test_what_left_may_be_decided_here_and_its_advice_names_it(ready: Ready) -> None:
    bench = ready()
    asked = bench.ask(bench.message())
    bench.issuer.fail(SILENT)
    assert (asked.code, bench.only()["state"]) == ("00", "stood_in")
    advice = bench.issuer.asked[-1]
    assert (advice.mti, advice.text(60)) == ("0220", "STAND-IN silent")
    assert advice.text(90) == "0200" + "000001" + "1124103601" + "00000504001" + "0" * 11


def test_an_issuer_that_answers_91_is_away_too(ready: Ready) -> None:
    bench = ready()
    asked = bench.ask(bench.message())
    bench.issuer.answer("91")
    assert (asked.code, bench.only()["state"]) == ("00", "stood_in")
    assert bench.issuer.asked[-1].text(60) == "STAND-IN inoperative"
    kept = [(row["direction"], row["mti"]) for row in bench.rows("switch_messages")]
    assert kept[:4] == [("in", "0200"), ("out", "0200"), ("in", "0210"), ("out", "0210")]


def test_a_rule_decides_only_when_it_says_so(ready: Ready) -> None:
    bench = ready(when=["down"])
    bench.issuer.script = lambda message: SILENT
    assert (bench.ask(bench.message()).code, bench.only()["state"]) == ("91", "in_doubt")
    bench.issuer.script = lambda message: DOWN
    assert codes(bench, 200) == ["00"]
    bench.issuer.script = lambda message: SameKeyError("one is under way")
    assert codes(bench, 100) == ["91"], "what may be under way is not decided twice"


def test_what_the_rule_does_not_name_is_91(ready: Ready) -> None:
    bench = ready(operations=["purchase"])
    bench.issuer.up = False
    assert codes(bench, 200) == ["91"]


@pytest.mark.parametrize(("unchecked", "decides"), [("false", None), ("true", "visitors")])
def test_a_pin_goes_unchecked_only_where_the_rule_says_so(
    unchecked: str, decides: str | None
) -> None:
    rule = StandInSettings.model_validate({**RULE, "pins_unchecked": unchecked})
    journal: Any = None
    stand_in = StandIn({"visitors": rule}, "504", journal, None, NO_COUNTS)
    request = Request(
        message=Message({"t": "0200", "52": "0" * 16}),
        operation="withdrawal",
        pan=THEIRS,
        amount_minor=200_00,
        currency="504",
        acquirer="504001",
        terminal="GAB00001",
    )
    assert stand_in.rule_of(request, "down") == decides


def test_limits_of_a_transaction_and_of_a_day_hold_and_survive_a_restart(ready: Ready) -> None:
    bench = ready()
    bench.issuer.up = False
    assert codes(bench, 301, 300) == ["61", "00"]
    bench.close()
    bench.open()
    assert codes(bench, 201, 100, 100, 1) == ["61", "00", "00", "65"]
    assert bench.rows("transactions")[0]["reason"].startswith("refused here by visitors: over amo")
    other = bench.message(de2="9504020000000026", de11="000090")
    assert bench.ask(other).code == "00", "limits are a card's own"
    bench.clock.advance(86_400)
    assert codes(bench, 300) == ["00"], "and a day's"


def test_what_is_reversed_gives_its_amount_back_and_not_its_number(ready: Ready) -> None:
    bench = ready(amount_max="500.00")
    bench.issuer.up = False
    message = bench.message(de4="000000050000")
    assert bench.ask(message).code == "00"
    bench.ask(bench.reversal(message))
    assert codes(bench, 250, 250, 1) == ["00", "00", "65"]


def test_a_reversal_goes_the_same_way_after_the_advice(ready: Ready) -> None:
    bench = ready()
    bench.issuer.up = False
    message = bench.message()
    bench.ask(message)
    assert bench.ask(bench.reversal(message)).code == "00"
    assert bench.only()["state"] == "reversing"
    back(bench)
    assert bench.issuer.types == ["0220", "0420"]
    assert bench.issuer.asked[1].text(90).startswith("0220000001")
    assert (bench.only()["state"], bench.owed, bench.rows("pending")) == ("reversed", 0, [])


def test_a_reversal_that_comes_before_the_decision_wins(ready: Ready) -> None:
    bench = ready()
    message = bench.message()
    asked = bench.ask(message)
    bench.ask(bench.reversal(message))
    bench.issuer.fail(SILENT)  # of the reversal
    bench.issuer.waiting[0].errback(SILENT)
    assert (asked.code, bench.only()["state"]) == ("68", "reversing")
    assert bench.rows("stood_in") == []


def test_an_advice_that_the_issuer_declines_waits_for_a_person(ready: Ready) -> None:
    bench = ready()
    bench.issuer.up = False
    bench.ask(bench.message())
    back(bench, "51")
    assert bench.only()["state"] == "exception"
    assert [row["status"] for row in bench.rows("owed")] == ["aside"]


def test_a_repeat_gets_the_same_answer_and_counts_once(ready: Ready) -> None:
    bench = ready(day_count_max="1")
    bench.issuer.up = False
    bench.ask(bench.message())
    repeat = bench.ask(bench.message("0201", de7="1124103605"))
    assert (repeat.code, repeat.answer.text(38)) == ("00", "S00001")


def test_cards_of_the_negative_file_are_refused_and_it_is_read_again(
    ready: Ready, tmp_path: Path
) -> None:
    file = tmp_path / "refused.txt"
    file.write_text(f"# lost\n{THEIRS} 41\n9504020000000026\n")
    bench = ready(refused_cards=str(file), refuse_with="04")
    bench.issuer.up = False
    assert codes(bench, 10) == ["41"]
    assert bench.ask(bench.message(de2="9504020000000026", de11="000050")).code == "04"
    file.write_text("not a card\n")
    assert codes(bench, 10) == ["41"], "what cannot be read does not take its place"
    assert "refused cards: the list in use is an old one" in bench.events
    file.write_text("")
    assert codes(bench, 10) == ["00"]


def test_a_silent_issuer_of_a_refused_card_is_still_owed_a_reversal(
    ready: Ready, tmp_path: Path
) -> None:
    file = tmp_path / "refused.txt"
    file.write_text(f"{THEIRS} 43\n")
    bench = ready(refused_cards=str(file))
    asked = bench.ask(bench.message())
    bench.issuer.fail(SILENT)
    assert (asked.code, bench.only()["state"]) == ("43", "in_doubt")
    assert bench.issuer.types == ["0200", "0420"]


def test_a_card_that_is_over_is_refused(ready: Ready) -> None:
    bench = ready()
    bench.issuer.up = False
    assert bench.ask(bench.message(de14="2610")).code == "54"
    track = f"{THEIRS}=2610101000000000"
    assert bench.ask(bench.message(de11="000002", de35=track)).code == "54"


def test_nothing_is_approved_that_cannot_be_written_down(ready: Ready) -> None:
    bench = ready()
    asked = bench.ask(bench.message())
    bench.store.refuse = 1
    bench.issuer.fail(SILENT)
    assert asked.code == "91"
    bench.clock.advance(1)
    assert bench.only()["state"] == "reversing"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("9504020000000019", "check digit of 950402"),
        (f"{THEIRS} 4", "two digits or letters"),
        ("x", "a card number of 12 to 19 digits"),
    ],
)
def test_a_line_that_is_no_card_is_named_by_its_number_and_not_shown(
    tmp_path: Path, line: str, told: str
) -> None:
    file = tmp_path / "refused.txt"
    file.write_text(f"9504020000000026\n{line}\n")
    with pytest.raises(RefusedCardsError, match=f"line 2: .*{told}") as caught:
        read_refused_cards(file, str)
    assert "95040200000000" not in str(caught.value)
