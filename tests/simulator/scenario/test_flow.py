"""Steps that hold steps, and steps that depend on what came before, in virtual time."""

from simulator.scenario.results import StepStatus, Verdict

BALANCE = "balance: {at: gab, card: customer}"


def texts(result) -> list[tuple[str, str]]:
    return [(step.label, step.status.value) for step in result.steps]


def test_a_loop_goes_round_and_knows_its_round(played):
    result = played(f"""
      - loop:
          over: [20.00, 40.00]
          as: sum
          steps:
            - withdraw: {{at: gab, card: customer, amount: "${{sum}}"}}
              expect: {{outcome: approved, amount: "${{sum}}"}}
      - {BALANCE}
        expect: {{available: 9940.00}}
    """)
    assert texts(result) == [("1/2", "passed"), ("2/2", "passed"), ("", "passed")]
    assert [step.depth for step in result.steps] == [1, 1, 0]


def test_a_retry_tells_its_last_try_only(played):
    result = played(f"""
      - retry:
          times: 4
          every: 1s
          steps:
            - {BALANCE}
              expect: {{available: "1000${{attempt}}.00"}}
      - retry:
          times: 3
          every: 2s
          steps:
            - withdraw: {{at: gab, card: customer, amount: 200.00}}
            - {BALANCE}
              expect: {{available: {{lt: 9700.00}}}}
    """)
    assert texts(result)[0] == ("try 4", "failed")
    assert texts(result)[1:] == [("try 2", "passed"), ("try 2", "passed")]
    assert result.elapsed_s > 5.0
    assert result.verdict is Verdict.FAILED


def test_branches_run_side_by_side_and_meet_again(played):
    result = played("""
      - parallel:
          slow: [{think: 3s}]
          fast: [{think: 1s}, {think: 1s}]
      - think: 1s
    """)
    assert [step.label for step in result.steps] == ["fast", "fast", "slow", ""]
    assert 4.0 <= result.elapsed_s < 4.5


def test_a_branch_that_breaks_stops_what_follows_and_no_other_branch(played):
    result = played("""
      - parallel:
          one: [{faults: [{on: issuer, inject: down}]}, {faults: [{on: issuer, inject: silent}]}]
          two: [{think: 5s}]
      - think: 1s
    """)
    statuses = [step.status for step in result.steps]
    assert statuses == [
        StepStatus.PASSED,
        StepStatus.BROKEN,
        StepStatus.PASSED,
        StepStatus.SKIPPED,
    ]


def test_a_step_is_done_only_when_its_conditions_hold(played):
    result = played(f"""
      - {BALANCE}
        capture: {{code: result.response_code, left: result.available}}
      - when: {{"${{code}}": {{ne: "00"}}}}
        think: 1h
      - when: {{"${{code}}": "00", "${{left}}": {{gte: 10000}}}}
        think: 2s
    """)
    assert [step.status.value for step in result.steps] == ["passed", "skipped", "passed"]


def test_what_is_captured_can_be_used_and_what_is_not_is_told(played):
    result = played("""
      - withdraw: {at: gab, card: customer, amount: 200.00}
        capture: {code: de.38, mine: sent.11, stan: result.stan, card: de.2}
        expect: {outcome: approved}
      - withdraw: {at: gab, card: customer, amount: 20.00}
        expect: {approval_code: {ne: "${code}"}}
      - when: {"${mine}": "${stan}"}
        withdraw: {at: gab, card: customer, amount: 9999999.00}
        capture: {none: result.approval_code}
    """)
    assert [step.status.value for step in result.steps] == ["passed", "passed", "broken"]
    assert "the result has none" in result.steps[2].problem


def test_a_value_that_does_not_fit_its_step_breaks_it(played):
    result = played("""
      - balance: {at: gab, card: customer}
        capture: {words: result.words}
      - withdraw: {at: gab, card: customer, amount: "${words}"}
    """)
    assert result.steps[1].status is StepStatus.BROKEN
    assert "withdraw.amount: expected an amount such as 350.75" in result.steps[1].problem


def test_after_is_done_whatever_came_of_the_steps(played):
    result = played(
        "- faults: [{on: issuer, inject: down}]\n- faults: [{on: issuer, inject: silent}]\n",
        head="after:\n- think: 2s\n",
    )
    assert [(step.part, step.status.value) for step in result.steps] == [
        ("steps", "passed"),
        ("steps", "broken"),
        ("after", "passed"),
    ]


def test_after_is_done_when_the_time_is_up(played):
    result = played("- think: 1h\n", head="time_limit: 5s\nafter:\n- think: 2s\n")
    assert [(step.part, step.status.value) for step in result.steps] == [
        ("steps", "broken"),
        ("after", "passed"),
    ]
    assert 7.0 <= result.elapsed_s < 20.0


def test_steps_are_not_done_when_before_goes_wrong(played):
    result = played(
        "- think: 1s\n",
        head="before:\n- balance: {at: gab, card: customer}\n  expect: {available: 1.00}\n"
        "after:\n- think: 1s\n",
    )
    assert [(step.part, step.status.value) for step in result.steps] == [
        ("before", "failed"),
        ("steps", "skipped"),
        ("after", "passed"),
    ]
    assert result.verdict is Verdict.FAILED
