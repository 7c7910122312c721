import pytest

from simulator.load.settings import EXECUTORS, NEEDED, Load
from switch.settings import SettingsError, parse

VALUES = {
    "rate": "30/s",
    "duration": "10s",
    "stages": "[{target: 5, duration: 1s}]",
    "vus": "3",
    "iterations": "9",
}


def read(executor: str, **more: str) -> Load:
    lines = "".join(f"{name}: {value}\n" for name, value in more.items())
    return parse(f"executor: {executor}\n{lines}", "load.yaml", Load)


def needed(executor: str) -> dict[str, str]:
    found = {name: VALUES[name] for name in NEEDED[executor]}
    if executor == "ramping-arrival-rate":
        found["stages"] = "[{target: 5/s, duration: 1s}]"
    return found


@pytest.mark.parametrize("executor", EXECUTORS)
def test_each_executor_is_read_with_what_it_needs(executor):
    assert read(executor, **needed(executor)).executor == executor


@pytest.mark.parametrize("executor", EXECUTORS)
def test_what_an_executor_needs_is_told(executor):
    for name in NEEDED[executor]:
        rest = {key: value for key, value in needed(executor).items() if key != name}
        with pytest.raises(SettingsError, match=f"'{executor}' needs `{name}`"):
            read(executor, **rest)


@pytest.mark.parametrize(
    ("executor", "name"),
    [
        ("constant-vus", "rate"),
        ("constant-arrival-rate", "vus"),
        ("per-vu-iterations", "stages"),
        ("ramping-vus", "max_in_flight"),
    ],
)
def test_what_an_executor_does_not_have_is_refused_at_its_key(executor, name):
    with pytest.raises(SettingsError) as caught:
        read(executor, **needed(executor), **{name: VALUES.get(name, "5")})
    assert f"'{executor}' has no `{name}`" in str(caught.value)


def test_the_stages_of_users_are_numbers_and_those_of_arrivals_rates():
    with pytest.raises(SettingsError, match="expected a number of users"):
        read("ramping-vus", stages="[{target: 5/s, duration: 1s}]")
    with pytest.raises(SettingsError, match="expected a rate such as 30/s"):
        read("ramping-arrival-rate", stages="[{target: 5, duration: 1s}]")
