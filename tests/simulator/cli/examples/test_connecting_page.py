"""docs/connecting.md: what it shows is typed here, and comes out as it says."""

import ast
import json
import re
import shlex
import signal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from simulator.cli.main import cli
from switch.cli.console import run_command
from switch.settings.links import LinkSettings, ListenerSettings

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8")
CODE = [*(ROOT / "switch").rglob("*.py")]


def steps():
    """Each command of the page, and the lines that it shows of its output."""
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        command, shown = "", []
        for line in block.splitlines():
            if command and _open(command):
                command = command.removesuffix("\\") + " " + line
            elif line.startswith("$ "):
                if command:
                    yield command, shown
                command, shown = line.removeprefix("$ "), []
            else:
                shown.append(line)
        yield command, shown


def _open(command):
    """Whether a command goes on in the next line."""
    try:
        shlex.split(command)
    except ValueError:
        return True
    return command.endswith("\\")


def like(shown):
    """A pattern of an output, however it is spaced, in which `...` stands for whatever differs."""
    parts = spaced("\n".join(shown)).split("...")
    return re.compile(".*?".join(re.escape(part.strip()) for part in parts), re.DOTALL)


def spaced(text):
    """Words with one space between: columns are as wide as what stands in them."""
    return " ".join(text.split())


def cells(heading):
    """The rows of the first table behind a heading."""
    text = PAGE.partition(heading)[2]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)[0]
    return [row.strip("|\n ").split(" | ") for row in table.splitlines()[2:]]


@pytest.mark.process
def test_the_first_hour_goes_as_the_page_says(
    serve, guichet, port_base, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    at = {f"127.0.0.1:{8583 + more}": f"127.0.0.1:{port_base + more}" for more in (0, 3)}
    network = None
    for command, shown in steps():
        for written, here in at.items():
            command = command.replace(written, here)
            shown = [line.replace(written, here) for line in shown]
        name, *arguments = shlex.split(command)
        if name == "export":
            monkeypatch.setenv(*arguments[0].split("=", 1))
            continue
        if arguments[-1] == "&":
            network = serve(*arguments[:-1], "--port-base", port_base)
            printed = network.output.decode()
        elif arguments[0] == "send":
            _, printed, _ = guichet(*arguments)
        else:
            run_command(cli, name, arguments)
            printed = "".join(capsys.readouterr())
        assert like(shown).fullmatch(spaced(printed)), (command, printed)
    assert network.end(signal.SIGTERM) == 0


def test_the_questions_name_keys_that_exist():
    known = {*LinkSettings.model_fields, *ListenerSettings.model_fields}
    asked = {key for row in cells("## 2. Fill in") for key in re.findall(r"`(\w+)`", row[1])}
    assert asked - known == set()


def test_what_the_log_is_said_to_say_stands_in_the_code():
    texts = [path.read_text(encoding="utf-8") for path in CODE]
    words = {
        word for row in cells("### When sign-on fails") for word in re.findall("`([^`]+)`", row[0])
    }
    assert {word for word in words if not any(word in text for text in texts)} == set()


def test_every_code_that_the_switch_gives_by_itself_is_told():
    given = set()
    for path in (ROOT / "switch" / room for room in ("engine", "link")):
        for file in path.glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GIVERS:
                    given |= {
                        each.value
                        for each in node.args
                        if isinstance(each, ast.Constant)
                        and re.fullmatch("[0-9]{2}", str(each.value))
                    }
    told = {row[0] for row in cells("### Response codes")}
    assert len(given) > 5
    assert given - told == set()


GIVERS = ("RefusalError", "answer_to")


def test_the_calls_of_the_core_are_those_of_its_description():
    described = json.loads((ROOT / "docs" / "openapi" / "payment-core.json").read_text())
    for call, _ in cells("## A core instead of ours"):
        method, path = call.strip("`").split()
        assert method.lower() in described["paths"][path]
    body, *answers = (
        json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    )
    post = described["paths"]["/v1/withdrawals"]["post"]
    for document, content in (
        (body, post["requestBody"]),
        *((answer, post["responses"]["200"]) for answer in answers),
    ):
        schema = content["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": described["components"]})
        assert list(validator.iter_errors(document)) == []
