"""What suites leave behind holds no card number, track, PIN block or key that they worked with.

Every file of every data folder is searched byte by byte, free pages and logs of databases
included; then the rows of each table, every line that a party logged, each exception that was made,
and the reports. `make soak` does so for all suites, the usual tests for a few scenarios of each.
"""

import base64
import json
import re
import sqlite3
from contextlib import closing, contextmanager
from itertools import count

import pytest
from twisted.python.failure import Failure

from simulator.network.settings import load_network
from simulator.report.html_report import html_report
from simulator.report.json_report import json_report
from simulator.report.junit import junit_report
from simulator.scenario import Verdict, clocks, find_scenarios, load_scenarios
from simulator.scenario.finding import scenarios_folder
from simulator.scenario.loading import remembering
from simulator.scenario.results import RunResult
from simulator.terminal.pin_pad import PinPad
from simulator.virtual.log import HistoryLog
from switch.keys.held import HeldKey
from switch.keys.vault import Vault
from switch.wire import Codec

SAMPLE = [
    "smoke/issuer-answer-lost.yaml",
    "smoke/wrong-pin.yaml",
    "functional/counter/lost-answer.yaml",
    "functional/gab/change-pin.yaml",
    "functional/stand-in/issuer-away.yaml",
]

LOAD = """\
scenario: A short load
network: local
load:
  cash:
    executor: constant-arrival-rate
    rate: 4/s
    duration: 1s
    terminals: gab
    cards: [amina, "9504020000000018"]
    steps:
      - withdraw: {at: "${terminal}", card: "${card}", amount: 20.00}
"""

PIN_SAID = re.compile(rb"(?i)pin[^a-z0-9]{1,6}1234(?![0-9])")
"""The PIN of all cards, by what stands before it: four digits alone are anywhere."""

HOMES = ("keys/", "vault/")
"""Where a data folder keeps its keys: what is in there is what protects the rest."""


def forms_of(digits):
    """The ways in which a card number may stand among bytes."""
    plain = digits.encode()
    forms = {
        plain,
        b" ".join(plain[at : at + 4] for at in range(0, len(plain), 4)),
        plain.hex().encode(),
        digits.encode("cp037"),
        int(digits).to_bytes(8, "big"),
    }
    # In BCD, from either half of a byte.
    forms.add(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    forms.add(bytes.fromhex(digits[1 : 1 + (len(digits) - 1) // 2 * 2]))
    return forms | in_base64(plain)


def in_base64(data):
    """What stays the same of data in base64, wherever in the text it begins."""
    made = set()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data)
        made.add(text[shift + 1 if shift else 0 : len(text) // 4 * 4 - 4])
    # What is shorter may be anywhere by chance.
    return {each for each in made if len(each) >= 9}


def forms_of_bytes(secret):
    """The ways in which a key or a PIN block may stand among bytes."""
    digits = secret.hex().encode()
    return {secret, digits, digits.upper()} | in_base64(secret)


class Search:
    """Secrets that were seen while suites ran, and what the suites said."""

    def __init__(self):
        self.secrets = {}
        self.said = []

    def number(self, digits):
        self.secrets[f"card {digits[:6]}"] = forms_of(digits) | self.secrets.get(
            f"card {digits[:6]}", set()
        )

    def key(self, kind, secret):
        # Eight bytes may be there by chance once in a long while; keys are of sixteen and more.
        self.secrets.setdefault(kind, set()).update(forms_of_bytes(secret))

    def say(self, text):
        self.said.append(text)

    def found_in(self, data, where, but=()):
        """Which secrets stand in `data`, said with where."""
        found = [
            f"{kind} in {where}"
            for kind, forms in self.secrets.items()
            if kind not in but and any(form in data for form in forms)
        ]
        return found + [f"PIN in {where}"] * bool(PIN_SAID.search(data))

    def found_below(self, folder):
        """What stands in the files of a data folder, and in the rows of its databases."""
        found, seen = [], 0
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = path.relative_to(folder).as_posix()
            home = name.split("/", 1)[-1].startswith(HOMES)
            data = path.read_bytes()
            seen += 1
            found += self.found_in(data, name, ("key",) if home else ())
            if data.startswith(b"SQLite format 3"):
                found += self.found_in(rows_of(path), f"the rows of {name}")
        assert seen > 3, "there was nothing to search"
        return found


def rows_of(path):
    """All values of all tables of a database, as they are read."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        rows = [connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables]
    return json.dumps(rows, default=repr).encode()


@pytest.fixture
def search(monkeypatch, tmp_path):
    """A search that sees every secret that is used, with the folders of all runs kept."""
    search, numbers = Search(), count(1)

    def after(owner, name, seen):
        whole = getattr(owner, name)

        def wrapped(self, *given, **named):
            result = whole(self, *given, **named)
            seen(self, result, *given)
            return result

        monkeypatch.setattr(owner, name, wrapped)

    def message_seen(codec, result, message):
        for element in ("52", "35"):
            if message.get(element):
                text = message[element]
                pan_block = bytes.fromhex(text) if element == "52" else text.encode()
                search.key("PIN block" if element == "52" else "track", pan_block)
        if message.get("2"):
            search.number(message["2"])

    after(HeldKey, "__init__", lambda held, _, *given: search.key("key", held.clear))
    after(
        Vault,
        "__init__",
        lambda vault, _, keys, lookup, *rest: [
            search.key("key", key) for key in [*keys.values(), lookup]
        ],
    )
    after(PinPad, "_block", lambda pad, block, *_: search.key("PIN block", bytes.fromhex(block)))
    after(Codec, "encode", message_seen)
    after(HistoryLog, "_write", lambda log, _, *line: search.say(repr((log._bound, line))))

    def failed(failure, _, *given, **named):
        search.say(f"{failure.value!r} {failure.value} {failure.getTraceback()}")

    after(Failure, "__init__", failed)

    @contextmanager
    def kept(prefix):
        folder = tmp_path / "runs" / str(next(numbers))
        folder.mkdir(parents=True)
        yield str(folder)

    monkeypatch.setattr(clocks, "TemporaryDirectory", kept)
    return search


def run_all(paths, search, tmp_path):
    """Run scenarios, and search what is left of them; what was found."""
    load = remembering(load_network)
    scenarios = [each for path in paths for each in load_scenarios(path, load=load)]
    results = [
        clocks.run_in_virtual_time(scenario, 11, lambda step: None, lambda: False)
        for scenario in scenarios
    ]
    assert [each.name for each in results if each.verdict is not Verdict.PASSED] == []
    run = RunResult("virtual", 11, tuple(results), 1.0)
    for report in (html_report(run), json_report(run), junit_report(run), repr(run)):
        search.say(report)
    assert {"key", "PIN block", "card 950401", "card 950402"} <= set(search.secrets)
    assert len(search.said) > 100
    found = search.found_below(tmp_path / "runs")
    return found + search.found_in("\n".join(search.said).encode(), "what was said")


def test_a_few_of_each_suite_leave_nothing(search, tmp_path):
    load = tmp_path / "load.yaml"
    load.write_text(LOAD)
    paths = [*(scenarios_folder() / each for each in SAMPLE), load]
    assert run_all(paths, search, tmp_path) == []


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_all_suites_leave_nothing(search, tmp_path):
    suites = ("smoke", "functional", "failure", "load")
    folders = [scenarios_folder() / suite for suite in suites]
    paths = find_scenarios([folder for folder in folders if folder.is_dir()])
    assert run_all(paths, search, tmp_path) == []


def test_the_search_finds_what_is_there(tmp_path):
    search, pan = Search(), "9504010000000019"
    search.number(pan)
    search.key("key", bytes(range(16)))
    for at, form in enumerate(sorted(forms_of(pan))):
        assert search.found_in(b"xyz" + form + b"...", "a text"), at
    for shift in range(3):
        text = base64.b64encode(b"#" * shift + pan.encode() + b"##")
        assert search.found_in(text, "a text") == ["card 950401 in a text"]
    assert search.found_in(bytes(range(16)).hex().encode(), "a text") == ["key in a text"]
    with closing(sqlite3.connect(tmp_path / "books.db")) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("CREATE TABLE cards (pan TEXT)")
        connection.execute("INSERT INTO cards VALUES (?)", (pan,))
        connection.commit()
        connection.execute("DELETE FROM cards")
        connection.commit()
    assert search.found_in((tmp_path / "books.db").read_bytes(), "a free page")
    assert search.found_in(b"950401******0019, 1234 dirhams, pinned", "a text") == []
    assert search.found_in(b"{'pin': '1234'}", "a text") == ["PIN in a text"]
