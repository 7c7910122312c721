"""Roles that speak ISO 8583 on lines of their own, in virtual time."""

import pytest

from simulator.scenario import load_scenario
from simulator.scenario.clocks import run_in_virtual_time
from simulator.scenario.results import Verdict
from switch.settings import SettingsError

CAST = 'cast: {us: {dials: terminals}, bank: {plays: issuer}, visitor: "9504020000000018"}\n'
ASK = """
- send:
    as: us
    template: withdrawal
    message: {"2": "${card.visitor}", "14": "${expiry.visitor}", "4": "000000020000"}
"""


@pytest.fixture
def talked(tmp_path, local):
    def play(steps: str, cast: str = CAST, head: str = ""):
        path = tmp_path / "talk.yaml"
        path.write_text(f"scenario: Talk\n{cast}{head}steps:{steps}")
        scenario = load_scenario(path, local)
        return run_in_virtual_time(scenario, 5, lambda step: None, lambda: False)

    return play


def wrong(result) -> list[str]:
    return [
        str(each) for step in result.steps for each in (*step.mismatches, step.problem) if str(each)
    ]


def test_a_withdrawal_with_both_ends_by_hand(talked):
    result = talked(
        ASK
        + """
- expect: {on: bank, mti: "0200", de: {"4": "000000020000", "3.transaction": "01"}, within: 2s}
- reply: {as: bank, de: {"38": "ABC123"}}
- expect: {on: us, mti: "0210", de: {"39": "00", "38": "ABC123", "52": {exists: false}}}
"""
    )
    assert wrong(result) == []
    assert result.verdict is Verdict.PASSED


def test_a_bank_that_is_silent_is_reversed(talked):
    result = talked(
        ASK
        + """
- expect: {on: bank, mti: "0200"}
- expect: {on: us, mti: "0210", de: {"39": "91"}, within: 8s}
- expect: {on: bank, mti: "0420", de: {"90": {matches: "0200.*"}}, within: 5s}
- reply: {as: bank}
"""
    )
    assert wrong(result) == []
    assert result.verdict is Verdict.PASSED


def test_nothing_is_expected_and_something_comes(talked):
    result = talked(ASK + "- expect: {on: bank, nothing: true, within: 2s}\n")
    assert wrong(result)[0].startswith("message: expected none, found 0200")


def test_what_does_not_come_says_what_came_instead(talked):
    result = talked(ASK + '- expect: {on: bank, mti: "0420", within: 2s}\n')
    assert (
        "message: expected 0420, found nothing within 2 s, but 0200 withdrawal" in wrong(result)[0]
    )


def test_a_mismatch_shows_the_messages_and_where_to_look(talked):
    result = talked(
        ASK
        + """
- expect: {on: bank, mti: "0200"}
- reply: {as: bank, de: {"39": "51"}}
- expect: {on: us, mti: "0210", de: {"39": "00"}}
"""
    )
    assert wrong(result) == ["DE39: expected '00', found '51'"]
    told = result.steps[-1].exchanged
    assert "0200" in told.sent.splitlines()[0]
    assert "Response code" in told.came
    assert "9504020000000018" not in told.sent + told.came + "".join(told.around)
    assert any("--0200--" in line for line in told.around)
    assert any("<" in line and "0210" in line for line in told.around)
    assert told.look.startswith("the answer 51 is that of issuer")


@pytest.mark.parametrize(
    ("wrong_part", "answer"),
    [
        ('wrong: {"4": "00000002000X"}', "30"),
        ('wrong: {"13": "9999"}', "30"),
        ('without: ["3"]', "30"),
        ('wrong: {"41": "NOBODY00"}', "58"),
    ],
)
def test_a_field_can_be_wrong_on_purpose(talked, wrong_part, answer):
    message = '{"2": "${card.visitor}", "4": "000000020000"}'
    result = talked(
        f"\n- send: {{as: us, template: withdrawal, message: {message}, {wrong_part}}}\n"
        f'  expect: {{on: us, mti: "0210", de: {{"39": "{answer}"}}}}\n'
    )
    assert wrong(result) == []


def test_bytes_can_be_sent_as_they_are(talked):
    result = talked(
        '\n- send: {as: us, raw: "DEADBEEF"}\n  expect: {on: us, closed: true, within: 2s}\n'
    )
    assert wrong(result) == []


def test_a_role_without_sign_on_is_refused_financial_traffic(talked):
    result = talked(
        ASK + '- expect: {on: us, mti: "0210", de: {"39": "91"}}\n',
        cast='cast: {us: {dials: terminals, sign_on: false}, visitor: "9504020000000018"}\n',
    )
    assert wrong(result) == []


def test_a_template_of_the_file(talked):
    result = talked(
        '\n- send: {as: us, template: hello}\n  expect: {on: us, mti: "0810", de: {"70": "301"}}\n',
        head='templates: {hello: {t: "0800", "7": "${gen.transmission}", "11": "000777", '
        '"70": "301"}}\n',
    )
    assert wrong(result) == []


def test_a_message_may_say_sub_fields_by_path(talked):
    parts = '"3": "310000", "3.from": "10", "2": "${card.visitor}"'
    result = talked(
        "\n- send: {as: us, template: balance, message: {" + parts + "}}\n"
        '- expect: {on: bank, mti: "0100", de: {"3": "311000", "3.2": "10"}}\n'
        "- reply: {as: bank}\n"
        '- expect: {on: us, mti: "0110"}\n'
    )
    assert wrong(result) == []


def test_a_reply_needs_a_request(talked):
    result = talked("\n- reply: {as: bank}\n")
    assert wrong(result) == ["bank has no request to answer: an `expect` takes one first"]


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ("[{send: {as: them, template: echo}}]", "no role with a line of its own is called 'them'"),
        ("[{send: {as: us, template: ecco}}]", "no message is called so"),
        ("[{send: {as: us}}]", "what is sent?"),
        ('[{send: {as: us, raw: "ABC"}}]', "expected hexadecimal digits"),
        ('[{send: {as: us, message: {"x4": "1"}}}]', "expected `t` or the number of an element"),
        ("[{expect: {on: us, nothing: true, de: {39: x}}}]", "nothing can be held against it"),
        ("[{expect: {on: bank, closed: true}}]", "the switch may dial again"),
        ("[{think: 1s, expect: {on: us}}]", "'think' is no message step"),
    ],
)
def test_a_wrong_message_step_is_told_before_it_runs(tmp_path, local, steps, why):
    path = tmp_path / "talk.yaml"
    path.write_text(f"scenario: Talk\n{CAST}steps: {steps}\n")
    with pytest.raises(SettingsError) as caught:
        load_scenario(path, local)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("cast", "why"),
    [
        ("{us: {dials: terminal}}", "the switch has no listener of this name"),
        ("{us: {plays: isuser}}", "the switch dials no link of this name"),
        ("{us: {dials: terminals, plays: issuer}}", "unknown key"),
    ],
)
def test_a_wrong_role_is_told_before_it_runs(tmp_path, local, cast, why):
    path = tmp_path / "talk.yaml"
    path.write_text(f"scenario: Talk\ncast: {cast}\nsteps: [{{think: 1s}}]\n")
    with pytest.raises(SettingsError) as caught:
        load_scenario(path, local)
    assert why in str(caught.value)
