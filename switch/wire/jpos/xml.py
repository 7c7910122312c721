"""XML as packager files need it and no more: elements, attributes, lines. Nothing is fetched.

A document type may stand in the file, since most have one, but it is not read: no entity can be
declared, so that none can be expanded, and nothing outside of the file is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

FILE_MAX_BYTES = 1 << 20
ELEMENTS_MAX = 10_000
DEPTH_MAX = 16


class XmlError(ValueError):
    """A file that is no such XML; `line` counts from 1, 0 for the whole file."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


@dataclass
class Element:
    """One element: its attributes, what lies in it, the line where it begins."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list)

    def get(self, name: str, otherwise: str = "") -> str:
        """An attribute, without spaces around it."""
        return self.attributes.get(name, otherwise).strip()

    def walk(self) -> Iterator[Element]:
        """The element and all those inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_xml(data: bytes) -> Element:
    """The root element. Raises XmlError.

    >>> read_xml(b'<a>\\n<b id="1"/></a>').children
    [Element(name='b', attributes={'id': '1'}, line=2, children=[])]
    """
    if len(data) > FILE_MAX_BYTES:
        raise XmlError(0, f"more than {FILE_MAX_BYTES} bytes")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise XmlError(error.lineno, f"not XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError(1, "an encoding that is not known") from None
    assert reader.root is not None
    return reader.root


class _Reader:
    """Builds the tree; whatever could make it grow beyond the file is refused."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0
        self.parser = expat.ParserCreate()
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = self._entity
        self.parser.ExternalEntityRefHandler = self._outside
        self.parser.SkippedEntityHandler = self._skipped

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self._count += 1
        if self._count > ELEMENTS_MAX:
            raise XmlError(line, f"more than {ELEMENTS_MAX} elements")
        if len(self._open) >= DEPTH_MAX:
            raise XmlError(line, f"elements nested more than {DEPTH_MAX} deep")
        made = Element(name, dict(attributes), line)
        if self._open:
            self._open[-1].children.append(made)
        else:
            self.root = made
        self._open.append(made)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _entity(self, name: str, *_rest: object) -> None:
        raise XmlError(self.parser.CurrentLineNumber, "it declares an entity, which is not read")

    def _outside(self, *_reference: object) -> int:
        raise XmlError(self.parser.CurrentLineNumber, "it refers to another file")

    def _skipped(self, name: str, *_rest: object) -> None:
        raise XmlError(self.parser.CurrentLineNumber, "it uses an entity that it does not have")
