"""The lines that `up` prints of messages: who, which way, what, and never a card number."""

import io
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from simulator.cli.addresses import print_addresses
from simulator.cli.trace import MessageTrace
from simulator.network import Address
from switch.wire import Message

SESSION = SimpleNamespace(
    profile=SimpleNamespace(name="terminals"), line=SimpleNamespace(peer="127.0.0.1:5000")
)
MESSAGE = Message({"t": "0200", "2": "9504010000000019", "3": "010000", "11": "000001"})
ADDRESSES = [Address("terminals", "127.0.0.1", 8583, "ISO 8583")]


class Noon:
    def now(self):
        return datetime(2026, 11, 24, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.mark.parametrize(("direction", "arrow"), [("in", "->"), ("out", "<-")])
def test_a_message_is_one_masked_line(direction, arrow):
    to = io.StringIO()
    MessageTrace(Noon(), to)(SESSION, direction, MESSAGE)
    assert to.getvalue() == (
        f"12:00:00.123 terminals 127.0.0.1:5000   {arrow} "
        "0200 withdrawal card 950401******0019 STAN 000001\n"
    )


def test_nobody_reading_does_not_disturb_the_message():
    to = io.StringIO()
    to.close()
    MessageTrace(Noon(), to)(SESSION, "in", MESSAGE)


def test_addresses_are_aligned_columns_when_nobody_looks(capsys):
    print_addresses(ADDRESSES, "A network")
    shown = capsys.readouterr().out
    assert shown == f"A network\n  terminals  {'127.0.0.1:8583':<22} ISO 8583\n"


def test_addresses_are_a_table_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr("simulator.cli.addresses.colours_wanted", lambda stream: True)
    print_addresses(ADDRESSES, "A network")
    shown = capsys.readouterr().out
    assert "127.0.0.1:8583" in shown
    assert "connect to" in shown
