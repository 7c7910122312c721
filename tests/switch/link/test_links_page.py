"""docs/links.md draws the table of states, names every key with its default, and every limit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from switch.link import dialer, gate, line, listener, matching, proxy_header, secure_line, session
from switch.link.states import TRANSITIONS, State
from switch.service import links, service
from switch.settings.links import (
    DestinationSettings,
    LinkSettings,
    ListenerSettings,
    OwedSettings,
)
from switch.settings.readings import write_duration

PAGE = (Path(__file__).parents[3] / "docs" / "links.md").read_text(encoding="utf-8")
HEADS = ("key", "state", "what")
ARROW = re.compile(r"^    (\w+|\[\*\]) --> (\w+)(?:: (.+))?$", re.MULTILINE)


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables behind a heading or a sentence, up to the next heading."""
    text = re.split(r"^## ", PAGE.partition(heading)[2], maxsplit=1, flags=re.MULTILINE)[0]
    found = [re.split(r" \| ", row.strip("| ")) for row in re.findall(r"^\|.*$", text, re.M)]
    return [cells for cells in found if cells[0] not in HEADS and not cells[0].startswith("--")]


def shown(info: FieldInfo) -> str:
    """A default as the page has it."""
    value: Any = info.get_default(call_default_factory=True)
    if info.is_required():
        return "must"
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return write_duration(value)
    if isinstance(value, OwedSettings):
        return f"{', '.join(value.accepted)}; {', '.join(value.again)}"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def keys_of(model: type[BaseModel]) -> dict[str, str]:
    return {name: shown(info) for name, info in model.model_fields.items()}


def test_the_page_draws_every_row_of_the_table_and_no_other() -> None:
    arrows = ARROW.findall(PAGE)
    assert arrows[0] == ("[*]", "down", "")
    drawn = [
        (State(before.replace("_", " ")), State(after.replace("_", " ")), words)
        for before, after, words in arrows[1:]
    ]
    table = [(before, after, happened.value) for (before, happened), after in TRANSITIONS.items()]
    assert sorted(drawn, key=str) == sorted(table, key=str)


def test_every_state_is_told() -> None:
    told = [cells[0].strip("`").replace("_", " ") for cells in rows("## The life of a session")]
    assert told == [state.value for state in State]


def test_every_key_of_listeners_and_links_is_told_with_its_default() -> None:
    told = rows("Of `listeners` and `links`:")
    told = [cells for cells in told if len(cells) == 4]
    for column, model in ((1, ListenerSettings), (2, LinkSettings)):
        page = {cells[0].strip("`"): cells[column] for cells in told if cells[column] != "-"}
        assert page == keys_of(model)


def test_every_key_of_destinations_is_told_with_its_default() -> None:
    page = {cells[0].strip("`"): cells[1] for cells in rows("Of `destinations`:")}
    assert page == keys_of(DestinationSettings)


def test_the_limits_are_those_of_the_code() -> None:
    limits = {cells[0]: cells[1] for cells in rows("## What is bounded")}
    expected = {
        "writes that wait for the journal": f"{service.JOURNAL_BEHIND}",
        "a frame that has begun": f"{line.FRAME_TIMEOUT_S:g} s",
        "a peer that does not read its answers": f"64 KiB, {line.STUCK_TIMEOUT_S:g} s",
        "the HAProxy header": f"{gate.HEADER_TIMEOUT_S:g} s, {proxy_header.TEXT_MAX} bytes "
        f"(version 1), {proxy_header.BINARY_MAX} bytes (version 2)",
        "a TLS handshake": f"{secure_line.HANDSHAKE_TIMEOUT_S:g} s",
        "what is remembered of unanswered requests": f"{matching.REMEMBERED_MAX} a line",
        "a stop that drains": f"{listener.DRAIN_TIMEOUT_S:g} s",
    }
    assert {what: limits[what] for what in expected} == expected
    for setting in (each for each in limits.values() if each.startswith("`")):
        name = setting.split("`")[1]
        assert name in {**keys_of(LinkSettings), **keys_of(ListenerSettings)}


def test_the_pauses_are_those_of_the_code() -> None:
    told = PAGE.partition("## Found again")[2].partition("##")[0]
    assert f"begins {dialer.RETRY_FIRST_S:g} s after" in told
    assert f"up to {dialer.RETRY_MAX_S:g} s" in told
    assert (dialer.RETRY_JITTER, "a quarter shorter or longer" in told) == (0.25, True)
    assert dialer.DRAIN_TIMEOUT_S == listener.DRAIN_TIMEOUT_S
    assert (session.SIGN_ON_AGAIN_S, "again after a minute" in PAGE) == (60.0, True)
    assert f"a link with `role: listen`: {links.HOST_LINES_MAX} |" in PAGE
