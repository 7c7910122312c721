"""Bytes to messages and back, strictly. The seam behind which layouts may change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from switch.settings.masking import mask_digits
from switch.wire.composites import check_element, close_element
from switch.wire.content import explain
from switch.wire.dialect import Dialect, Field
from switch.wire.errors import Complaint, EncodeError, WireError
from switch.wire.excerpt import Hidden, excerpt
from switch.wire.generated import fast_codec
from switch.wire.layout import Layout, Reading
from switch.wire.leaves import kind_of
from switch.wire.masking import mask_all_digits, mask_message, may_hold_a_pan
from switch.wire.message import Message, Misread, Value, printable
from switch.wire.mti import well_formed
from switch.wire.steps import step_words
from switch.wire.tlv import CompositeError
from switch.wire.tolerance import TRAILING_BYTES, relaxed, tolerances

# Keys that other tools put into messages; the codec works them out itself.
_IGNORED = frozenset(("p", "1", "h"))

# With more wrong elements than this, bytes were more likely lost than written wrongly: what is
# shown of the message then ends at the first, for a PAN may lie anywhere behind it.
TRUSTED_COMPLAINTS = 2


class ReferenceCodec:
    """The codec of one dialect, step by step: it says what is right, and what is wrong and where.

    `tolerate` are names of `switch.wire.tolerance`: what they let pass is sent too, and counted
    in `tolerated` when it is received. One codec may be shared by every line. Raises ValueError
    for a tolerance that does not exist.
    """

    def __init__(self, dialect: Dialect, *, tolerate: Iterable[str] = ()) -> None:
        self.dialect = dialect
        self.tolerated: Counter[str] = Counter()
        options = tolerances(tolerate)
        self._layout = Layout(dialect, options)
        self._relaxed = relaxed(dialect, options)
        self._patterns = {key: known.pattern.fullmatch for key, known in dialect.fields.items()}
        self._expanded = {key: known for key, known in dialect.fields.items() if known.expanded}

    def decode(self, body: bytes, *, flat: bool = False) -> Message:
        """The message in `body`; with `flat`, composite elements stay text.

        Raises WireError, and nothing else, when anything at all is wrong: layout, trailing
        bytes, a character that its kind does not allow, a date that does not exist.
        """
        reading = self._layout.read(body)
        message = Message(reading.values)
        complaints = reading.pads
        tolerated = reading.tolerated
        patterns, expanded = self._patterns, self._expanded
        for key, value in reading.values.items():
            if key == "t":
                continue
            if patterns[key](value) is None:
                option = self._option(key, value)
                if option is None:
                    complaints.append(self._content(key, value, reading))
                else:
                    tolerated.append(option)
            elif value and key in expanded:
                try:
                    inner = check_element(expanded[key], value)
                except CompositeError as error:
                    complaints.append(self._structure(key, error, reading))
                else:
                    if not flat:
                        message[key] = inner
        if reading.trouble is not None or complaints:
            raise self._error(body, reading, message, complaints)
        if tolerated:
            self.tolerated.update(tolerated)
        return message

    def encode(self, message: Mapping[str, Value]) -> bytes:
        """The bytes of a message; `p`, `1` and `h` are ignored, the bitmap is worked out.

        Composite elements may be objects or flat text. Raises EncodeError, and nothing else,
        when the message could not be decoded back.
        """
        values: dict[str, str] = {}
        complaints: list[Complaint] = []
        for key, value in message.items():
            if key in _IGNORED:
                continue
            checked = self._checked(key, value)
            if isinstance(checked, Complaint):
                complaints.append(checked)
            else:
                values[key] = checked
        if "t" not in message:
            complaints.insert(0, Complaint("t", None, "4 digits", "no message type"))
        if not complaints:
            try:
                return self._layout.write(values)
            except ValueError as error:
                complaints.append(Complaint("p", None, "a message that fits", str(error)))
        known = ("t", *self.dialect.fields)
        partial = Message((key, message[key]) for key in known if key in message)
        shown = self._shown(partial, sound=True)
        raise EncodeError(complaints[0], others=tuple(complaints[1:]), partial=partial, shown=shown)

    def _option(self, key: str, value: str) -> str | None:
        """The tolerance that lets a value pass, if one does."""
        ways = self._relaxed.get(key, ())
        return next((option for option, fits in ways if fits(value) is not None), None)

    def _checked(self, key: object, value: object) -> str | Complaint:
        """The flat text of one element to encode, or what is wrong with it."""
        if not isinstance(key, str):
            return Complaint(
                printable(mask_digits(str(key))[:20]),
                None,
                "a key in quotes",
                f"a {type(key).__name__}",
            )
        if key == "t":
            fine = isinstance(value, str) and well_formed(value)
            return str(value) if fine else Complaint("t", None, "4 digits in quotes", _short(value))
        known = self.dialect.fields.get(key)
        if known is None:
            expected = f"an element of {self.dialect.name}: t, 2 to {self._last()}"
            return Complaint(printable(mask_digits(key)[:20]), None, expected, "an unknown key")
        return self._flat(known, value)

    def _flat(self, known: Field, value: object) -> str | Complaint:
        key = known.key
        if known.structure is not None and isinstance(value, Mapping | list):
            try:
                value = close_element(known, value)  # type: ignore[arg-type]
            except CompositeError as error:
                return self._composite(known, error, None)
        if not isinstance(value, str):
            return Complaint(key, None, "text in quotes", kind_of(value), known.name)
        if known.pattern.fullmatch(value) is None and self._option(key, value) is None:
            inside = _inside(known, value)
            if inside is not None:
                return self._composite(known, inside, None)
            fault = explain(known, value)
            return Complaint(key, None, fault.expected, fault.found, known.name)
        if known.expanded and value:
            try:
                check_element(known, value)
            except CompositeError as error:
                return self._composite(known, error, None)
        return value

    def _last(self) -> str:
        return max(self.dialect.fields, key=int, default="2")

    def _content(self, key: str, value: str, reading: Reading) -> Complaint:
        known = self.dialect.fields[key]
        inside = _inside(known, value)
        if inside is not None:
            return self._structure(key, inside, reading)
        fault = explain(known, value)
        at = self._layout.byte_of(key, reading.spans()[key], fault.offset, value)
        return Complaint(key, at, fault.expected, fault.found, known.name)

    def _structure(self, key: str, error: CompositeError, reading: Reading) -> Complaint:
        span, value = reading.spans()[key], reading.values[key]
        at = self._layout.byte_of(key, span, error.offset, value)
        return self._composite(self.dialect.fields[key], error, at)

    def _composite(self, known: Field, error: CompositeError, at: int | None) -> Complaint:
        path = step_words((known.key, *error.steps))
        return Complaint(path, at, error.expected, error.found, self.dialect.name_of(path))

    def _error(
        self, body: bytes, reading: Reading, partial: Message, complaints: list[Complaint]
    ) -> WireError:
        every = [*complaints, reading.trouble] if reading.trouble is not None else complaints
        # The first byte that is wrong is usually the cause of what follows it.
        every.sort(key=lambda complaint: complaint.position or 0)
        first = every[0].position or 0
        sound = reading.trouble is None
        whole = TRAILING_BYTES not in reading.tolerated
        in_place = sound and whole and len(every) <= TRUSTED_COMPLAINTS
        spans = reading.spans()
        hidden = Hidden(self.dialect, spans, sound=in_place, first=first)
        trusted = partial
        if not in_place:
            trusted = Message((key, partial[key]) for key in partial if spans[key].end <= first)
        return WireError(
            every[0],
            others=tuple(every[1:]),
            partial=partial if in_place else Misread(partial),
            length=len(body),
            sound=sound,
            excerpt=excerpt(body, first, hidden, self.dialect.codec),
            shown=self._shown(trusted, sound=in_place),
        )

    def _shown(self, partial: Message, *, sound: bool) -> Message:
        """The masked form of `partial`; where bytes were misread, any long run of digits goes.

        In a sound message only text may hold a PAN that touches other digits, accounts apart.
        """
        fields = self.dialect.fields
        shown = mask_message(partial, self.dialect)
        for key, value in shown.items():
            if not sound or (key in fields and may_hold_a_pan(fields[key])):
                shown[key] = mask_all_digits(value)
        return shown


class Codec(ReferenceCodec):
    """The codec of one dialect, ten times as fast for the messages that are usual and right.

    Those go through code generated from the dialect, proven equal to the reference; all others
    take the reference's way. It may be shared by every line.
    """

    def __init__(self, dialect: Dialect, *, tolerate: Iterable[str] = ()) -> None:
        super().__init__(dialect, tolerate=tolerate)
        fast = fast_codec(dialect)
        self._fast_decode = fast.decode
        self._fast_encode = fast.encode

    def decode(self, body: bytes, *, flat: bool = False) -> Message:
        message = self._fast_decode(body, flat)
        return super().decode(body, flat=flat) if message is None else message

    def encode(self, message: Mapping[str, Value]) -> bytes:
        body = self._fast_encode(message)
        return super().encode(message) if body is None else body


def _inside(known: Field, value: str) -> CompositeError | None:
    """What is wrong with a sub-field of a value that its element refuses, if one is to blame."""
    if known.expanded:
        try:
            check_element(known, value)
        except CompositeError as error:
            return error if error.steps else None
    return None


def _short(value: object) -> str:
    return ascii(mask_digits(value)[:20]) if isinstance(value, str) else kind_of(value)
