"""What PyYAML says about text that is not YAML, in plain words."""

from __future__ import annotations

import yaml

from switch.settings.problems import Problem, quoted
from switch.settings.source import Source

# Both of PyYAML's parsers are covered: libyaml's words and those of the one in Python differ.
_PLAIN_WORDS = (
    ("mapping values are not allowed", "a second ':' in this line: quote a text that holds ': '"),
    ("did not find expected key", "this line does not line up with the lines above it"),
    ("expected <block end>", "this line does not line up with the lines above it"),
    ("did not find expected '-' indicator", "this line does not line up with the list above it"),
    ("block sequence entries are not allowed", "a list begins on a line of its own"),
    ("block collections are not allowed", "a list begins on a line of its own"),
    ("expected ',' or ']'", "a list in [ ] is not closed: ',' or ']' expected"),
    ("expected ',' or '}'", "a mapping in { } is not closed: ',' or '}' expected"),
    ("unexpected end of stream", "a quote is opened and never closed"),
    ("unexpected document indicator", "a quote is opened and never closed"),
    ("could not find expected ':'", "':' expected after a key"),
    ("unknown escape character", "this escape is unknown in double quotes: use single quotes"),
    ("invalid Unicode character escape", "this escape names no character"),
    ("expected escape sequence", "this escape is not complete"),
    ("did not find expected hexdecimal number", "this escape is not complete"),
    ("document start", "the document has ended before this"),
    ("undefined tag handle", "tags are not read here: leave it out"),
)
_OPENINGS = ("expected ',' or", "unexpected end of stream", "unexpected document indicator")


def syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """The place and the plain words of a parser's error."""
    words = error.problem or error.context or "unreadable"
    mark = error.problem_mark or error.context_mark
    offset = 0 if mark is None else mark.index
    message = _message(source, words, offset)
    if error.context_mark is not None and any(part in words for part in _OPENINGS):
        # what was opened is where the mending is, not the end of the file where it was missed
        opened = error.context_mark.index
        if source.line_of(opened) != source.line_of(offset):
            return source.problem(opened, opened + 1, message)
    return source.problem(offset, offset + 1, message)


def _message(source: Source, words: str, offset: int) -> str:
    if "cannot start any token" in words or "is not allowed in" in words:
        character = source.text[offset : offset + 1]
        if character == "\t":
            return "a tab cannot indent: YAML wants spaces"
        return f"a value cannot begin with {quoted(character)}: put it in quotes"
    for part, plain in _PLAIN_WORDS:
        if part in words:
            return plain
    return f"this is not YAML: {words}"
