"""Results of runs, made by hand."""

from pathlib import Path

import pytest

from simulator.oracle import Books, Broken
from simulator.oracle.ledgers import Account, LedgerBook, Posting
from simulator.oracle.switch_journal import SwitchReversals
from simulator.oracle.terminal_books import Deed, TerminalBook
from simulator.scenario.expectations import Mismatch
from simulator.scenario.results import RunResult, ScenarioResult, StepResult, StepStatus, Verdict
from simulator.terminal.result import OperationResult

PATH = Path("scenarios/smoke/withdrawal.yaml")


def operation(**changes):
    facts = {
        "operation": "withdraw",
        "terminal": "GAB00001",
        "outcome": "approved",
        "response_code": "00",
        "words": "approved",
        "amount_minor": 20_000,
        "notes": {200: 1},
        "elapsed_s": 0.25,
        "card": "950401******0019",
    }
    return OperationResult(**{**facts, **changes})


def step(number=1, status=StepStatus.PASSED, **changes):
    facts = {
        "number": number,
        "word": "withdraw",
        "text": "withdraw 200.00 at GAB00001, amina",
        "place": f"{PATH}:{number + 5}",
        "status": status,
        "result": operation(),
    }
    return StepResult(**{**facts, **changes})


def books(debited_minor=20_000):
    deed = Deed("GAB00001", "dispensed", "withdraw", "000001", "1", 20_000, 20_000, "")
    posting = Posting(
        "core", 2, "withdrawal", debited_minor, 0, "GAB00001", "000001", "1", "", "", 0
    )
    account = Account("customer:1", "customer", "amina", 0, 980_000, 980_000, -20_000)
    return Books(
        {"GAB00001": TerminalBook("GAB00001", [deed])},
        {
            "core": LedgerBook("core", (account,), (posting,), (), {}),
            "issuer": LedgerBook("issuer", (), (), (), {}),
        },
        SwitchReversals(),
    )


def scenario(verdict=Verdict.PASSED, **changes):
    facts = {
        "name": "A withdrawal",
        "path": PATH,
        "tags": ("smoke",),
        "verdict": verdict,
        "elapsed_s": 0.5,
        "steps": (step(),),
        "books": books(),
    }
    return ScenarioResult(**{**facts, **changes})


FAILED = scenario(
    Verdict.FAILED,
    name="A refusal",
    steps=(
        step(
            status=StepStatus.FAILED,
            mismatches=(Mismatch("outcome", "declined", "approved"),),
        ),
        step(2, StepStatus.BROKEN, result=None, problem="the issuer is down"),
        step(3, StepStatus.SKIPPED, result=None),
    ),
    mismatches=(Mismatch("account of customer", "1.00", "2.00"),),
)
BROKEN = scenario(
    Verdict.INVARIANT,
    name="A defect",
    books=books(debited_minor=30_000),
    broken=(Broken("money", "100.00 too much", "GAB00001, STAN 000001"),),
)
UNREACHABLE = scenario(
    Verdict.UNREACHABLE, name="A taken port", steps=(), books=None, problem="it is taken"
)


@pytest.fixture
def run_of():
    def run(*scenarios, **changes):
        facts = {"clock": "virtual", "seed": 42, "elapsed_s": 1.5, "digest": "ab" * 32}
        return RunResult(scenarios=scenarios, **{**facts, **changes})

    return run


@pytest.fixture
def results():
    """One scenario of each verdict."""
    return {"passed": scenario(), "failed": FAILED, "broken": BROKEN, "unreachable": UNREACHABLE}
