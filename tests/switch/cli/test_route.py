"""`guichet route explain`: the rule that takes a message, and why the others do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.cli.main import cli
from switch.cli.console import run_command

BILL = {
    "t": "0200",
    "2": "9504020000000018",
    "3": "500000",
    "4": "000000020000",
    "7": "1124103601",
    "11": "000002",
    "12": "113601",
    "13": "1124",
    "41": "LAB00001",
    "48": {"01": "1001"},
}


def explain(capsys: Any, message: dict[str, Any], *options: str) -> tuple[int, str, str]:
    code = run_command(cli, "guichet", ["route", "explain", *options, json.dumps(message)])
    shown = capsys.readouterr()
    assert "9504020000000018" not in shown.out + shown.err
    return code, shown.out, shown.err


def test_the_rule_is_told_with_what_it_wanted_and_each_earlier_one_with_why_not(
    capsys: Any,
) -> None:
    code, out, _ = explain(capsys, BILL, "--at", "23:05")
    assert code == 0
    assert "bill enquiries" in out
    assert "no: it takes bill_enquiry, this is a bill_payment" in out
    assert "takes it: processing bill_payment; cards 950402" in out
    assert "goes to issuer, then confirmed at core" in out
    assert "at 23:05" in out


def test_what_no_rule_takes_is_told_with_its_code(capsys: Any) -> None:
    code, out, _ = explain(capsys, {**BILL, "2": "9504030000000017"})
    assert (code, out.splitlines()[-1]) == (1, "refused with 92: no route for this card")


def test_what_is_refused_before_the_rules_is_told_as_that(capsys: Any) -> None:
    code, out, _ = explain(capsys, {**BILL, "41": "NOBODY"})
    assert (code, out) == (1, "refused with 58: unknown terminal NOBODY\n")


def test_the_listener_says_how_it_is_read(capsys: Any) -> None:
    code, out, _ = explain(capsys, BILL, "--listener", "networks")
    assert (code, out) == (1, "refused with 30: 0200 without DE32, DE37, DE42\n")


def test_an_unknown_listener_is_wrong_usage_with_a_suggestion(capsys: Any) -> None:
    code, _, err = explain(capsys, BILL, "--listener", "nettworks")
    assert code == 2
    assert "did you mean 'networks'" in err


def test_json_has_every_rule_that_was_looked_at(capsys: Any) -> None:
    code, out, _ = explain(capsys, BILL, "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["to"], document["then"]) == ("issuer", "core")
    assert [rule["takes"] for rule in document["rules"]][-2:] == [False, True]


@pytest.mark.parametrize("message", ["{", "[]", '{"t": "0200"} {"t": "0200"}', "nowhere.json"])
def test_what_is_no_message_is_wrong_usage(capsys: Any, message: str) -> None:
    assert run_command(cli, "guichet", ["route", "explain", message]) == 2
    assert "Traceback" not in capsys.readouterr().err
