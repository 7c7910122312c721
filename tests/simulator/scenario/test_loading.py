"""A scenario held against its network: names that nobody has, things that cannot be done."""

from pathlib import Path

import pytest

from simulator.network.settings import load_network
from simulator.scenario import load_scenario
from simulator.scenario.loading import remembering
from switch.settings import SettingsError

HEAD = "scenario: Names\ncast: {gab: GAB00001, counter: AGC00001, customer: amina}\n"
FIRST = HEAD.count("\n") + 2
"""The line of the first step."""


@pytest.fixture(scope="module")
def local():
    return load_network("local")


@pytest.fixture
def problems_of(tmp_path, local):
    def problems(text, network=local):
        path = tmp_path / "names.yaml"
        path.write_text(text)
        with pytest.raises(SettingsError) as caught:
            load_scenario(path, network)
        return caught.value.problems

    return problems


@pytest.mark.parametrize(
    ("step", "message", "suggestion"),
    [
        ("balance: {at: gbb, card: customer}", "unknown terminal 'gbb'", "gab"),
        ("balance: {at: GAB0001, card: customer}", "unknown terminal 'GAB0001'", "GAB00001"),
        ("balance: {at: gab, card: amna}", "unknown card 'amna'", "amina"),
        ("balance: {at: gab, card: custmer}", "unknown card 'custmer'", "customer"),
        ("balance: {at: gab, card: gab}", "unknown card 'gab'", None),
        (
            "balance: {at: counter, card: amina}",
            "a counter has no 'balance': this needs a GAB",
            None,
        ),
        (
            'pay_bill: {at: gab, creditor: "1001", kind: "01"}',
            "a GAB takes bills by card: say which with 'card'",
            None,
        ),
        (
            'pay_bill: {at: counter, card: amina, creditor: "1001", kind: "01"}',
            "a counter takes cash, not cards",
            None,
        ),
        (
            'pay_bill: {at: gab, card: amina, creditor: "1001", kind: "01", tendered: {200: 1}}',
            "cash is tendered at a counter only",
            None,
        ),
        ('enquire_bill: {at: gab, creditor: "1003", kind: "01"}', "unknown creditor", "1002"),
        (
            'enquire_bill: {at: gab, creditor: "1002", kind: "03"}',
            "creditor 1002 has no such kind of debt (kinds: 01, 02)",
            None,
        ),
        (
            'enquire_bill: {at: gab, creditor: "1001", kind: "01", form: {contact: "1"}}',
            "the form has no field 'contact'",
            "contract",
        ),
        ("faults: [{on: gba, inject: black_hole}]", "unknown terminal 'gba'", "gab"),
        ("heal: gba", "unknown terminal 'gba'", "gab"),
        (
            "transfer: {at: gab, card: amina, to: brahm, amount: 1}",
            "unknown card 'brahm'",
            "brahim",
        ),
        (
            "eventually: {within: 1s, accounts: {amna: 1.00}}",
            "unknown card 'amna'",
            "amina",
        ),
        (
            "eventually: {within: 1s, reversals: {gab: {attempts: 1}}}",
            "only the switch's attempts are counted",
            None,
        ),
    ],
)
def test_a_name_that_the_network_has_not_is_told_at_its_place(
    problems_of, step, message, suggestion
):
    (problem,) = problems_of(f"{HEAD}steps:\n  - {step}\n")
    assert (problem.message, problem.suggestion, problem.line) == (message, suggestion, FIRST)


def test_a_role_must_be_somebody(problems_of):
    (problem,) = problems_of("scenario: X\ncast: {customer: amna}\nsteps: [think: 1s]\n")
    assert (problem.line, problem.column, problem.suggestion) == (2, 18, "amina")


def test_the_account_of_a_strangers_card_cannot_be_looked_at(problems_of):
    (problem,) = problems_of(
        'scenario: X\ncast: {stranger: {pan: "9504030000000017"}}\nsteps: [think: 1s]\n'
        "expect: {accounts: {stranger: 0}}\n"
    )
    assert problem.message == "no bank of the network has this card's account"


def test_all_misfits_of_a_file_are_told_at_once(problems_of):
    steps = "  - balance: {at: gbb, card: amna}\n  - heal: gba\n"
    assert [each.line for each in problems_of(f"{HEAD}steps:\n{steps}")] == [
        FIRST,
        FIRST,
        FIRST + 1,
    ]


def test_a_card_number_in_a_misfit_is_masked(problems_of):
    (problem,) = problems_of(f'{HEAD}steps:\n  - balance: {{at: gab, card: "9504010000000027 "}}\n')
    assert "9504010000000027" not in problem.render()


def test_a_party_that_the_network_does_not_start_cannot_be_down(problems_of, local):
    settings = local.settings.model_copy(update={"issuer": None})
    without = type(local)(local.path, settings, local.core_seed, None)
    text = "scenario: X\nsteps:\n  - faults: [{on: issuer, inject: down}]\n"
    (problem,) = problems_of(text, without)
    assert problem.message == "this network starts no issuer"


def test_a_network_that_is_not_there_is_told_in_the_scenario(tmp_path):
    path = tmp_path / "lost.yaml"
    path.write_text("scenario: X\nnetwork: locl\nsteps: [think: 1s]\n")
    with pytest.raises(SettingsError) as caught:
        load_scenario(path)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column, problem.suggestion) == (2, 10, "local")


def test_a_network_beside_the_scenario_is_found(tmp_path, local):
    folder = local.path.parent
    (tmp_path / "mine.yaml").write_text(local.path.read_text().replace("seed/", f"{folder}/seed/"))
    path = tmp_path / "case.yaml"
    path.write_text("scenario: X\nnetwork: mine.yaml\nsteps: [think: 1s]\n")
    assert load_scenario(path).network.path == tmp_path / "mine.yaml"


def test_a_network_is_read_once_for_many_scenarios(local):
    read = []

    def load(name):
        read.append(name)
        return local

    loader = remembering(load)
    assert loader("local") is loader("local")
    assert read == ["local"]


def test_a_step_knows_its_place(tmp_path, local):
    path = tmp_path / "case.yaml"
    path.write_text(f"{HEAD}steps:\n  - think: 1s\n\n  - think: 2s\n")
    scenario = load_scenario(path, local)
    assert scenario.steps[1].place == f"{path}:{FIRST + 2}"


def test_roles_stand_for_terminals_cards_and_accounts(tmp_path, local):
    path = tmp_path / "case.yaml"
    path.write_text(f"{HEAD}steps:\n  - think: 1s\n")
    cast = load_scenario(path, local).cast
    assert cast.terminal("gab") == cast.terminal("GAB00001") == "GAB00001"
    amina = cast.card("customer")
    assert (amina.ledger, amina.account_code) == ("core", "customer:999780000000000000100112")
    assert cast.rib("customer") == "999780000000000000100112"
    assert cast.card("9504020000000018").account_code == "customer:0018"


def test_every_shipped_scenario_names_its_schema():
    cases = Path("scenarios/certification")
    for path in Path("scenarios").rglob("*.yaml"):
        if cases in path.parents:
            continue
        first = path.read_text().splitlines()[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / named).resolve() == Path("config/schema/scenario.json").resolve()
