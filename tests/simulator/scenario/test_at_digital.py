"""What a scenario may ask of a digital channel, and what a network file may say of one."""

import pytest

from simulator.network import load_network
from simulator.scenario.api import scenario_of
from switch.settings import SettingsError, config_folder

BILL = {"creditor": "1001", "kind": "01", "form": {"contract": "00123456"}}


def told(*steps):
    """What is wrong with these steps in the network of digital channels."""
    content = {"scenario": "s", "network": "digital", "steps": list(steps)}
    with pytest.raises(SettingsError) as refused:
        scenario_of(content)
    return [problem.message for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"pay_bill": {"at": "EBK00001", **BILL}}, "here the account pays: say which"),
        ({"pay_bill": {"at": "WEB00001", "account": "amina", **BILL}}, "here the card pays"),
        ({"pay_bill": {"at": "SHP00001", "card": "amina", **BILL}}, "here no card pays"),
        (
            {"withdraw": {"at": "EBK00001", "card": "amina", "amount": "100.00"}},
            "has no 'withdraw'",
        ),
        ({"open_code": {"at": "GAB00001", "bills": [BILL]}}, "at a digital channel"),
        (
            {"open_code": {"at": "EBK00001", "bills": [{**BILL, "form": {"contrat": "1"}}]}},
            "no field 'contrat'",
        ),
        (
            {"faults": [{"on": "EBK00001", "inject": "black_hole"}]},
            "a digital channel has no line to the switch",
        ),
    ],
)
def test_a_step_that_the_channel_cannot_do_is_told_before_the_run(step, problem):
    assert any(problem in each for each in told(step))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("EBK00001: {", "GAB00001: {"), "this is a terminal of the switch"),
        (("creditors: {port: 8589", "creditors: {port: 8587"), "port 8587 is that of"),
        (("means: cash", "means: gold"), "expected"),
    ],
)
def test_a_network_file_that_does_not_fit_is_told(tmp_path, change, problem):
    text = (config_folder() / "digital.yaml").read_text().replace(*change)
    text = text.replace("seed/digital-core.yaml", str(config_folder() / "seed/digital-core.yaml"))
    path = tmp_path / "network.yaml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_network(str(path))
    assert any(problem in each.message for each in refused.value.problems)
