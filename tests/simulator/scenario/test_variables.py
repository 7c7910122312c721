"""Variables, cases and included files, as they are read."""

from textwrap import dedent

import pytest

from simulator.scenario import load_scenario, load_scenarios
from switch.settings import SettingsError

STEPS = """
steps:
  - withdraw: {at: "${terminal}", card: amina, amount: "${amount}"}
"""


@pytest.fixture
def cases(tmp_path, local):
    def read(text: str, **overrides: str):
        path = tmp_path / "case.yaml"
        path.write_text(f"scenario: Case\n{dedent(text)}")
        return load_scenarios(path, local, overrides=overrides)

    return read


def refused(cases, text: str, **overrides: str) -> str:
    with pytest.raises(SettingsError) as caught:
        cases(text, **overrides)
    return str(caught.value)


def amounts(scenarios) -> list[int]:
    return [each.steps[0].step.withdraw.amount for each in scenarios]


def test_a_variable_stands_for_its_value(cases):
    [scenario] = cases("vars: {terminal: GAB00001, amount: 150.00}" + STEPS)
    assert scenario.steps[0].step.withdraw.at == "GAB00001"
    assert amounts([scenario]) == [15000]
    assert not scenario.steps[0].late


def test_the_command_sets_a_variable_of_the_file(cases):
    given = "vars: {terminal: GAB00001, amount: 150.00}" + STEPS
    assert amounts(cases(given, amount="80.00", unknown="x")) == [8000]


def test_a_value_that_does_not_fit_is_told_where_it_is_used(cases):
    told = refused(cases, "vars: {terminal: GAB00001, amount: much}" + STEPS)
    assert "case.yaml:4:" in told
    assert "expected an amount such as 350.75, found 'much'" in told


def test_an_unknown_name_is_told_with_the_one_that_was_meant(cases):
    told = refused(cases, "vars: {terminal: GAB00001, amuont: 10.00}" + STEPS)
    assert "nothing is called 'amount' here" in told
    assert "amuont" in told


def test_every_combination_is_a_case(cases):
    text = "vars: {terminal: GAB00001}\nparametrize: {amount: [20.00, 40.00], x: [a, b]}" + STEPS
    found = cases(text)
    assert [each.name for each in found] == [
        "Case [amount=20.00, x=a]",
        "Case [amount=20.00, x=b]",
        "Case [amount=40.00, x=a]",
        "Case [amount=40.00, x=b]",
    ]
    assert amounts(found) == [2000, 2000, 4000, 4000]


def test_cases_have_names(cases):
    text = """vars: {terminal: GAB00001}
parametrize:
  - {name: little, amount: 20.00}
  - {amount: 40.00}
"""
    assert [each.case for each in cases(text + STEPS)] == ["little", "amount=40.00"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("parametrize: []", "expected a list of cases"),
        ("parametrize: {amount: 3}", "expected a list of values"),
        ("parametrize: {amount: []}", "expected a list of values"),
        ("parametrize: [{name: a}]", "a case needs a value"),
        ("parametrize: [{amount: 1}, {amount: 1}]", "two cases are called 'amount=1'"),
        ("parametrize: [{amount: [1]}]", "expected one value"),
        ("parametrize: {'a b': [1]}", "'a b' is no name"),
        ("vars: {a: [1]}", "expected one value"),
    ],
)
def test_wrong_cases_are_told_with_their_place(cases, text, why):
    told = refused(cases, text + STEPS)
    assert why in told
    assert "case.yaml:2:" in told


def test_too_many_combinations_are_refused(cases):
    values = ", ".join(map(str, range(40)))
    told = refused(cases, f"parametrize: {{a: [{values}], b: [{values}]}}" + STEPS)
    assert "more than 1,000 cases" in told


def test_a_file_with_cases_is_not_one_scenario(tmp_path, local):
    path = tmp_path / "case.yaml"
    text = "scenario: C\nvars: {terminal: GAB00001}\nparametrize: {amount: [20.00, 40.00]}"
    path.write_text(text + STEPS)
    with pytest.raises(ValueError, match="2 cases"):
        load_scenario(path, local)


class TestIncludes:
    @pytest.fixture
    def fragment(self, tmp_path):
        def write(text: str, name: str = "part.yaml") -> None:
            (tmp_path / name).write_text(dedent(text))

        return write

    def test_its_steps_are_done_in_the_place_of_the_step(self, cases, fragment, tmp_path):
        fragment("fragment: P\nvars: {pause: 1s}\nsteps: [{think: '${pause}'}]\n")
        text = "steps:\n  - include: part.yaml\n  - include: {file: part.yaml, with: {pause: 3s}}\n"
        [scenario] = cases(text)
        inner = [each.inner[""][0] for each in scenario.steps]
        assert [each.step.think for each in inner] == [1.0, 3.0]
        assert inner[0].place == f"{tmp_path / 'part.yaml'}:3"

    def test_what_is_wrong_in_it_is_told_with_its_own_place(self, cases, fragment):
        fragment("fragment: P\nsteps:\n  - withdraw: {at: GAB99999, card: amina, amount: 20}\n")
        told = refused(cases, "steps: [{include: part.yaml}]\n")
        assert "part.yaml:3:" in told
        assert "unknown terminal 'GAB99999'" in told

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("steps: [{include: none.yaml}]", "there is no file"),
            ("steps: [{include: {file: part.yaml, with: {puase: 1s}}}]", "has no variable"),
            ("steps: [{include: case.yaml}]", "includes itself"),
        ],
    )
    def test_a_wrong_include_is_told(self, cases, fragment, text, why):
        fragment("fragment: P\nvars: {pause: 1s}\nsteps: [{think: '${pause}'}]\n")
        assert why in refused(cases, text)

    def test_files_that_include_each_other_end(self, cases, fragment):
        fragment("fragment: A\nsteps: [{include: b.yaml}]\n", "a.yaml")
        fragment("fragment: B\nsteps: [{include: a.yaml}]\n", "b.yaml")
        assert "includes itself" in refused(cases, "steps: [{include: a.yaml}]\n")
