"""The page about dialects: its files load, its tables are whole, its paths lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from switch.settings.links import LinkSettings
from switch.wire import Codec, Message, WireError, dialect_names, load_dialect
from switch.wire.dialect_file import EncodingFile, FieldFile, PresenceFile
from switch.wire.dialect_lint import lint_dialect
from switch.wire.dialect_words import DataEncoding, Format, Kind, Pad, Sensitive
from switch.wire.paths import get
from switch.wire.tolerance import TOLERANCES

PAGE = (Path(__file__).parents[3] / "docs" / "dialects.md").read_text()
SNIPPETS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
DIALECTS = {text.split("\n")[0][2:]: text for text in SNIPPETS if "\ntitle:" in text}
PAN = "9504010000000019"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    for name, text in DIALECTS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_page_shows_two_files() -> None:
    assert sorted(DIALECTS) == ["bank.yaml", "inside.yaml"]


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_a_file_of_the_page_loads_and_nothing_is_wrong_with_it(written: Path, name: str) -> None:
    assert lint_dialect(str(written / name)) == []


def test_the_banks_own_differs_as_the_page_says(written: Path) -> None:
    bank = load_dialect(str(written / "bank.yaml"))
    assert bank.fields["63"].length_words == "LLL ..50"
    body = Codec(bank).encode({"t": "0200", "63": "AB"})
    assert body.hex().endswith("0002" + "AB".encode("cp500").hex())
    known = bank.presence("0200")
    assert known is not None
    assert (known.must_not, known.must[0]) == (("55",), "2")


def test_the_paths_of_the_page_lead_to_what_it_says(written: Path) -> None:
    codec = Codec(load_dialect(str(written / "inside.yaml")))
    message: Message = Message(
        {
            "t": "0200",
            "3": "010203",
            "48": {"01": "1001", "09": PAN},
            "55": f"9F26080102030405060708700A5A08{PAN}",
            "60": "ABC00042DEF00001",
        }
    )
    again = codec.decode(codec.encode(message))
    assert again == message
    found = {"3.1": "01", "60[0].code": "ABC", "48.01": "1001"}
    found |= {"55.9F26": "0102030405060708", "55.70.5A": PAN}
    for path, value in found.items():
        assert path in PAGE
        assert get(again, path, codec.dialect) == value


def test_a_bitmap_inside_an_element_is_announced(written: Path) -> None:
    codec = Codec(load_dialect(str(written / "inside.yaml")))
    body = codec.encode({"t": "0200", "127": {"2": "KEY"}})
    assert get(codec.decode(body), "127.2", codec.dialect) == "KEY"
    with pytest.raises(WireError):
        codec.encode({"t": "0200", "127": {"3": "KEY"}})


def test_the_part_of_a_network_file_is_one(tmp_path: Path) -> None:
    (text,) = [text for text in SNIPPETS if "\ntitle:" not in text]
    host = yaml.safe_load(text)["links"]["host"]
    settings = LinkSettings.model_validate(host)
    assert (settings.tolerate, settings.rules) == (("impossible-dates", "any-pad"), "refuse")


def test_every_tolerance_dialect_key_and_word_is_on_the_page() -> None:
    words = [*TOLERANCES, *dialect_names()]
    words += [
        key for model in (FieldFile, EncodingFile, PresenceFile) for key in model.model_fields
    ]
    for choice in (Kind, DataEncoding, Format, Sensitive, Pad):
        words += get_args(choice)
    missing = [word for word in words if f"`{word}`" not in PAGE and f"`{word}:" not in PAGE]
    assert sorted(missing) == ["messages"]
