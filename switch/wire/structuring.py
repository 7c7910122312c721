"""From what a dialect file says of the inside of an element to the compiled structure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from switch.settings import Located, Problem, Where
from switch.wire.dialect_file import DialectFile
from switch.wire.dialect_words import DataEncoding, Kind
from switch.wire.emv_tags import EMV_TAGS
from switch.wire.lengths import CHARSETS, Charset, LengthEncoding, largest_length
from switch.wire.structure_file import (
    BerTagFile,
    BerTlvFile,
    MappedFile,
    PartFile,
    PositionalFile,
    StructureFile,
    TagFile,
    TlvFile,
    lengths,
)
from switch.wire.structures import (
    TAG_VALUE_MAX,
    BerTag,
    BerTlv,
    Mapped,
    Part,
    Positional,
    Structure,
    Tlv,
)


@dataclass(frozen=True)
class Context:
    """Where in which file a structure stands, and whether it cuts bytes or text.

    In text a character is a character, whatever the character set of the dialect: it was read
    before. In bytes (`binary`) parts are in the dialect's `text`, or as they say. `kind` is that
    of a part of text that does not say its own.
    """

    located: Located[DialectFile]
    problems: list[Problem]
    where: Where
    binary: bool
    text: Charset
    kind: Kind = "ans"

    def at(self, *steps: str | int) -> Context:
        """The same, further in."""
        return replace(self, where=(*self.where, *steps))

    def complain(self, message: str) -> None:
        """Note what is wrong there."""
        self.problems.append(self.located.problem(self.where, message))

    def charset(self, given: Charset | None) -> Charset:
        """The character set of something that may name its own."""
        if not self.binary:
            if given is not None:
                self.complain("only inside an element of kind b an encoding can be named")
            return "ascii"
        return given or self.text


def compiled_structure(given: StructureFile, context: Context) -> Structure:
    """The structure; what is wrong with it is noted in the context."""
    match given:
        case PositionalFile():
            return _positional(given, context)
        case TlvFile():
            return _tlv(given, context)
        case BerTlvFile():
            named = {tag: _ber_tag(tag, one) for tag, one in given.tags.items()}
            return BerTlv({**EMV_TAGS, **named}, context.binary, given.expanded)
        case MappedFile():
            return _mapped(given, context)


def _positional(given: PositionalFile, context: Context) -> Positional:
    parts = tuple(_part(one, context.at("parts", at)) for at, one in enumerate(given.parts))
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        context.at("parts").complain("two parts have one name")
    if any(_takes_rest(part) for part in parts[:-1]) or (
        given.entries > 1 and _takes_rest(parts[-1])
    ):
        context.at("parts").complain("only the last part can take what is left, and only once")
    return Positional(parts, given.entries, given.expanded)


def _tlv(given: TlvFile, context: Context) -> Tlv:
    if given.tag_kind == "b" and not context.binary:
        context.at("tag_kind").complain("only an element of kind b has tags of bytes")
    shape = Tlv(
        tag_digits=given.tag,
        length_digits=given.length,
        tags={tag: _tagged(one, context.at("tags", tag)) for tag, one in given.tags.items()},
        tag_kind=given.tag_kind,
        encoding=context.charset(given.encoding),
        length_encoding=_length_encoding(given.length_encoding, context),
        length_first=given.order == "length tag value",
        binary=context.binary,
        expanded=given.expanded,
    )
    characters = 2 * given.tag if given.tag_kind == "b" else given.tag
    for tag in given.tags:
        if len(tag) != characters or (given.tag_kind == "n" and not tag.isdigit()):
            context.at("tags", tag).complain(f"tag {tag!r} does not have {given.tag} places")
    return shape


def _ber_tag(tag: str, given: BerTagFile) -> BerTag:
    # A bank renames a tag of EMV; it does not make it less secret.
    known = EMV_TAGS.get(tag)
    mark = known.sensitive if known is not None else None
    return BerTag(given.name, given.sensitive or mark, given.nested)


def _mapped(given: MappedFile, context: Context) -> Mapped:
    if given.bitmap == "raw" and not context.binary:
        context.at("bitmap").complain("only an element of kind b has a bitmap of bytes")
    parts = {
        number: _part(one, context.at("fields", number)) for number, one in given.fields.items()
    }
    for number in given.fields:
        if int(number) > 8 * given.size:
            context.at("fields", number).complain(f"the bitmap has {8 * given.size} bits")
    charset = context.charset(given.encoding)
    return Mapped(given.size, given.bitmap, parts, charset, given.expanded)


def _part(given: PartFile, context: Context) -> Part:
    return _compiled(given, given.length, context)


def _tagged(given: TagFile, context: Context) -> Part:
    return _compiled(given, given.length, context)


def _compiled(given: PartFile | TagFile, length: str | None, context: Context) -> Part:
    kind = given.kind or context.kind
    if given.kind is None and context.binary:
        kind = "b" if isinstance(given, TagFile) else "ans"
    shortest, longest, prefix = lengths(length) if length else (0, TAG_VALUE_MAX, 0)
    encoding = _encoding(given.encoding, kind, context)
    counting = _length_encoding(
        given.length_encoding if isinstance(given, PartFile) else None, context
    )
    if prefix and longest > largest_length(prefix, counting):
        context.at("length").complain(f"{longest} does not fit into {prefix} digits of length")
    structure = None
    if given.structure is not None:
        structure = compiled_structure(given.structure, context.at("structure"))
    return Part(
        name=given.name,
        shortest=shortest,
        longest=longest,
        prefix=prefix,
        kind=kind,
        encoding=encoding,
        length_encoding=counting,
        structure=structure,
        sensitive=given.sensitive,
        checked=length is not None or given.kind is not None,
    )


def _encoding(given: DataEncoding | None, kind: str, context: Context) -> DataEncoding:
    """How the bytes of a part are written: in text as they are, in bytes as the part says."""
    if not context.binary:
        if given is not None or kind == "b":
            context.complain("only inside an element of kind b a part can be bytes or BCD")
        return "ascii"
    if given is None:
        return "raw" if kind == "b" else context.text
    allowed: tuple[str, ...] = ("raw", "hex") if kind == "b" else CHARSETS
    if kind == "n":
        allowed = (*CHARSETS, "bcd")
    if given not in allowed:
        context.at("encoding").complain(f"kind {kind} cannot be {given}: {' or '.join(allowed)}")
    return given


def _length_encoding(given: LengthEncoding | None, context: Context) -> LengthEncoding:
    if not context.binary:
        if given is not None:
            context.at("length_encoding").complain("in text a length is text")
        return "ascii"
    return given or context.text


def _takes_rest(part: Part) -> bool:
    return part.prefix == 0 and part.shortest != part.longest
