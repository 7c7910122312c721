"""docs/security-module.md tells every command, purpose, error and scheme as the code has it."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from switch.keys import Purpose
from switch.keys.commands import read_answer, read_request
from switch.keys.errors import SecurityModuleError
from switch.keys.primitives.emv_schemes import SCHEMES
from switch.keys.requests import REQUESTS, Request

TEXT = (Path(__file__).parents[3] / "docs" / "security-module.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.command)
def test_a_command_is_described_with_its_fields(kind: type[Request[Any]]) -> None:
    described: Any = kind
    told = " ".join(
        f"`{one.name}`" if one.default is MISSING else f"[`{one.name}`]"
        for one in fields(described)
    )
    assert f"| `{kind.command}` | {told} |" in TEXT


@pytest.mark.parametrize("purpose", Purpose)
def test_a_purpose_is_described_with_its_usage_and_mode(purpose: Purpose) -> None:
    rules = purpose.rules
    assert f"| `{purpose.value}` | {rules.usage} {rules.mode}" in TEXT


def test_every_error_code_is_named() -> None:
    codes = {kind.code for kind in (SecurityModuleError, *SecurityModuleError.__subclasses__())}
    assert all(f"`{code}`" in TEXT for code in codes)


def test_every_scheme_is_named() -> None:
    assert all(f"`{name}`" in TEXT for name in SCHEMES)


def test_the_examples_of_host_commands_are_host_commands() -> None:
    block = re.search(r"```\n(1 .*?)```", TEXT, re.DOTALL)
    assert block is not None
    asked, answered, unknown, refusal = (line.encode() for line in block[1].splitlines())
    number, request = read_request(asked)
    assert not isinstance(request, SecurityModuleError)
    assert (number, read_answer(request, answered)) == (42, bytes.fromhex("A1C72E74"))
    _, other = read_request(unknown)
    assert not isinstance(other, SecurityModuleError)
    with pytest.raises(SecurityModuleError, match="there is no key 'nothing'"):
        read_answer(other, refusal)
