"""`guichet run` as it is typed: choices, outputs, exit codes."""

import json
from xml.etree import ElementTree as ET

import pytest

from simulator.cli import running
from simulator.cli.main import cli
from simulator.hosts import issuing
from switch.cli.console import run_command

PASSES = """\
scenario: A withdrawal
tags: [small, money]
cast: {gab: GAB00001, customer: amina}
steps:
  - withdraw: {at: gab, card: customer, amount: 200.00}
    expect: {outcome: approved}
"""
FAILS = PASSES.replace("A withdrawal", "A refusal").replace("approved", "declined")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(PASSES)
    (tmp_path / "b.yaml").write_text(FAILS.replace("small", "large"))
    return tmp_path


@pytest.fixture
def guichet(folder, capsys):
    """Run the command in virtual time: exit code, standard output, standard error."""

    def run(*arguments):
        code = run_command(cli, "guichet", ["run", "--clock", "virtual", *arguments])
        return code, *capsys.readouterr()

    return run


def test_a_run_prints_results_on_output_and_progress_on_errors(guichet):
    code, out, err = guichet("a.yaml", "--seed", "5")
    assert code == 0
    assert out.startswith("1 scenario, virtual clock, seed 5\n")
    assert "withdraw 200.00 at GAB00001, amina  approved  00 approved, 1 x 200" in out
    assert "seed 5\n  history " in out
    assert out.endswith("  PASSED   exit code 0\n")
    assert err == "[1/1] A withdrawal\n"


def test_plain_output_has_no_colours(guichet):
    assert "\x1b" not in "".join(guichet("a.yaml", "b.yaml")[1:])


def test_a_wrong_expectation_is_exit_code_1_with_step_expected_and_found(guichet):
    code, out, _ = guichet("b.yaml")
    assert code == 1
    assert "outcome: expected declined, found approved  (b.yaml:5)" in out
    assert "A refusal, step 1: outcome: expected declined, found approved" in out


def test_a_broken_invariant_is_exit_code_5(guichet, monkeypatch):
    monkeypatch.setattr(issuing, "reverse", lambda connection, original, now: None)
    code, out, _ = guichet("smoke", "-k", "answer is lost after")
    assert code == 5
    assert "invariant broken: what stands in a ledger, a terminal did" in out
    assert "NOT EQUAL" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("nowhere",), "no suite of this name"),
        (("a.yaml", "--clock", "wrong"), "'wrong'"),
        (("a.yaml", "--seed", "x"), "'x'"),
        (("a.yaml", "--tags", "nobody"), "none of 1 has the tag nobody (tags there: money, small)"),
        (("a.yaml", "-k", "nobody"), "none of 1 has 'nobody' in its name"),
        (("a.yaml", "--config", "locl"), "did you mean 'local'"),
        (("a.yaml", "--junit", "no/such/folder.xml"), "no/such/folder.xml"),
    ],
)
def test_wrong_usage_is_exit_code_2_with_the_reason(guichet, arguments, said):
    code, _, err = guichet(*arguments)
    assert (code, said in err) == (2, True)


def test_invalid_files_are_all_told_and_nothing_is_run(guichet, folder):
    (folder / "c.yaml").write_text(PASSES.replace("amina", "amna"))
    (folder / "d.yaml").write_text(PASSES.replace("withdraw:", "withdrw:"))
    code, out, err = guichet(".")
    assert (code, out) == (2, "")
    assert "c.yaml:3:33: no terminal and no card of the network has this name" in err
    assert "did you mean 'amina'" in err
    assert "d.yaml:5:5: unknown key 'withdrw', did you mean 'withdraw'?" in err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), ["A withdrawal", "A refusal"]),
        (("--tags", "small"), ["A withdrawal"]),
        (("--tags", "small,large"), ["A withdrawal", "A refusal"]),
        (("--tags", "money", "--tags", "large"), ["A refusal"]),
        (("-k", "REFUSAL"), ["A refusal"]),
        (("-k", "a.yaml"), ["A withdrawal"]),
    ],
)
def test_scenarios_are_chosen_by_tags_and_words(guichet, arguments, names):
    _, out, _ = guichet("a.yaml", "b.yaml", "--json", *arguments)
    assert [each["name"] for each in json.loads(out)["scenarios"]] == names


def test_fail_fast_stops_after_the_first_that_fails(guichet):
    code, out, _ = guichet("b.yaml", "a.yaml", "--fail-fast", "--json")
    told = json.loads(out)
    assert (code, len(told["scenarios"]), told["not_run"]) == (1, 1, ["A withdrawal"])


def test_a_scenario_that_breaks_the_runner_does_not_end_the_run(guichet, monkeypatch):
    run = running.run_in_virtual_time

    def fragile(scenario, *arguments):
        if scenario.name == "A refusal":
            raise RuntimeError("9504010000000019 fell into the works")
        return run(scenario, *arguments)

    monkeypatch.setattr(running, "run_in_virtual_time", fragile)
    code, out, _ = guichet("b.yaml", "a.yaml")
    assert code == 1
    assert "it broke: RuntimeError: 950401******0019 fell into the works" in out
    assert "2 scenarios   1 passed   1 failed" in out


def test_json_is_one_document_alone_on_output(guichet):
    code, out, _ = guichet("a.yaml", "--json", "--seed", "5")
    told = json.loads(out)
    assert (code, told["exit_code"], told["seed"], told["clock"]) == (0, 0, 5, "virtual")
    assert len(told["digest"]) == 64


def test_a_seed_repeats_a_run_to_the_byte(guichet):
    first, second = (guichet("a.yaml", "b.yaml", "--json", "--seed", "5")[1] for _ in range(2))
    assert first == second
    other = guichet("a.yaml", "b.yaml", "--json", "--seed", "6")[1]
    assert json.loads(other)["digest"] != json.loads(first)["digest"]


def test_a_scenario_has_the_same_history_whichever_run_beside_it(guichet):
    alone = json.loads(guichet("b.yaml", "--json", "--seed", "5")[1])["scenarios"][0]
    beside = json.loads(guichet("a.yaml", "b.yaml", "--json", "--seed", "5")[1])["scenarios"][1]
    assert alone == beside


def test_junit_is_written_beside_the_output(guichet, folder):
    code, out, _ = guichet("a.yaml", "b.yaml", "--junit", "junit.xml")
    root = ET.parse(folder / "junit.xml").getroot()
    assert (code, root.get("tests"), root.get("failures")) == (1, "2", "1")
    assert out.endswith("exit code 1\n")


def test_another_network_may_be_given(guichet, folder, local):
    text = local.path.read_text().replace("seed/", f"{local.path.parent}/seed/")
    (folder / "other.yaml").write_text(text.replace("network: local", "network: other"))
    assert guichet("a.yaml", "--config", "other.yaml")[0] == 0


def test_no_card_number_is_ever_shown(guichet, folder):
    (folder / "c.yaml").write_text(PASSES.replace("amina", '"9504010000000019"'))
    shown = "".join(guichet("c.yaml", "--junit", "junit.xml")[1:])
    shown += guichet("c.yaml", "--json")[1] + (folder / "junit.xml").read_text()
    assert "950401******0019" in shown
    assert "9504010000000019" not in shown
