"""What a step captures: a value of what came of it, by path.

`result.` and `receipt.` are about an operation at a terminal, `de.` about the message that came,
`sent.` about the message that was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.terminal.result import OperationResult
from switch.settings import suggest, write_money
from switch.wire import Dialect, Message, Value
from switch.wire.paths import PathError, get

_SHOWN: Mapping[str, Callable[[OperationResult], str | None]] = {
    "outcome": lambda result: result.outcome,
    "response_code": lambda result: result.response_code,
    "words": lambda result: result.words,
    "amount": lambda result: write_money(result.amount_minor),
    "ledger": lambda result: _money(result.ledger_minor),
    "available": lambda result: _money(result.available_minor),
    "approval_code": lambda result: result.approval_code,
    "reference": lambda result: result.reference,
    "settlement_reference": lambda result: result.settlement_reference,
    "certificate": lambda result: result.certificate,
    "stan": lambda result: result.stan,
    "rrn": lambda result: result.rrn,
    "terminal": lambda result: result.terminal,
    "card": lambda result: result.card,
    "creditor": lambda result: result.creditor,
    "kind": lambda result: result.kind,
    "text": lambda result: "\n".join(result.receipt),
    "articles": lambda result: ",".join(article.id for article in result.articles),
}


class NothingCapturedError(Exception):
    """A path that leads to nothing in what came, in words."""


class Captured:
    """What came of one step: an operation's result, or messages."""

    def __init__(
        self,
        result: OperationResult | None = None,
        came: Message | None = None,
        sent: Message | None = None,
        dialect: Dialect | None = None,
    ) -> None:
        self._result = result
        self._messages = {"de": came, "sent": sent}
        self._dialect = dialect

    def value(self, path: str) -> str:
        """What a path leads to, as text. Raises NothingCapturedError."""
        root, _, rest = path.partition(".")
        if root in ("result", "receipt") and self._result is not None:
            return self._of_result(rest, path)
        if root in self._messages:
            message = self._messages[root]
            if message is None or self._dialect is None:
                raise NothingCapturedError(f"'{path}': no message came")
            try:
                found = get(message, rest, self._dialect)
            except PathError as error:
                raise NothingCapturedError(str(error)) from None
            if found is None:
                raise NothingCapturedError(f"'{path}': the message has no DE{rest}")
            return _text(found, path)
        known = "result.NAME, receipt.NAME, de.PATH or sent.PATH"
        raise NothingCapturedError(f"'{path}' leads to nothing here: a path is {known}")

    def _of_result(self, name: str, path: str) -> str:
        assert self._result is not None
        show = _SHOWN.get(name)
        if show is None:
            meant = suggest(name, _SHOWN)
            hint = f" (did you mean '{meant}'?)" if meant else f": {', '.join(_SHOWN)}"
            raise NothingCapturedError(f"a result has no '{name}'{hint}")
        value = show(self._result)
        if not value:
            raise NothingCapturedError(f"'{path}': the result has none")
        return value


def _money(amount_minor: int | None) -> str | None:
    return None if amount_minor is None else write_money(amount_minor)


def _text(found: Value, path: str) -> str:
    if not isinstance(found, str):
        raise NothingCapturedError(f"'{path}' is not one value: say which part of it")
    return found
