"""A counter in virtual time with a vault, two tellers and a supervisor."""

import pytest

from simulator.counter.settings import CounterSettings, TellerSettings
from switch.link import answer_to

VAULT = {20_000: 100, 10_000: 100, 5_000: 100, 2_000: 100, 1_000: 100, 500: 100, 100: 100, 50: 100}
TILL = {20_000: 5, 10_000: 5, 5_000: 5, 2_000: 10, 1_000: 10, 500: 10, 100: 10, 50: 10}
TELLERS = {
    "T01": TellerSettings(name="one"),
    "T02": TellerSettings(name="two"),
    "T09": TellerSettings(name="nine", supervisor=True),
}
RIB = "999780000000000000100112"
PHONE = "0612345678"
FOUND = {"04": "000000000077", "05": "A1=35050|A2=12000", "08": "contract=00123456"}


class CounterScene:
    """One counter that is started, cut and started again with the same settings."""

    def __init__(self, scene) -> None:
        self.scene = scene
        self.world = scene.world
        self.host = scene.host
        self.host.script = self.answer
        self.settings = CounterSettings(vault=VAULT, till=TILL, tellers=TELLERS, language="en")
        self.code = "00"

    def answer(self, message):
        """As a switch whose core approves (or answers `code`), and finds two bills."""
        if message.mti[1] == "4":
            return answer_to(message, "00")
        if message["3"] == "300000":
            return answer_to(message, "00", de4="000000047050", de48=FOUND)
        if self.code != "00":
            return answer_to(message, self.code)
        given = {
            "500000": {"06": "S1"},
            "900000": {"04": "300000000001"},
        }.get(message["3"])
        return answer_to(message, "00", de38="123456", **({"de48": given} if given else {}))

    def start(self, **rules):
        if rules:
            self.settings = self.settings.model_copy(update=rules)
        self.counter = self.scene.counter_of(self.settings)
        self.do(self.counter.when_ready)
        return self.counter

    def do(self, operation, *arguments, **named):
        return self.scene.do(lambda: operation(*arguments, **named), limit_s=600)

    def silently(self, operation, *arguments, **named):
        """An operation whose request nobody answers, and what is owed is not taken either."""
        self.host.script = self.host.ignore
        result = self.do(operation, *arguments, **named)
        self.host.script = self.answer
        return result

    def quiet(self):
        self.world.run_until(self.counter.when_quiet(), 600)

    def owed(self):
        return self.do(self.counter.enquire_bill, "1001", "01", {"contract": "00123456"})

    def events(self, name):
        return [event for event in self.scene.events() if event["event"] == name]

    def last(self, name):
        return self.events(name)[-1]


@pytest.fixture
def at(scene):
    return CounterScene(scene)


@pytest.fixture
def counter(at):
    return at.start()
