from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from switch.cli.console import USAGE, run_command
from switch.cli.keys import keys
from switch.keys.primitives.check_value import tdes_check_value

HEX = bytes(range(32)).hex()
NEXT = bytes(range(1, 33)).hex()


@dataclass
class Ran:
    """What a command left: its exit code, and both of its outputs."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


Invoke = Callable[..., Ran]


@pytest.fixture
def invoke(tmp_path: Path) -> Invoke:
    """Runs `keys ...` on a file of its own, under a master key from the environment."""

    def run(*arguments: str, typed: str = "", **environment: str | None) -> Ran:
        given = {
            "GUICHET_KEYS": str(tmp_path / "keys.yaml"),
            "GUICHET_MASTER_KEY": HEX,
            "GUICHET_MASTER_PASSPHRASE": None,
            **environment,
        }
        with CliRunner().isolation(input=typed, env=given) as (out, err, _):
            code = run_command(keys, "keys", arguments)
            return Ran(code, out.getvalue().decode(), err.getvalue().decode())

    return run


def worked(result: Ran) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(result: Ran) -> str:
    assert result.exit_code == USAGE, result.output
    return result.output


def test_a_generated_key_is_listed(invoke: Invoke) -> None:
    made = worked(invoke("generate", "zpk.issuer", "--for", "pin", "--exportable"))
    listed = worked(invoke("list"))
    assert made == listed
    assert "zpk.issuer" in listed
    assert "exportable" in listed


def test_the_list_is_json_for_programs(invoke: Invoke) -> None:
    worked(invoke("generate", "mac", "--for", "cmac", "--algorithm", "aes-128"))
    (info,) = json.loads(worked(invoke("list", "--json")))
    assert (info["name"], info["purpose"], info["algorithm"]) == ("mac", "cmac", "aes-128")
    assert len(info["check_value"]) == 10


def test_a_key_travels_to_another_file(invoke: Invoke, tmp_path: Path) -> None:
    other = str(tmp_path / "other.yaml")
    parts = "\n".join(["0123456789ABCDEF FEDCBA9876543210", "11" * 16]) + "\n"
    form = ("form", "zmk", "--components", "2", "--for", "zone-master")
    worked(invoke(*form, typed=parts))
    worked(invoke(*form, "--file", other, typed=parts))
    worked(invoke("generate", "zpk", "--for", "pin", "--exportable"))
    block = worked(invoke("export", "zpk", "--under", "zmk")).strip()
    (sent,) = [one for one in json.loads(worked(invoke("list", "--json"))) if one["name"] == "zpk"]
    worked(
        invoke(
            *("import", "zpk", "-", "--under", "zmk", "--file", other),
            *("--check-value", sent["check_value"]),
            typed=block + "\n",
        )
    )
    arrived = json.loads(worked(invoke("list", "--json", "--file", other)))
    assert sent in arrived


def test_a_wrong_check_value_is_refused(invoke: Invoke) -> None:
    worked(
        invoke(
            "form",
            "zmk",
            "--components",
            "2",
            "--for",
            "zone-master",
            typed="01" * 16 + "\n" + "0123456789ABCDEF0011223344556677\n",
        )
    )
    worked(invoke("generate", "zpk", "--for", "pin", "--exportable"))
    block = worked(invoke("export", "zpk", "--under", "zmk", "--mode", "E")).strip()
    told = refused(invoke("import", "pad", block, "--under", "zmk", "--check-value", "000000"))
    assert "check value" in told
    assert "pin-pad" in worked(invoke("import", "pad", block, "--under", "zmk"))


def test_the_ceremony_shows_check_values_and_never_components(invoke: Invoke) -> None:
    parts = ["0123456789ABCDEFFEDCBA9876543210", "10" * 16, "0E" * 8 + "8F" * 8]
    done = invoke("form", "zmk", "--for", "zone-master", typed="\n".join(parts) + "\n")
    worked(done)
    for part in parts:
        assert part not in done.output.upper()
        assert tdes_check_value(bytes.fromhex(part)).hex().upper() in done.output


def test_a_component_is_fresh_and_comes_with_its_check_value(invoke: Invoke) -> None:
    first, second = worked(invoke("component")), worked(invoke("component"))
    assert first != second
    value, check = (line.split(maxsplit=1)[1] for line in first.splitlines())
    digits = bytes.fromhex(value)
    assert len(digits) == 16
    assert tdes_check_value(digits).hex().upper() == check.removeprefix("value  ")


@pytest.mark.parametrize("typed", ["zz" * 16 + "\n", "01" * 15 + "\n", "\n"])
def test_a_mistyped_component_ends_the_ceremony(typed: str, invoke: Invoke) -> None:
    told = refused(invoke("form", "zmk", "--for", "zone-master", typed=typed))
    assert "component 1" in told
    assert worked(invoke("list")) == ""


def test_a_component_of_even_parity_is_remarked(invoke: Invoke) -> None:
    typed = "00" * 16 + "\n" + "0123456789ABCDEFFEDCBA9876543210\n"
    done = invoke("form", "zmk", "--for", "zone-master", "--components", "2", typed=typed)
    worked(done)
    assert done.output.count("odd parity") == 1


def test_rotation_leaves_the_keys_and_changes_the_master(invoke: Invoke) -> None:
    worked(invoke("generate", "mac", "--for", "mac"))
    before = worked(invoke("list"))
    told = worked(invoke("rotate", GUICHET_NEW_MASTER_KEY=NEXT))
    assert told.startswith("1 keys are under the master key ")
    assert "master key" in refused(invoke("list"))
    assert worked(invoke("list", GUICHET_MASTER_KEY=NEXT)) == before


def test_rotation_to_the_same_master_key_is_a_mistake(invoke: Invoke) -> None:
    worked(invoke("generate", "mac", "--for", "mac"))
    assert "old one" in refused(invoke("rotate", GUICHET_NEW_MASTER_KEY=HEX))


def test_a_passphrase_will_do(invoke: Invoke) -> None:
    phrase = {"GUICHET_MASTER_KEY": None, "GUICHET_MASTER_PASSPHRASE": "correct horse battery"}
    worked(invoke("generate", "mac", "--for", "mac", **phrase))
    assert "mac" in worked(invoke("list", **phrase))
    wrong = {**phrase, "GUICHET_MASTER_PASSPHRASE": "incorrect horse battery"}
    assert "horse" not in refused(invoke("list", **wrong))


def test_without_a_master_key_the_variables_are_named(invoke: Invoke) -> None:
    told = refused(invoke("list", GUICHET_MASTER_KEY=None))
    assert "GUICHET_MASTER_KEY or GUICHET_MASTER_PASSPHRASE" in told


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["generate", "9504010000000019", "--for", "pin"], "not a name"),
        (["generate", "x", "--for", "cvv", "--algorithm", "aes-128"], "tdes-2"),
        (["generate", "x", "--for", "tea"], "zone-master"),
        (["export", "mac", "--under", "nothing"], "no key"),
        (["import", "x", "what", "--under", "mac"], "cannot unwrap"),
        (["generate", "mac", "--for", "mac"], "already"),
    ],
)
def test_a_mistake_is_told_in_one_line(arguments: list[str], reason: str, invoke: Invoke) -> None:
    worked(invoke("generate", "mac", "--for", "mac"))
    told = refused(invoke(*arguments))
    assert reason in told
    assert "9504010000000019" not in told


def test_no_output_holds_a_key(invoke: Invoke, tmp_path: Path) -> None:
    worked(invoke("generate", "zpk", "--for", "pin", "--exportable"))
    shown = worked(invoke("list")) + (tmp_path / "keys.yaml").read_text()
    assert HEX not in shown.lower()
