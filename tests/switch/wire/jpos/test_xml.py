from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switch.wire.jpos.xml import DEPTH_MAX, ELEMENTS_MAX, FILE_MAX_BYTES, XmlError, read_xml

LAUGHS = b"""<!DOCTYPE lol [
<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<isopackager name="&c;"/>"""


def refused(data: bytes) -> str:
    with pytest.raises(XmlError) as caught:
        read_xml(data)
    return str(caught.value)


def test_elements_have_attributes_children_and_a_line() -> None:
    root = read_xml(b'<isopackager>\n <isofield id="2" name=" PAN "/>\n</isopackager>')
    [field] = root.children
    assert (field.name, field.get("id"), field.get("name"), field.line) == (
        "isofield",
        "2",
        "PAN",
        2,
    )
    assert field.get("length", "0") == "0"
    assert [one.name for one in root.walk()] == ["isopackager", "isofield"]


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE isopackager SYSTEM "genericpackager.dtd">',
        b'<!DOCTYPE isopackager PUBLIC "-//x//y" "http://127.0.0.1:1/generic-packager.dtd">',
        b"<!DOCTYPE isopackager [<!ELEMENT isopackager (isofield)*>]>",
    ],
)
def test_a_document_type_is_passed_over(declared: bytes) -> None:
    assert read_xml(declared + b"<isopackager/>").name == "isopackager"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (LAUGHS, "line 2: it declares an entity"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "an entity"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">%p;]><a/>', "an entity"),
        (b'<!DOCTYPE a SYSTEM "x.dtd"><a>&unknown;</a>', "entity"),
        (b"<a>&unknown;</a>", "not XML"),
        (b"<a><b></a>", "line 1: not XML: mismatched tag"),
        (b"", "not XML: no element found"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "encoding"),
        (b"<a>" * (DEPTH_MAX + 1), f"nested more than {DEPTH_MAX} deep"),
        (b"<a>" + b"<b/>" * ELEMENTS_MAX + b"</a>", f"more than {ELEMENTS_MAX} elements"),
        (b" " * (FILE_MAX_BYTES + 1), f"more than {FILE_MAX_BYTES} bytes"),
    ],
)
def test_what_could_grow_or_reach_outside_is_refused(data: bytes, words: str) -> None:
    assert words in refused(data)


@given(
    st.binary(max_size=200)
    | st.text(alphabet="<>/a&;! [DOCTYPEN'\"=%", max_size=80).map(str.encode)
)
def test_any_bytes_are_a_tree_or_an_error(data: bytes) -> None:
    with contextlib.suppress(XmlError):
        assert read_xml(data).line >= 1
