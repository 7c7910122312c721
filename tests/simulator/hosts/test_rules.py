"""Rules of behaviour: when they act, what they do, and what is written down of it."""

import pytest

from simulator.hosts import conduct
from simulator.hosts.rules import HostRule, RulesFile, rules_named
from switch.settings import Misfit, SettingsError, config_folder, config_names, load, parse

AT = "2026-11-24T12:00:00.000+00:00"


def rule(**said):
    return HostRule(**{"name": "r", "answer": "05"} | said)


def choose(books, message, luck=0.0):
    with books.engine.begin() as connection:
        found = conduct.choose(connection, message, luck, AT)
    return None if found is None else found.name


def put(books, *rules, source="order"):
    with books.engine.begin() as connection:
        conduct.set_rules(connection, source, rules, AT)


def test_every_condition_must_hold(withdrawal):
    fitting = [
        {},
        {"cards": ("950402",)},
        {"codes": ("01",)},
        {"terminals": ("GAB",)},
        {"amount": {"at_least": 20_000, "at_most": 20_000}},
        {"messages": ("request", "reversal")},
    ]
    others = [
        {"cards": ("950401",)},
        {"codes": ("00",)},
        {"terminals": ("AGC",)},
        {"amount": {"at_least": 20_001}},
        {"amount": {"at_most": 19_999}},
        {"messages": ("advice", "reversal")},
    ]
    assert all(conduct.fits(rule(**said), withdrawal()) for said in fitting)
    assert not any(conduct.fits(rule(**said), withdrawal()) for said in others)


def test_kinds_of_messages_are_told_apart(withdrawal, reversal_of):
    kinds = [
        conduct.kind_of(message)
        for message in (
            withdrawal(),
            withdrawal(t="0221"),
            reversal_of(withdrawal()),
            withdrawal(t="0520"),
            withdrawal(t="0800"),
        )
    ]
    assert kinds == ["request", "advice", "reversal", "totals", "cut_over"]


def test_counts_say_when_a_rule_acts(books, withdrawal):
    put(books, rule(after=1, every=2, times=2))
    acted = [choose(books, withdrawal()) is not None for _ in range(8)]
    assert acted == [False, False, True, False, True, False, False, False]


def test_the_first_that_takes_a_message_decides(books, withdrawal):
    put(books, rule(name="old"))
    put(books, rule(name="first", times=1), rule(name="second", codes=("00",)))
    assert [choose(books, withdrawal()) for _ in range(2)] == ["first", "old"]


def test_what_is_left_of_luck_after_a_missed_chance_is_spread_as_evenly(books, withdrawal):
    put(books, rule(name="half", chance=0.5), rule(name="half of the rest", chance=0.5))
    drawn = [choose(books, withdrawal(), luck / 8) for luck in range(8)]
    assert drawn == ["half"] * 4 + ["half of the rest"] * 2 + [None] * 2


def test_a_rule_of_the_same_name_and_source_is_replaced(books):
    put(books, rule(), rule(name="other"))
    put(books, rule(answer="51"))
    put(books, rule(answer="61"), source="scenario")
    with books.engine.begin() as connection:
        found = [(each.source, each.rule.answer) for each in conduct.standing(connection)]
    assert found == [("scenario", "61"), ("order", "51"), ("order", "05")]


def test_a_new_life_keeps_what_was_ordered_alone(books):
    put(books, rule(), source="scenario")
    put(books, rule(name="ordered"))
    with books.engine.begin() as connection:
        conduct.begin_life(connection, [rule(name="of the file")], AT)
        found = [each.rule.name for each in conduct.standing(connection)]
    assert found == ["ordered", "of the file"]


def test_a_rule_comes_back_from_the_books_as_it_was_set(books):
    wanted = rule(
        answer=None, late=2.5, wrong={"11": "999999"}, amount={"at_least": 350_75}, chance=0.25
    )
    put(books, wanted)
    with books.engine.begin() as connection:
        assert [each.rule for each in conduct.standing(connection)] == [wanted]


def test_what_a_rule_did_is_written_down_with_the_transaction(line, withdrawal):
    line.rules(rule(name="not today"))
    assert line.code(withdrawal()) == "05"
    with line.engine().begin() as connection:
        (action,) = conduct.actions(connection, 10)
    assert (action.rule, action.effect, action.terminal_id, action.stan, action.masked_pan) == (
        *("not today", "answer 05", "GAB00001", "000001"),
        "950402******0018",
    )


def test_a_host_that_acts_late_is_overtaken_by_the_reversal(line, withdrawal, reversal_of):
    line.rules(rule(answer=None, delay=8))
    assert line.code(withdrawal()) == "none"
    assert line.code(reversal_of(withdrawal())) == "00"
    line.world.advance(10)
    line.rules()
    assert line.balance_minor(withdrawal) == 500_000


def test_a_wrong_echo_matches_nothing_and_is_posted(line, withdrawal):
    line.rules(rule(answer=None, wrong={"11": "999999"}, times=1))
    assert line.code(withdrawal()) == "none"
    assert line.balance_minor(withdrawal) == 480_000


def test_an_answer_that_is_given_twice_moves_money_once(line, withdrawal):
    line.rules(rule(answer=None, again=0.5))
    assert line.code(withdrawal()) == "00"
    line.world.advance(1)
    assert [mti for way, mti in line.seen if way == "in"].count("0210") == 2
    assert line.balance_minor(withdrawal) == 480_000


def test_a_part_is_approved_and_posted(line, withdrawal, reversal_of):
    line.rules(rule(answer=None, approve_part=5_000))
    answer = line.world.run_until(line.send(withdrawal()))
    assert (answer["39"], answer["4"]) == ("10", "000000005000")
    assert line.code(withdrawal("000002", 4_000)) == "00"
    line.rules()
    assert line.balance_minor(withdrawal) == 500_000 - 5_000 - 4_000
    assert line.code(reversal_of(withdrawal())) == "00"
    assert line.balance_minor(withdrawal, "800001") == 500_000 - 4_000


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{name: x}", "f.yaml:3:5: a rule does something"),
        ("{name: x, silent: true, late: 1s}", "f.yaml:3:29: a silent host does nothing else"),
        ("{name: x, lose_answer: true, again: 1s}", "f.yaml:3:34: nobody hears an answer"),
        ("{name: x, answer: '5'}", "f.yaml:3:23: expected 2 digits"),
        ("{name: x, aswer: '05'}", "did you mean 'answer'?"),
        ("{name: x, wrong: {1: 'a'}}", "f.yaml:3:23"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_place(text, told):
    with pytest.raises(SettingsError) as refused:
        parse(f"host_rules: t\nrules:\n  - {text}\n", "f.yaml", RulesFile)
    assert told in str(refused.value)


def test_every_shipped_file_of_rules_can_be_read():
    folder = config_folder() / "hosts"
    files = [load(folder / f"{name}.yaml", RulesFile) for name in config_names("hosts")]
    assert len(files) > 20
    assert all(each.words for file in files for each in file.rules)


def test_names_of_files_stand_for_their_rules(tmp_path):
    (tmp_path / "mine.yaml").write_text("host_rules: m\nrules: [{name: m, silent: true}]\n")
    found = rules_named(["mine.yaml", rule(), "do-not-honour"], tmp_path)
    assert [each.name for each in found] == ["m", "r", "do not honour"]
    with pytest.raises(Misfit) as refused:
        rules_named(["anser-lost"], tmp_path)
    assert (refused.value.where, refused.value.suggestion) == ((0,), "answer-lost")
