"""The end of a run, on one screen."""

from simulator.report.summary import summary_lines


def lines(run):
    return [line.plain for line in summary_lines(run)]


def test_a_run_that_passed_ends_with_its_books_and_its_seed(run_of, results):
    told = lines(run_of(results["passed"], results["passed"]))
    assert told[0] == "The books at the end, 2 scenarios in total"
    assert told[2].split() == ["GAB00001", "400.00", "400.00", *["0.00"] * 4, "equal"]
    assert told[3].split()[0] == "total"
    assert told[5:] == [
        "  2 scenarios   2 passed",
        "  2 steps, 2 operations, the slowest 0.250 s",
        "  virtual clock, 1.500 s, seed 42",
        f"  history {'ab' * 32}",
        "  PASSED   exit code 0",
    ]


def test_what_is_wrong_is_told_again_at_the_end_and_how_to_repeat_it(run_of, results):
    told = lines(run_of(results["failed"], results["passed"]))
    assert "  A refusal, step 1: outcome: expected declined, found approved" in told
    assert "  A refusal, at the end: account of customer: expected 1.00, found 2.00" in told
    again = "  again:  guichet run scenarios/smoke/withdrawal.yaml --clock virtual --seed 42"
    assert again in told
    assert told[-1] == "  FAILED   exit code 1"


def test_books_that_differ_in_one_scenario_are_not_equal_in_total(run_of, results):
    told = lines(run_of(results["passed"], results["broken"]))
    assert told[3].endswith("NOT EQUAL")
    assert told[-1] == "  INVARIANT BROKEN   exit code 5"


def test_differences_that_cancel_out_are_not_equal(run_of, results):
    passed, broken = results["passed"], results["broken"]
    less = type(broken)(**{**vars(broken), "books": _debited(passed.books, 10_000)})
    told = lines(run_of(broken, less))
    assert told[2].split()[1:3] == ["400.00", "400.00"]
    assert told[2].endswith("NOT EQUAL")


def test_an_interrupted_run_counts_what_was_not_run(run_of, results):
    told = lines(run_of(results["passed"], not_run=("Another",), interrupted=True))
    assert "  1 scenario   1 passed   1 not run" in told
    assert told[-1] == "  INTERRUPTED   exit code 130"


def test_a_long_list_of_what_is_wrong_is_cut(run_of, results):
    told = lines(run_of(*[results["failed"]] * 15))
    assert "  and 10 more" in told


def test_without_books_there_is_no_table(run_of, results):
    told = lines(run_of(results["unreachable"]))
    assert told[0] == "What is not as it should be"
    assert told[-1] == "  UNREACHABLE   exit code 3"


def test_the_worst_verdict_decides(run_of, results):
    codes = {name: run_of(result).exit_code for name, result in results.items()}
    assert codes == {"passed": 0, "failed": 1, "broken": 5, "unreachable": 3}
    assert run_of(*results.values()).exit_code == 3
    assert run_of(results["failed"], results["broken"]).exit_code == 5
    assert run_of(*results.values(), interrupted=True).exit_code == 130
    assert run_of().exit_code == 0


def _debited(books, amount_minor):
    core = books.ledgers["core"]
    posting = type(core.postings[0])(**{**vars(core.postings[0]), "amount_minor": amount_minor})
    ledger = type(core)(**{**vars(core), "postings": (posting,)})
    return type(books)(books.terminals, {**books.ledgers, "core": ledger}, books.switch)
