"""What validators say beyond pydantic's own errors: places below a value, and who read what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from switch.settings.problems import suggest


class Misfit(ValueError):  # noqa: N818 - it tells, it is not one of the product's errors
    """What a validator of a model raises to point below the value it checks.

    `where` is relative to that value; `near` and `candidates` make the suggestion.
    """

    def __init__(
        self,
        message: str,
        *where: str | int,
        on_key: bool = False,
        near: str | None = None,
        candidates: Iterable[str] = (),
    ) -> None:
        super().__init__(message)
        self.where = where
        self.on_key = on_key
        self.suggestion = None if near is None else suggest(near, candidates)


class Seen:
    """Which models read which mappings, in one validation.

    Without it an unknown key could not be compared with those that its model knows.
    """

    def __init__(self) -> None:
        self._readings: list[tuple[dict[str, Any], type[BaseModel]]] = []
        self._strangers: dict[tuple[str, int], list[type[BaseModel]]] | None = None
        self._readers: dict[int, list[type[BaseModel]]] | None = None

    def note(self, data: Any, model: type[BaseModel]) -> None:
        """Remember that `model` is about to read `data`."""
        if isinstance(data, dict):
            self._readings.append((data, model))

    def readers(self, data: Any) -> list[type[BaseModel]]:
        """The models that read this very mapping."""
        if self._readers is None:
            self._readers = defaultdict(list)
            for seen, model in self._readings:
                self._readers[id(seen)].append(model)
        return self._readers.get(id(data), [])

    def strangers_to(self, key: str, value: Any) -> list[type[BaseModel]]:
        """The models that met `key` with this very value and do not know it."""
        if self._strangers is None:
            self._strangers = defaultdict(list)
            for seen, model in self._readings:
                for name in seen.keys() - set(names_of(model)):
                    # identities last as long as the mappings that hold the values: kept above
                    self._strangers[name, id(seen[name])].append(model)
        return self._strangers.get((key, id(value)), [])


def names_of(model: type[BaseModel]) -> list[str]:
    """The keys that a model reads."""
    return [field.alias or name for name, field in model.model_fields.items()]
