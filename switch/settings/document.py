"""YAML text to nodes that know their places. Scalars stay text; nothing is guessed.

PyYAML's own loaders read `mti: 0200` as 128, `10:36:01` as 38161 and `on:` as true, let
duplicate keys win silently, and recurse. So only its parser is used, for its events; the tree
is built here, without recursion and within limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from switch.settings.problems import Problem, SettingsError, quoted, suggest
from switch.settings.source import Source
from switch.settings.syntax import syntax_problem

NODES_MAX = 500_000
"""Values in a document, aliases counted in full: what a file of the largest size may hold when it
is written out, and nothing near what nested aliases can multiply to."""

DEPTH_MAX = 64
"""Levels of nesting; a scenario uses about ten."""

_NULL_WORDS = {"", "~", "null", "Null", "NULL"}
# besides what YAML forbids: the three line breaks that only YAML 1.1 knows, which no editor shows
_NOT_TEXT = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
_YAML_TAG = "tag:yaml.org,2002:"


@dataclass(eq=False, slots=True)
class Scalar:
    """One value. `data` is its text, or None for a plain `null`, `~` or nothing at all."""

    data: str | None = field(repr=False)
    start: int
    end: int
    size: int = 1
    height: int = 0


@dataclass(eq=False, slots=True)
class Sequence:
    """A list, with its nodes and, in `data`, what they hold."""

    start: int
    end: int = 0
    items: list[Node] = field(default_factory=list, repr=False)
    data: list[Any] = field(default_factory=list, repr=False)
    size: int = 1
    height: int = 1


@dataclass(eq=False, slots=True)
class Mapping:
    """Keys and values in the order of the file, and, in `data`, what they hold."""

    start: int
    end: int = 0
    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict, repr=False)
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    size: int = 1
    height: int = 1


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True)
class Document:
    """The root of a document, and the duplicate keys in it (the first of each is kept)."""

    source: Source
    root: Node
    problems: tuple[Problem, ...] = ()


class _EventSource(Protocol):
    def check_event(self, *choices: type[Event]) -> bool: ...
    def get_event(self) -> Event: ...


class _PythonEvents(Reader, Scanner, Parser):
    """PyYAML's parser without libyaml: ten times slower, and stricter about tabs."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def _event_source() -> Callable[[str], _EventSource]:
    """libyaml's parser where PyYAML was built with it."""
    try:
        from yaml import cyaml
    except ImportError:
        return _PythonEvents
    return cast("Callable[[str], _EventSource]", vars(cyaml)["CParser"])


new_events = _event_source()


def read_document(source: Source) -> Document:
    """The one document of a text; raises SettingsError when it is not YAML we accept."""
    if not_text := _NOT_TEXT.search(source.text):
        offset = not_text.start()
        message = f"the character {ord(not_text.group()):#06x} cannot stand in YAML"
        raise SettingsError([source.problem(offset, offset + 1, message)])
    builder = _Builder(source)
    try:
        root = builder.read(_events(source))
    except yaml.MarkedYAMLError as error:
        raise SettingsError([*builder.fatal, syntax_problem(source, error)]) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # the parser in Python gives "\\U00110000" to chr() without a look
        message = "this is not YAML: an escape names no character"
        raise SettingsError([*builder.fatal, source.whole(message)]) from None
    if builder.fatal:
        raise SettingsError([*builder.fatal, *builder.duplicates])
    if root is None:
        raise SettingsError([source.whole("the file is empty")])
    return Document(source, root, tuple(builder.duplicates))


def _events(source: Source) -> Iterator[Event]:
    events = new_events(source.text)
    while events.check_event():
        yield events.get_event()


class _RefusedError(Exception):
    """Stops the reading at once: going on would cost too much or say nothing more."""


class _Builder:
    """Events to nodes. What is wrong is collected; limits stop the reading at once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.fatal: list[Problem] = []
        self.duplicates: list[Problem] = []
        self._anchors: dict[str, Node] = {}
        self._open_anchors: dict[int, str] = {}
        self._stack: list[Sequence | Mapping] = []
        self._keys: list[Scalar | None] = []
        self._root: Node | None = None

    def read(self, events: Iterator[Event]) -> Node | None:
        documents = 0
        try:
            for event in events:
                if isinstance(event, DocumentStartEvent):
                    documents += 1
                    if documents > 1:
                        self._refuse(event, "a second document begins here: one file, one document")
                elif isinstance(event, SequenceEndEvent | MappingEndEvent):
                    self._close(event)
                elif isinstance(event, AliasEvent | ScalarEvent | CollectionStartEvent):
                    self._node(event)
        except _RefusedError:
            return None
        if isinstance(self._root, Scalar) and self._root.data is None:
            return None
        return self._root

    def _node(self, event: AliasEvent | ScalarEvent | CollectionStartEvent) -> None:
        if isinstance(event, AliasEvent):
            self._add(self._aliased(event), event)
            return
        start, end = _offsets(event)
        if event.tag is not None:
            tag = event.tag.replace(_YAML_TAG, "!!")
            word = self._source.text.find(" ", start, end)
            self._say(
                start, max(word, start + 1), f"the tag {quoted(tag)} is not read here: leave it out"
            )
        if event.anchor is not None and event.anchor in self._anchors:
            self._say(start, end, f"the anchor '&{event.anchor}' is used twice")
        if (event.anchor is not None or event.tag is not None) and (
            properties := _PROPERTIES.match(self._source.text, start, max(start, end))
        ):
            start = properties.end()
        node: Node
        if isinstance(event, ScalarEvent):
            if not event.value.isascii() and _SURROGATE.search(event.value):
                self._say(start, end, "an escape in this text names no character")
            nothing = event.style in (None, "") and event.value in _NULL_WORDS
            node = Scalar(None if nothing else event.value, start, end)
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            self._add(node, event)
            return
        if len(self._stack) >= DEPTH_MAX:
            self._refuse(event, f"the nesting is deeper than {DEPTH_MAX} levels")
        node = Sequence(start) if isinstance(event, SequenceStartEvent) else Mapping(start)
        assert isinstance(event, SequenceStartEvent | MappingStartEvent)
        if event.anchor is not None:
            self._open_anchors[id(node)] = event.anchor
        self._stack.append(node)
        self._keys.append(None)

    def _close(self, event: Event) -> None:
        node = self._stack.pop()
        self._keys.pop()
        _, node.end = _offsets(event)
        if (anchor := self._open_anchors.pop(id(node), None)) is not None:
            self._anchors[anchor] = node
        self._add(node, event)

    def _aliased(self, event: AliasEvent) -> Node:
        name = str(event.anchor)
        if (node := self._anchors.get(name)) is not None:
            return node
        if name in self._open_anchors.values():
            self._refuse(event, f"'*{name}' stands inside the value that it names")
        message = f"no anchor '&{name}' comes before this"
        self._say(*_offsets(event), message, suggestion=suggest(name, self._anchors))
        return Scalar("", *_offsets(event))

    def _add(self, node: Node, event: Event) -> None:
        """Put a finished node where it belongs."""
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            parent.data.append(node.data)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = self._key(node, event)
            return
        else:
            self._keys[-1] = None
            self._put(parent, key, node)
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if parent.size > NODES_MAX:
            self._refuse(event, f"the document holds more than {NODES_MAX:,} values")
        if parent.height > DEPTH_MAX:
            self._refuse(event, f"aliases nest deeper than {DEPTH_MAX} levels")

    def _key(self, node: Node, event: Event) -> Scalar:
        start, end = _offsets(event)
        if not isinstance(node, Scalar):
            self._say(node.start, node.end, "a key must be one word, not a list or a mapping")
            return Scalar("", node.start, node.end)
        plain = isinstance(event, ScalarEvent) and event.style in (None, "")
        if node.data is None and node.start == node.end:
            self._say(start, end, "a key is missing before this ':'")
        if plain and node.data == "<<":
            self._say(start, end, "merge keys ('<<') are not read here: write the keys out")
        if node.data is None:
            # `null` and `~` are words like others when they stand for a key
            node = Scalar(self._source.text[node.start : node.end], node.start, node.end)
        # the place of an aliased key is where it is used, not where the anchor stands
        return node if not isinstance(event, AliasEvent) else Scalar(node.data, start, end)

    def _put(self, parent: Mapping, key: Scalar, node: Node) -> None:
        name = key.data or ""
        if (earlier := parent.entries.get(name)) is not None:
            line = self._source.line_of(earlier[0].start)
            message = f"the key {quoted(name)} is already given in line {line}"
            self.duplicates.append(self._source.problem(key.start, key.end, message))
            return
        parent.entries[name] = (key, node)
        parent.data[name] = node.data

    def _say(self, start: int, end: int, message: str, suggestion: str | None = None) -> None:
        self.fatal.append(self._source.problem(start, end, message, suggestion=suggestion))

    def _refuse(self, event: Event, message: str) -> None:
        self._say(*_offsets(event), message)
        raise _RefusedError


def _offsets(event: Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    assert start is not None, "both parsers mark every event"
    assert end is not None, "both parsers mark every event"
    return start.index, end.index
