"""What PyYAML says about text that is not YAML, in plain words."""

from __future__ import annotations

import re

import yaml

from switch.settings.problems import Problem, quoted
from switch.settings.source import Source

# Both of PyYAML's parsers are covered: libyaml's words and those of the one in Python differ.
_PLAIN_WORDS = (
    ("expected '-' indicator", "this line does not line up with the list above it"),
    ("sequence entries are not allowed", "a list begins on a line of its own"),
    ("block collections are not allowed", "a list begins on a line of its own"),
    ("expected ',' or ']'", "a list in [ ] is not closed: ',' or ']' expected"),
    ("expected ',' or '}'", "a mapping in { } is not closed: ',' or '}' expected"),
    ("unexpected end of stream", "a quote is opened and never closed"),
    ("unexpected document indicator", "a quote is opened and never closed"),
    ("could not find expected ':'", "a key is not followed by ':'"),
    ("unknown escape character", "this escape is unknown in double quotes: use single quotes"),
    ("invalid Unicode character escape", "this escape names no character"),
    ("expected escape sequence", "this escape is not complete"),
    ("expected hexdecimal number", "this escape is not complete"),
    ("document start", "the document has ended before this"),
    ("undefined tag handle", "tags are not read here: leave it out"),
    ("alphabetic or numeric", "no name follows '&' or '*': quote a text that begins so"),
    ("comment or line break", "a text block begins on the line after '|' or '>'"),
    ("chomping or indentation", "a text block begins on the line after '|' or '>'"),
    ("violates indentation", "a tab cannot indent: YAML wants spaces"),
    ("maximum nesting depth", "the nesting is too deep"),
    ("directive", "a line that begins with '%' is not read here"),
    ("incompatible YAML document", "a line that begins with '%' is not read here"),
)
# For these, what was begun is where the mending is, not the place where its end was missed.
_BEGINNINGS = (
    "expected ',' or",
    "unexpected end of stream",
    "unexpected document indicator",
    "could not find expected ':'",
)
_BEGINS_LINE = re.compile(r"[ \t]*(?:- +)*")


def syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """The place and the plain words of a parser's error."""
    words = error.problem or error.context or "unreadable"
    mark = error.problem_mark or error.context_mark
    offset = 0 if mark is None else mark.index
    message = _message(source, words, offset)
    if error.context_mark is not None and any(part in words for part in _BEGINNINGS):
        begun = error.context_mark.index
        if source.line_of(begun) != source.line_of(offset):
            return source.problem(begun, begun + 1, message)
    return source.problem(offset, offset + 1, message)


def _message(source: Source, words: str, offset: int) -> str:
    character = source.text[offset : offset + 1]
    before = source.before(offset)
    if "cannot start any token" in words or "is not allowed in" in words:
        if character == "\t":
            return "a tab cannot indent: YAML wants spaces"
        return f"a value cannot begin with {quoted(character)}: put it in quotes"
    if "mapping values are not allowed" in words:
        if ": " in before:
            return "a second ':' in this line: put a text that holds ': ' in quotes"
        return "no key can stand here: the line above holds a value already"
    if "expected key" in words or "expected <block end>" in words:
        if character == ":":
            return "a key is missing before this ':'"
        if _BEGINS_LINE.fullmatch(before):
            return "this line does not line up with the lines above it"
        return "the value has ended before this: put all of it in quotes"
    if "node content" in words:
        return f"a value is missing before {quoted(character)}"
    for part, plain in _PLAIN_WORDS:
        if part in words:
            return plain
    return f"this is not YAML: {words}"
