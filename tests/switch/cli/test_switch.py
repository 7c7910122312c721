"""What `guichet switch` says of where it listens."""

from switch.cli.switch import interface_of
from switch.service.checks import load_switch_file


def test_listeners_and_hosts_that_dial_are_found_where_the_file_says() -> None:
    section = load_switch_file("examples/between").switch
    elsewhere = section.listeners["siroua"].model_copy(update={"interface": "::1"})
    section = section.model_copy(update={"listeners": {"siroua": elsewhere}})
    assert interface_of(section, "siroua") == "::1"
    assert interface_of(section, "toubkal-two") == "127.0.0.1"


def test_a_host_that_dials_is_awaited_on_this_machine_where_nothing_is_said() -> None:
    section = load_switch_file("examples/between").switch
    silent = section.links["toubkal-two"].model_copy(update={"interface": None})
    section = section.model_copy(update={"links": {"toubkal-two": silent}})
    assert interface_of(section, "toubkal-two") == "127.0.0.1"
