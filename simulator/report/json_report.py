"""A run as one JSON document, of the shape of `simulator.report.result_document`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from simulator.oracle import Books
from simulator.report.load_json import loads_told
from simulator.report.result_document import FORMAT
from simulator.scenario.results import RunResult, ScenarioResult, StepResult, Verdict


def json_report(run: RunResult) -> str:
    """The document, with its final newline. Amounts are integers of minor units."""
    return json.dumps(run_document(run), ensure_ascii=False, indent=2) + "\n"


def run_document(run: RunResult) -> dict[str, Any]:
    """The document as data."""
    return {
        "format": FORMAT,
        "verdict": run.verdict.value,
        "exit_code": run.exit_code,
        "clock": run.clock,
        "seed": run.seed,
        "digest": run.digest or None,
        "elapsed_s": _rounded(run.elapsed_s),
        "counts": {
            verdict.value: sum(result.verdict is verdict for result in run.scenarios)
            for verdict in Verdict
        },
        "scenarios": [_scenario(result) for result in run.scenarios],
        "not_run": list(run.not_run),
    }


def _scenario(result: ScenarioResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "file": str(result.path),
        "tags": list(result.tags),
        "verdict": result.verdict.value,
        "elapsed_s": _rounded(result.elapsed_s),
        "problem": result.problem or None,
        "digest": result.digest or None,
        "load": loads_told(result),
        "steps": [_step(step) for step in result.steps],
        "mismatches": [asdict(mismatch) for mismatch in result.mismatches],
        "broken_invariants": [asdict(broken) for broken in result.broken],
        "books": _books(result.books) if result.books is not None else None,
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        "number": step.number,
        "part": step.part,
        "depth": step.depth,
        "label": step.label or None,
        "word": step.word,
        "text": step.text,
        "place": step.place,
        "status": step.status.value,
        "started_s": _rounded(step.started_s),
        "elapsed_s": _rounded(step.elapsed_s),
        "result": _result(step) if step.result is not None else None,
        "mismatches": [asdict(mismatch) for mismatch in step.mismatches],
        "problem": step.problem or None,
        "exchanged": asdict(step.exchanged) if step.exchanged is not None else None,
    }


def _result(step: StepResult) -> dict[str, Any]:
    assert step.result is not None
    told = asdict(step.result)
    told["elapsed_s"] = _rounded(step.result.elapsed_s)
    told["lines"] = list(step.result.lines)
    return told


def _books(books: Books) -> dict[str, Any]:
    return {
        "terminals": [
            {
                "terminal": row.terminal,
                "paid_out_minor": row.paid_out_minor,
                "taken_in_minor": row.taken_in_minor,
                "ledgers_out_minor": dict(row.ledgers_out_minor),
                "ledgers_in_minor": dict(row.ledgers_in_minor),
                "equal": row.equal,
            }
            for row in books.rows()
        ],
        "ledgers": [
            {
                "ledger": name,
                "sum_minor": ledger.sum_minor,
                "accounts": [
                    {"code": account.code, "balance_minor": account.balance_minor}
                    for account in ledger.accounts
                ],
            }
            for name, ledger in books.ledgers.items()
        ],
        "reversals_owed_by_switch": len(books.switch.owed),
        "reversals_acknowledged_to_switch": books.switch.acknowledged,
    }


def _rounded(seconds_s: float) -> float:
    return round(seconds_s, 6)
