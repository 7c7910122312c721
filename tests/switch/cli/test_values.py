"""Values of options: durations and addresses, read as strictly as in our files."""

import click
import pytest

from switch.cli.values import duration, host_port, written


@pytest.mark.parametrize(("text", "seconds"), [("10s", 10.0), ("500ms", 0.5), ("2m", 120.0)])
def test_a_duration_is_seconds(text, seconds):
    assert duration(None, None, text) == seconds


def test_no_duration_given_is_none():
    assert duration(None, None, None) is None


def test_a_duration_without_its_unit_is_answered_with_what_was_meant():
    with pytest.raises(click.BadParameter, match="did you mean 10s"):
        duration(None, None, "10")


@pytest.mark.parametrize("text", ["", "ten", "-1s", "1 s s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(click.BadParameter, match="no duration such as 10s"):
        duration(None, None, text)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8583", "127.0.0.1", 8583),
        ("localhost:1", "localhost", 1),
        ("[::1]:65535", "::1", 65535),
    ],
)
def test_an_address_is_host_and_port(text, host, port):
    assert host_port(None, None, text) == (host, port)
    assert written(host, port) == text


@pytest.mark.parametrize("text", ["", "host", ":8583", "host:", "host:0", "host:65536", "host:٣"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(click.BadParameter, match="not HOST:PORT"):
        host_port(None, None, text)
