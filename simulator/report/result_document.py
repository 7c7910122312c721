"""The shape of the JSON document of a run: its published schema, and how one is read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FORMAT = 1
"""Changes when something is renamed or taken away, not when something is added."""


class _Part(BaseModel):
    """A part of the document. What a later version adds is let through."""

    model_config = ConfigDict(extra="allow", frozen=True)


class MismatchDocument(_Part):
    """Something that was not as expected, in words."""

    what: str
    expected: str
    found: str


class LifeLineDocument(_Part):
    """Something that one book says of a transaction."""

    at: str = Field(description="ISO 8601, UTC.")
    book: str
    said: str


class BrokenDocument(_Part):
    """An invariant that does not hold."""

    invariant: str
    found: str
    transaction: str = Field(description="The first transaction that shows it; may be empty.")
    terminal: str
    rrn: str = Field(description="With the terminal, its name in every book; may be empty.")
    life: list[LifeLineDocument] = Field(
        description="What each book says of that transaction, in order; of the first one found."
    )


class ArticleDocument(_Part):
    """One thing owed."""

    id: str
    amount_minor: int


class OperationDocument(_Part):
    """What came of one operation at a terminal."""

    operation: str = Field(description="The word of the step that does it.")
    terminal: str
    outcome: str = Field(description="The terminal's own: approved, declined or in_doubt.")
    response_code: str
    words: str
    amount_minor: int
    currency: str = Field(description="ISO 4217, three digits.")
    elapsed_s: float = Field(description="From the request to its answer.")
    stan: str
    rrn: str
    card: str = Field(description="Masked.")
    approval_code: str
    notes: dict[str, int] = Field(description="Banknotes by their value in whole dirhams.")
    ledger_minor: int | None
    available_minor: int | None
    lines: list[str]
    creditor: str
    kind: str
    reference: str
    articles: list[ArticleDocument]
    parameters: dict[str, str]
    settlement_reference: str
    difference_minor: int | None
    receipt: list[str]
    card_captured: bool
    application: str = Field(description="Identifier (AID) of the chip that was used.")
    certificate: str = Field(description="The chip's last word: TC or AAC, and 16 digits.")
    entry: str = Field(description="How the card was read: the first two digits of DE22.")


class ExchangedDocument(_Part):
    """The messages behind an expectation that failed, masked."""

    sent: str
    came: str
    around: list[str]
    look: str


class StepDocument(_Part):
    """One step."""

    number: int
    part: str = Field(description="before, steps or after.")
    depth: int
    label: str | None
    word: str
    text: str
    place: str = Field(description="file:line")
    status: str = Field(description="passed, failed, broken or skipped.")
    started_s: float
    elapsed_s: float
    result: OperationDocument | None
    mismatches: list[MismatchDocument]
    problem: str | None
    exchanged: ExchangedDocument | None


class LoadDocument(_Part):
    """One load."""

    name: str
    executor: str
    iterations_due: int
    elapsed_s: float
    warm_up_s: float


class MetricDocument(_Part):
    """A metric of one set of tags: a trend, a rate (hits of total) or a count."""

    metric: str
    tags: dict[str, str]
    count: int | None = None
    hits: int | None = None
    total: int | None = None
    mean_s: float | None = None
    min_s: float | None = None
    max_s: float | None = None
    percentiles_s: dict[str, float] | None = None


class ThresholdDocument(_Part):
    """One threshold, and what was measured."""

    metric: str
    check: str
    found: str
    passed: bool


class SummaryDocument(_Part):
    """A metric over all loads and outcomes: of one step, or of everything."""

    metric: str
    step: str | None
    count: int = Field(description="Samples of a trend or a rate, or the count itself.")
    rate: float | None = Field(description="Of a rate: the share.")
    mean_s: float | None
    percentiles_s: dict[str, float] | None = Field(description="Of a trend.")


class LoadsDocument(_Part):
    """All loads of a scenario."""

    loads: list[LoadDocument]
    metrics: list[MetricDocument]
    summary: list[SummaryDocument] = Field(default_factory=list)
    thresholds: list[ThresholdDocument]
    generator_was_late: bool


class TerminalBooksDocument(_Part):
    """What a terminal says it paid out and took in, and what each ledger says of it."""

    terminal: str
    paid_out_minor: int
    taken_in_minor: int
    ledgers_out_minor: dict[str, int]
    ledgers_in_minor: dict[str, int]
    equal: bool


class AccountDocument(_Part):
    """An account of a ledger at the end."""

    code: str
    balance_minor: int


class LedgerDocument(_Part):
    """A ledger at the end; its sum is zero."""

    ledger: str
    sum_minor: int
    accounts: list[AccountDocument]


class BooksDocument(_Part):
    """All books side by side."""

    terminals: list[TerminalBooksDocument]
    ledgers: list[LedgerDocument]
    reversals_owed_by_switch: int
    reversals_acknowledged_to_switch: int


class ScenarioDocument(_Part):
    """One scenario, with the evidence behind its verdict."""

    name: str
    file: str
    tags: list[str]
    verdict: str
    elapsed_s: float
    problem: str | None
    digest: str | None
    load: LoadsDocument | None = None
    steps: list[StepDocument]
    mismatches: list[MismatchDocument]
    broken_invariants: list[BrokenDocument]
    books: BooksDocument | None


class RunDocument(_Part):
    """A run of scenarios. Amounts are integers of minor units, times are seconds."""

    format: int
    verdict: str
    exit_code: int
    clock: str
    seed: int
    digest: str | None = Field(description="In virtual time the hash of the whole history.")
    elapsed_s: float
    counts: dict[str, int] = Field(description="How many scenarios by verdict.")
    scenarios: list[ScenarioDocument]
    not_run: list[str]


class ResultFileError(Exception):
    """A file that holds no results of a run: which, where in it, and why."""


def read_results(path: Path) -> RunDocument:
    """The results that `guichet run --json` printed into a file. Raises ResultFileError."""
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text)
    except OSError as error:
        raise ResultFileError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ResultFileError(f"{path}: this is no UTF-8 text") from None
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise ResultFileError(f"{place}: this is no JSON: {error.msg}") from None
    if not isinstance(found, dict) or "scenarios" not in found:
        raise ResultFileError(f"{path}: no results of `guichet run --json` are in it")
    if found.get("format") != FORMAT:
        words = f"its format is {found.get('format')!r}, this version reads {FORMAT}"
        raise ResultFileError(f"{path}: {words}")
    try:
        return RunDocument.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ResultFileError(f"{path}: {where}: {first['msg'].lower()}") from None


def results_schema() -> dict[str, Any]:
    """The published JSON Schema of the document, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "results.json",
        "title": "Results of a Guichet run",
        **RunDocument.model_json_schema(),
    }
