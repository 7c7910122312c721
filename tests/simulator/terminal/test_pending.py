"""What is kept of a transaction suffices to reverse it and names no card."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.terminal.asking import Ask
from simulator.terminal.card import Card
from simulator.terminal.identity import GAB, Identity
from simulator.terminal.pending import PendingFolder, PendingRecord
from switch.keys.vault import Vault
from switch.runtime import SeededEntropy
from switch.wire import Codec, load_dialect

PAN = "9504020000000018"
VAULT = Vault({"1": b"k" * 32}, b"l" * 32, SeededEntropy(Random(1)))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
IDENTITY = Identity.of("GAB00001", "AGENCE000000001", "504001")


class Later:
    def now(self):
        return datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def record(stan="000041", held=None, amount_minor=20_000):
    ask = Ask("withdraw", "0200", "010000", amount_minor, Card(PAN, "3112"))
    request = ask.message(IDENTITY, GAB, NOON, stan)
    return PendingRecord.of("withdraw", request, "950402******0018", held or {})


@pytest.fixture
def folder(tmp_path):
    folder = PendingFolder(tmp_path / "GAB00001.pending", VAULT)
    folder.load()
    return folder


@given(
    stan=st.integers(1, 999_999).map("{:06}".format),
    amount_minor=st.integers(0, 999_999_999_999),
    held=st.dictionaries(st.integers(1, 20_000), st.integers(0, 50)),
)
def test_a_record_is_read_as_it_was_written(tmp_path_factory, stan, amount_minor, held):
    folder = PendingFolder(tmp_path_factory.mktemp("pending"), VAULT)
    kept = record(stan, held, amount_minor)
    folder.write(kept)
    assert folder.load() == ([kept], [])


def test_no_card_number_is_kept(folder):
    folder.write(record())
    (path,) = folder.folder.iterdir()
    text = path.read_text()
    assert list(json.loads(text)) == ["sealed"]
    for kept in (PAN, "3112", "950402", "20000", "withdraw"):
        assert kept not in text


def test_what_an_older_program_kept_in_clear_is_read_and_sealed(folder):
    path = folder.folder / "632812000041.json"
    path.write_text(json.dumps(asdict(record())))
    assert folder.load() == ([record()], [])
    assert "950402" not in path.read_text()
    assert folder.load() == ([record()], [])


def test_a_record_under_another_name_or_vault_is_set_aside(folder):
    folder.write(record())
    (path,) = folder.folder.iterdir()
    path.rename(path.with_name("632812000042.json"))
    folder.write(record("000043"))
    stranger = PendingFolder(folder.folder, Vault({"1": b"x" * 32}, b"l" * 32, VAULT._entropy))
    records, unreadable = folder.load()
    assert [kept.stan for kept in records] == ["000043"]
    assert [path.name for path in unreadable] == ["632812000042.unreadable"]
    assert [path.name for path in stranger.load()[1]] == ["632812000043.unreadable"]


def test_the_reversal_carries_its_originals_elements_and_numbers():
    message = record().reversing("000042", "68").reversal(Later(), repeat=False)
    assert dict(message) == {
        "t": "0420",
        "3": "010000",
        "4": "000000020000",
        "7": "1125093000",
        "11": "000042",
        "12": "130000",
        "13": "1124",
        "18": "6011",
        "22": "051",
        "25": "02",
        "32": "504001",
        "37": "632812000041",
        "39": "68",
        "41": "GAB00001",
        "42": "AGENCE000000001",
        "49": "504",
        "90": "0200" + "000041" + "1124120000" + "00000504001" + "00000000000",
    }


def test_what_stands_of_a_part_is_said_beside_the_amount_as_authorised():
    message = record().reversing("000042", "32", 12_000).reversal(Later(), repeat=False)
    assert (message["4"], message["95"]) == ("000000020000", "000000012000" + "0" * 30)


def test_a_repeat_differs_in_its_type_alone():
    kept = record().reversing("000042", "68")
    first = kept.reversal(Later(), repeat=False)
    repeat = kept.reversal(Later(), repeat=True)
    assert {**first, "t": "0421"} == repeat


def test_a_reversal_can_be_encoded():
    message = record().reversing("000042", "22").reversal(Later(), repeat=True)
    codec = Codec(load_dialect("gab87"))
    assert codec.decode(codec.encode(message)) == message


def test_a_later_record_takes_the_place_of_the_first(folder):
    folder.write(record())
    folder.write(record().reversing("000042", "68"))
    (kept,), _ = folder.load()
    assert kept.reversal_stan == "000042"


def test_a_purged_record_is_gone_and_may_be_purged_again(folder):
    folder.write(record())
    folder.purge(record())
    folder.purge(record())
    assert folder.load() == ([], [])


def test_records_come_back_oldest_first(folder):
    for stan in ("000043", "000041", "000042"):
        folder.write(record(stan))
    assert [kept.stan for kept in folder.load()[0]] == ["000041", "000042", "000043"]


def test_a_file_that_was_being_written_at_a_power_cut_does_not_count(folder):
    (folder.folder / "632812000041.part").write_text('{"operation": "wit')
    assert folder.load() == ([], [])
    assert list(folder.folder.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"sealed": 1}', '{"sealed": "1.1.x"}', '{"operation": 1}', "\0\0"]
)
def test_a_file_that_is_no_record_is_set_aside(folder, text):
    (folder.folder / "632812000041.json").write_text(text)
    records, unreadable = folder.load()
    assert records == []
    assert [path.name for path in unreadable] == ["632812000041.unreadable"]
