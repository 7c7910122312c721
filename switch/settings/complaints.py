"""Pydantic's errors as problems in plain words, each at its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from switch.settings.branches import Complaint, Entry, settled
from switch.settings.document import Document, Mapping, Node, Scalar
from switch.settings.problems import Problem, quoted, suggest
from switch.settings.reader import Reader
from switch.settings.seen import Misfit, Seen, names_of
from switch.settings.tree import Step, Where, node_at, span_of, steps_of, where_of
from switch.settings.wording import NAMES_SHOWN_MAX, expected_words, listed, words_in

ERRORS_READ_MAX = 1_000
"""Nobody mends more at once, and a large file of another kind has a million."""

KEY_LABEL = "[key]"
"""What pydantic puts after the key of a dict when it is the key that is wrong."""


def problems_of(document: Document, error: ValidationError, seen: Seen) -> list[Problem]:
    """Everything a validation found, noise of the other branches of unions left out."""
    errors = error.errors(include_url=False)
    entries = [_entry(document.root, details, seen) for details in errors[:ERRORS_READ_MAX]]
    complaints = _without_misspelt(settled(entries))
    problems = list(dict.fromkeys(_problem(document, complaint) for complaint in complaints))
    if (unread := len(errors) - ERRORS_READ_MAX) > 0:
        problems.append(document.source.whole(f"{unread} errors more than can be told at once"))
    return problems


def _entry(root: Node, details: ErrorDetails, seen: Seen) -> Entry:
    loc, kind, given = details["loc"], details["type"], details["input"]
    if kind == "missing":
        steps = steps_of(root, loc[:-1], given)
        return steps, _missing(where_of(steps), loc[-1])
    if loc and loc[-1] == KEY_LABEL:
        steps = tuple((element, True) for element in loc[:-1])
        complaint = _said(details, None)
        return steps, replace(complaint, where=loc[:-1], on_key=True)
    steps = steps_of(root, loc, given)
    where = where_of(steps)
    if kind == "extra_forbidden":
        return steps, _unknown(root, where, str(loc[-1]), given, steps, seen)
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return steps, _untagged(node_at(root, where), where, details.get("ctx", {}))
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, Misfit):
        return steps, Complaint(
            (*where, *cause.where), str(cause), suggestion=cause.suggestion, on_key=cause.on_key
        )
    return steps, replace(_said(details, _writer(root, where, seen)), where=where)


def _missing(where: Where, key: str | int) -> Complaint:
    if isinstance(key, int):
        return Complaint(where, expected=f"at least {key + 1} items")
    return Complaint(where, f"missing key {quoted(key)}", on_key=True, missing=key)


def _unknown(
    root: Node, where: Where, key: str, given: Any, steps: tuple[Step, ...], seen: Seen
) -> Complaint:
    models = seen.strangers_to(key, given)
    branch = [label for label, is_step in steps if not is_step][-1:]
    models = [model for model in models if model.__name__ in branch] or models
    container = node_at(root, where[:-1])
    present = set(container.entries) if isinstance(container, Mapping) else set()
    names = list(dict.fromkeys(name for model in models for name in names_of(model)))
    message = f"unknown key {quoted(key)}"
    meant = suggest(key, [name for name in names if name not in present])
    if meant is None and 0 < len(names) <= NAMES_SHOWN_MAX:
        message += f", known here: {listed(names, 'and')}"
    return Complaint(where, message, suggestion=meant, on_key=True, unknown=key)


def _untagged(node: Node | None, where: Where, context: dict[str, Any]) -> Complaint:
    """A value that no branch of a discriminated union takes."""
    name = next(iter(words_in(str(context.get("discriminator", "")))), None)
    known = words_in(str(context.get("expected_tags", "")))
    tag = context.get("tag")
    if not isinstance(node, Mapping):
        return Complaint(where, expected="a mapping")
    if tag is None:
        return _missing(where, name) if name else Complaint(where, "nothing says what this is")
    tag = str(tag)
    meant = suggest(tag, known)
    tail = "" if meant else f", expected {listed(known)}"
    if name in node.entries:
        message = f"unknown {name} {quoted(tag)}{tail}"
        return Complaint((*where, str(name)), message, suggestion=meant)
    message = f"unknown key {quoted(tag)}{tail}"
    return Complaint((*where, tag), message, suggestion=meant, on_key=True)


def _said(details: ErrorDetails, write: Callable[[Any], object] | None) -> Complaint:
    """What an error says, its place left open."""
    context = details.get("ctx", {})
    kind, suggestion = details["type"], context.get("suggestion")
    if (reason := context.get("reason")) is not None:
        return Complaint((), str(reason), suggestion=suggestion)
    if kind in ("value_error", "assertion_error"):
        return Complaint((), str(context["error"]))
    expected = expected_words(kind, context, details["msg"], write)
    if expected is None:
        return Complaint((), details["msg"])
    if kind in ("literal_error", "enum") and isinstance(details["input"], str):
        suggestion = suggest(details["input"], words_in(str(context["expected"])))
    return Complaint((), expected=expected, suggestion=suggestion)


def _writer(root: Node, where: Where, seen: Seen) -> Callable[[Any], object] | None:
    """How the type of the field at `where` writes a value, when it is one of ours."""
    if not where or (container := node_at(root, where[:-1])) is None:
        return None
    for model in seen.readers(container.data):
        for name, field in model.model_fields.items():
            if where[-1] in (name, field.alias):
                for mark in field.metadata:
                    if isinstance(mark, Reader):
                        return mark.write
    return None


def _without_misspelt(complaints: list[Complaint]) -> list[Complaint]:
    """Leave out a missing key that an unknown key beside it was meant to be."""
    meant = {
        (complaint.where[:-1], complaint.suggestion)
        for complaint in complaints
        if complaint.unknown is not None
    }
    return [
        complaint
        for complaint in complaints
        if complaint.missing is None or (complaint.where, complaint.missing) not in meant
    ]


def _problem(document: Document, complaint: Complaint) -> Problem:
    start, end = span_of(document.root, complaint.where, on_key=complaint.on_key)
    message = complaint.message
    if complaint.expected:
        if complaint.on_key:
            found = quoted(str(complaint.where[-1]))
        else:
            found = _found(node_at(document.root, complaint.where))
        message = f"expected {complaint.expected}, found {found}"
    return document.source.problem(start, end, message, suggestion=complaint.suggestion)


def _found(node: Node | None) -> str:
    if isinstance(node, Scalar):
        return "nothing" if node.data is None else quoted(node.data)
    if isinstance(node, Mapping):
        return "a mapping" if node.entries else "an empty mapping"
    if node is None:
        return "something else"
    return {0: "an empty list", 1: "a list of 1 item"}.get(
        len(node.items), f"a list of {len(node.items)} items"
    )
