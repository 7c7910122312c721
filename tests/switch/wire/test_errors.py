from __future__ import annotations

import json
import traceback

import pytest

from switch.wire import Codec, Complaint, WireError, load_dialect

PAN = "9504010000000019"
PIN_BLOCK = "0412AC89ABCDEF67"
GAB87 = Codec(load_dialect("gab87"))
BODY = GAB87.encode(
    {
        "t": "0200",
        "2": PAN,
        "4": "000000020000",
        "11": "000001",
        "35": f"{PAN}=2512101",
        "41": "LAB00001",
        "43": "GUICHET RABAT AGDAL RUE DE FRANCE 12  MA",
        "52": PIN_BLOCK,
    }
)


def refusal(body: bytes) -> WireError:
    with pytest.raises(WireError) as caught:
        GAB87.decode(body)
    return caught.value


def test_one_line_names_field_byte_expectation_and_finding() -> None:
    error = refusal(BODY.replace(b"LAB00001", b"LAB0000\n"))
    assert str(error) == (
        "field 41 (Card acceptor terminal identification), byte 89: "
        "expected 8 printable characters, found the control character 0x0A"
    )


def test_a_description_shows_the_bytes_with_a_caret_and_the_fields_read() -> None:
    error = refusal(BODY.replace(b"LAB00001", b"LAB0000\n"))
    assert error.describe().splitlines()[1:] == [
        "",
        "byte 89 of 146:",
        "  .. ** 4c 41 42 30 30 30 30 0a 47 55 49 43 48 45 54 ..   *LAB0000.GUICHET",
        "                             ^^",
        "",
        "read so far:",
        "    t  0200",
        "    2  950401******0019",
        "    4  000000020000",
        "   11  000001",
        "   35  (track not shown)",
        "   41  LAB0000\\n",
        "   43  GUICHET RABAT AGDAL RUE DE FRANCE 12  MA",
        "   52  (PIN block not shown)",
    ]


def test_the_byte_of_cardholder_data_is_not_shown_under_the_caret() -> None:
    error = refusal(BODY.replace(PAN.encode() + b"0", b"950401000000001X0"))
    excerpt = error.describe().splitlines()[3]
    assert excerpt.startswith("  .. ** ** ** ** ** ** ** ** ** 30 30")
    assert "found 'X'" in str(error)


def test_with_many_elements_wrong_nothing_is_shown_behind_the_first() -> None:
    hurt = BODY.replace(b"LAB00001", b"        ").replace(b"GUICHET", b"GUICHE\xc9")
    assert "43" in refusal(hurt).shown
    error = refusal(hurt.replace(b"000000020000", b"00000002X000"))
    assert len(error.others) == 2
    assert error.sound
    assert dict(error.shown) == {"t": "0200", "2": "950401******0019"}
    assert error.partial["43"] == "GUICHE\xc9 RABAT AGDAL RUE DE FRANCE 12  MA"
    assert repr(error.partial) == "Misread(elements t, 2, 4, 11, 35, 41, 43, 52)"


def test_a_document_says_the_same() -> None:
    document = json.loads(json.dumps(refusal(BODY.replace(b"LAB00001", b"LAB0000\n")).to_json()))
    assert document["field"] == "41"
    assert document["position"] == 89
    assert document["length"] == len(BODY)
    assert document["partial"]["2"] == "950401******0019"
    assert document["others"] == []


def damaged() -> list[bytes]:
    """The body hurt at every byte: cut before it, cut after it, struck out, doubled, replaced."""
    bodies: list[bytes] = []
    for at in range(len(BODY)):
        before, after = BODY[:at], BODY[at:]
        bodies += [
            before,
            after,
            before + after[1:],
            before + b"0" + after,
            before + b"!" + after[1:],
        ]
    return bodies


def test_no_damage_makes_an_error_show_a_pan_a_track_or_a_pin_block() -> None:
    shown: list[str] = []
    kept: list[str] = []
    for body in damaged():
        try:
            GAB87.decode(body)
        except WireError as error:
            text = "".join(traceback.format_exception(error))
            text += f"{error!r}{error}{error.describe()}{error.to_json()}"
            shown.append(text)
            kept.append(repr(error.partial))
    everything = "".join(shown + kept)
    assert PAN not in everything
    assert PIN_BLOCK not in everything
    assert "=2512101" not in "".join(shown)
    # Nor as the bytes of an excerpt.
    assert PAN.encode().hex(" ") not in everything


def test_a_binary_message_that_lost_its_place_shows_nothing_behind_it() -> None:
    binary = Codec(load_dialect("iso87-binary"))
    body = binary.encode({"t": "0200", "2": PAN, "11": "000001"})
    shown = ""
    for at in range(len(body)):
        for hurt in (body[:at] + body[at + 1 :], body[at:], body[:at] + b"\xff" + body[at + 1 :]):
            try:
                binary.decode(hurt)
            except WireError as error:
                shown += error.describe()
    assert bytes.fromhex(PAN).hex(" ") not in shown
    assert PAN not in shown


def test_a_complaint_without_bytes_has_no_position() -> None:
    complaint = Complaint("70", None, "it in a 0800", "nothing", "Network management code")
    assert str(complaint) == (
        "field 70 (Network management code): expected it in a 0800, found nothing"
    )


def test_an_error_alone_still_masks_what_it_shows() -> None:
    error = WireError(Complaint("2", 0, "x", "y"), partial=GAB87.decode(BODY))
    assert PAN not in error.describe()
    assert error.readable
