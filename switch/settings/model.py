"""Models of settings, and the way from a YAML file to one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from switch.settings.complaints import problems_of
from switch.settings.document import Document, read_document
from switch.settings.problems import Problem, SettingsError, suggest
from switch.settings.reader import bare_type
from switch.settings.seen import Seen
from switch.settings.source import Source, read_source
from switch.settings.tree import Where, span_of


class Model(BaseModel):
    """The base of every settings model: no unknown key, no change after reading.

    A string under an attribute is its description in JSON Schema. Fields are declared with the
    types of `switch.settings`: a bare `int`, `float`, `bool` or `Decimal` is a TypeError when the
    class is made, since pydantic would read `0200`, `1_000`, `nan` and `yes` by its own rules.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, info in cls.model_fields.items():
            if (bare := bare_type(info.annotation, info.metadata)) is not None:
                raise TypeError(
                    f"{cls.__name__}.{name}: {bare.__name__} would read '1_000' or 'yes'; "
                    "use Whole, Number, Flag, DurationS or MoneyMinor"
                )

    @model_validator(mode="before")
    @classmethod
    def _note(cls, data: Any, info: ValidationInfo) -> Any:
        """Remember which model read which mapping: pydantic's errors do not say."""
        if isinstance(info.context, Seen):
            info.context.note(data, cls)
        return data


M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Located(Generic[M]):
    """A value and the text it was read from, so that later checks can point into the file."""

    value: M
    path: Path
    source: str = field(repr=False)
    document: Document = field(repr=False)

    def problem(
        self,
        where: Where,
        message: str,
        *,
        on_key: bool = False,
        near: str | None = None,
        candidates: Iterable[str] = (),
    ) -> Problem:
        """A problem with what stands at `where`, such as `("steps", 2, "withdraw", "card")`.

        The caret goes under the value, or under its key with `on_key`; where the path leads
        nowhere, under the deepest part of it that exists. `near` is the word for which one of
        `candidates` may have been meant.
        """
        start, end = span_of(self.document.root, where, on_key=on_key)
        suggestion = None if near is None else suggest(near, candidates)
        return self.document.source.problem(start, end, message, suggestion=suggestion)


def load(path: Path, model: type[M]) -> M:
    """The file's content as a `model`; raises SettingsError with everything wrong in it."""
    return load_located(path, model).value


def load_located(path: Path, model: type[M]) -> Located[M]:
    """The same as `load`, with the means to point into the file afterwards."""
    return _located(read_source(path), path, model)


def parse(text: str, name: str, model: type[M]) -> M:
    """The same as `load` from a text; `name` stands for the file in messages."""
    return parse_located(text, name, model).value


def parse_located(text: str, name: str, model: type[M]) -> Located[M]:
    """The same as `load_located` from a text."""
    return _located(Source(name, text), Path(name), model)


def _located(source: Source, path: Path, model: type[M]) -> Located[M]:
    return located_in(read_document(source), path, model)


def located_in(document: Document, path: Path, model: type[M]) -> Located[M]:
    """The same as `load_located` of a document that was read already, and perhaps filled in."""
    seen = Seen()
    try:
        value = model.model_validate(document.root.data, context=seen)
    except ValidationError as error:
        problems = [*document.problems, *problems_of(document, error, seen)]
        raise SettingsError(sorted(problems, key=_place)) from None
    if document.problems:
        raise SettingsError(document.problems)
    return Located(value, path, document.source.text, document)


def _place(problem: Problem) -> tuple[bool, int, int]:
    """In the order of the file; what concerns the whole of it comes last."""
    return problem.line == 0, problem.line, problem.column
