from __future__ import annotations

import jsonschema
import pytest

from switch.settings import Model, SettingsError, json_schema, parse
from switch.settings.framing import FramingChoice, FramingSettings
from switch.wire import make_framing


class Line(Model):
    framing: FramingChoice = FramingSettings()


def read(text: str) -> FramingSettings:
    return parse(text, "line.yaml", Line).framing


def test_a_framing_is_a_name() -> None:
    assert read("framing: 4-digit-ascii") == FramingSettings(name="4-digit-ascii")


def test_nothing_said_is_two_bytes_of_length() -> None:
    assert read("{}").name == "2-byte-binary"


def test_a_framing_may_have_parameters() -> None:
    text = (
        "framing: {name: 2-byte-binary, header: 0x4201, tpdu: 6000030001,"
        " keep_alive: answer, limit_bytes: 900}"
    )
    given = read(text)
    assert str(given) == "2-byte-binary, header 0x4201, TPDU 6000030001"
    framing = make_framing(given)
    assert framing.frame(b"0800") == bytes.fromhex("000b 6000030001 4201") + b"0800"
    assert framing.limit_bytes == 900


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("framing: [2-byte-binary]", "the name of a framing, or a mapping with its name"),
        ("framing: {name: 2-byte-binary, keepalive: answer}", "did you mean 'keep_alive'?"),
        ("framing: {keep_alive: nod}", "'ignore', 'answer' or 'close'"),
        ("framing: {limit_bytes: 65536}", "at most 65535"),
        ("framing: {tpdu: 61}", "line.yaml:1:17"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("framing", ["2-byte-binary", {"name": "until-03", "header": "ISO"}])
def test_editors_are_told_of_both_forms(framing: object) -> None:
    schema = json_schema(Line, title="Line", schema_id="line.json")
    jsonschema.validate({"framing": framing}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"framing": ["2-byte-binary"]}, schema)
