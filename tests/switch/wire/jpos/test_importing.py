from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from switch.wire import Codec, Dialect, load_dialect
from switch.wire.jpos import Imported, XmlError, import_packager

ASCII = """<?xml version="1.0"?>
<!DOCTYPE isopackager SYSTEM "genericpackager.dtd">
<isopackager>
  <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFA_BITMAP"/>
  <isofield id="2" length="19" name="PAN" class="org.jpos.iso.IFA_LLNUM"/>
  <isofield id="4" length="12" name="Amount" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="11" length="6" name="STAN" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="28" length="9" name="Fee" class="org.jpos.iso.IFA_AMOUNT"/>
  <isofield id="35" length="37" name="Track 2" class="org.jpos.iso.IFA_LLNUM"/>
  <isofield id="41" length="8" name="Terminal" class="org.jpos.iso.IF_CHAR"/>
  <isofield id="52" length="8" name="PIN" class="org.jpos.iso.IFA_BINARY"/>
  <isofield id="55" length="255" name="Chip" class="org.jpos.iso.IFA_LLLBINARY"/>
  <isofield id="120" length="999" name="Text" class="org.jpos.iso.IFA_LLLCHAR"/>
</isopackager>
"""
BINARY = """<isopackager>
  <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFB_NUMERIC" pad="true"/>
  <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>
  <isofield id="2" length="19" name="PAN" class="org.jpos.iso.IFB_LLNUM" pad="false"/>
  <isofield id="22" length="3" name="Entry mode" class="org.jpos.iso.IFB_NUMERIC" pad="true"/>
  <isofield id="24" length="3" name="NII" class="org.jpos.iso.IFB_NUMERIC" pad="false"/>
  <isofield id="32" length="11" name="Acquirer" class="org.jpos.iso.IFB_LLNUM" pad="true"/>
  <isofield id="44" length="25" name="Text" class="org.jpos.iso.IFB_LLHCHAR"/>
  <isofield id="45" length="25" name="Text too" class="org.jpos.iso.IFB_LLCHAR"/>
  <isofield id="52" length="8" name="PIN" class="org.jpos.iso.IFB_BINARY"/>
</isopackager>
"""
NESTED = """<isopackager>
  <isofield id="0" length="4" name="MTI" class="org.jpos.iso.IFA_NUMERIC"/>
  <isofield id="1" length="16" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>
  <isofieldpackager id="48" length="12" name="Codes" class="org.jpos.iso.IF_CHAR"
      packager="org.jpos.iso.packager.GenericSubFieldPackager">
    <isofield id="1" length="2" name="Account. type" class="org.jpos.iso.IFA_NUMERIC"/>
    <isofield id="2" length="10" name="Branch" class="org.jpos.iso.IF_CHAR"/>
  </isofieldpackager>
  <isofieldpackager id="55" length="255" name="Chip" class="org.jpos.iso.IFA_LLLBINARY"
      packager="org.jpos.tlv.packager.bertlv.BERTLVBinaryPackager"/>
  <isofieldpackager id="127" length="9999" name="Private" class="org.jpos.iso.IFA_LLLLLLBINARY"
      packager="org.jpos.iso.packager.GenericSubFieldPackager">
    <isofield id="0" length="8" name="Bitmap" class="org.jpos.iso.IFB_BITMAP"/>
    <isofield id="2" length="32" name="Switch key" class="org.jpos.iso.IFA_LLCHAR"/>
    <isofield id="25" length="8000" name="Chip XML" class="org.jpos.iso.IFA_LLLLCHAR"/>
  </isofieldpackager>
</isopackager>
"""


def imported(text: str) -> Imported:
    return import_packager(text.encode(), "Imported")


def dialect(text: str, folder: Path) -> Dialect:
    file = folder / "imported.yaml"
    file.write_text(imported(text).yaml)
    return load_dialect(str(file))


def round_trip(text: str, folder: Path, message: dict[str, Any], body: bytes) -> None:
    codec = Codec(dialect(text, folder))
    assert codec.encode(message) == body
    assert codec.decode(body) == message


def test_an_ascii_packager_reads_and_writes_its_messages(tmp_path: Path) -> None:
    message = {
        "t": "0200",
        "2": "9504010000000019",
        "28": "D00000100",
        "35": "1=2",
        "41": "GAB00001",
    }
    message["55"] = "9F0206"
    body = b"0200" + b"40000010208002" + b"00" + b"169504010000000019"
    body += b"D00000100" + b"031=2" + b"GAB00001" + b"003\x9f\x02\x06"
    round_trip(ASCII, tmp_path, message, body)


def test_a_binary_packager_reads_and_writes_its_messages(tmp_path: Path) -> None:
    message = {
        "t": "0200",
        "2": "950401000000019",
        "22": "051",
        "24": "003",
        "32": "504",
        "44": "A",
    }
    body = bytes.fromhex("0200 4000050100100000 15 9504010000000190 0051 0030 03 0504 01 41")
    round_trip(BINARY, tmp_path, message, body)


def test_what_most_elements_have_is_said_once(tmp_path: Path) -> None:
    text = imported(BINARY).yaml
    assert "encoding: {text: ascii, numeric: bcd, binary: raw, bitmap: raw, length: bcd}" in text
    assert "22: {name: Entry mode, kind: n, length: '3'}" in text
    assert "24: {name: NII, kind: n, length: '3', pad: right 0}" in text
    assert "32: {name: Acquirer, kind: n, length: LL ..11, pad: left 0}" in text
    assert "44: {name: Text, kind: ans, length: LL ..25, length_encoding: binary}" in text


def test_what_must_not_be_shown_is_marked(tmp_path: Path) -> None:
    marks = {key: one.sensitive for key, one in dialect(ASCII, tmp_path).fields.items()}
    assert marks["2"] == "pan"
    assert marks["35"] == "track"
    assert marks["52"] == "pin"
    assert marks["41"] is None


def test_nested_packagers_become_structures(tmp_path: Path) -> None:
    made = dialect(NESTED, tmp_path)
    assert made.name_of("48.1") == "Account type"
    assert made.name_of("55.9F26") == "application cryptogram"
    assert made.name_of("127.2") == "Switch key"
    body = b"0800" + bytes.fromhex("8000000000010000 0000000000000002") + b"12ABCDEFGHIJ"
    body += b"000018" + bytes.fromhex("4000000000000000") + b"08SWITCHED"
    message = Codec(made).decode(body)
    assert message["48"] == "12ABCDEFGHIJ"
    assert Codec(made).encode(message) == body


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ('<isofield id="3" length="6" class="com.bank.Own"/>', "element 3 is left out: class Own"),
        ('<isofield id="3" length="6"/>', "element 3 is left out: class none is not known"),
        ('<isofield id="3" length="0" class="IFA_NUMERIC"/>', "element 3 is left out: its length"),
        ('<isofield id="3" length="120" class="IFA_LLNUM"/>', "99 is the longest there can be"),
        ('<isofield id="200" length="6" class="IFA_NUMERIC"/>', "element 200, which is not 0"),
        ('<isofield id="x" length="6" class="IFA_NUMERIC"/>', "element x, which is not 0"),
        ('<isofield id="4" length="6" class="IFA_NUMERIC"/>', "element 4, which is there twice"),
        ('<isofield id="3" length="8" class="IFB_AMOUNT"/>', "an odd number of BCD digits"),
        (
            '<isofield id="3" length="8" class="IFA_BITMAP"/>',
            "element 3 is left out: it is a bitmap",
        ),
        ('<isofield id="3" length="6" class="IFA_NUMERIC" trim="true"/>', "attribute trim (true)"),
        ("<other/>", "<other>"),
        (
            '<isofieldpackager id="3" length="9" class="IF_CHAR" packager="x.Own"/>',
            "element 3 stays whole: what packager Own does is not known",
        ),
        (
            '<isofieldpackager id="3" length="9" class="IF_CHAR" packager="GenericPackager">'
            '<isofield id="1" length="2" token="AB" class="IF_CHAR"/></isofieldpackager>',
            "element 3 stays whole: its sub-fields are found by tokens",
        ),
        (
            '<isofieldpackager id="3" length="9" class="IF_CHAR" packager="GenericPackager">'
            '<isofield id="1" length="2" class="IFB_NUMERIC"/></isofieldpackager>',
            "element 3 stays whole: 3.1 has packed bytes inside text",
        ),
    ],
)
def test_what_cannot_be_carried_over_is_said(field: str, words: str) -> None:
    made = imported(ASCII.replace("</isopackager>", f"{field}</isopackager>"))
    assert any(words in line for line in made.left), made.left
    assert "\n  4: {name: Amount" in made.yaml


def test_what_no_packager_says_is_told_each_time() -> None:
    assert imported(ASCII).left == (
        "jPOS checks no characters and takes empty elements; here kinds and lengths hold",
    )


def test_a_header_of_the_file_belongs_to_the_framing() -> None:
    left = imported(ASCII.replace("<isopackager>", '<isopackager headerLength="5">')).left
    assert "a header of 5 bytes: it belongs to the framing" in left


def test_ebcdic_classes_make_an_ebcdic_dialect(tmp_path: Path) -> None:
    text = ASCII.replace("IFA_", "IFE_").replace("IF_CHAR", "IFE_CHAR")
    body = (
        "0200".encode("cp500")
        + "4000000000800000".encode("cp500")
        + "169504010000000019".encode("cp500")
    )
    body += "GAB00001".encode("cp500")
    round_trip(text, tmp_path, {"t": "0200", "2": "9504010000000019", "41": "GAB00001"}, body)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<beans/>", "line 1: <isopackager> expected, found <beans>"),
        ("<isopackager/>", "no isofield in it"),
        ('<isopackager><isofield id="0" class="IFA_NUMERIC"/></isopackager>', "no element of it"),
        ("nothing", "not XML"),
    ],
)
def test_what_is_no_packager_is_refused(text: str, words: str) -> None:
    with pytest.raises(XmlError) as caught:
        imported(text)
    assert words in str(caught.value)
