"""A GAB in virtual time with settings of the test's own, and what its journal says of its notes."""

import pytest

from simulator.gab.cassettes import Cassettes
from simulator.gab.gab import Gab
from simulator.gab.settings import CassetteSettings, GabSettings
from switch.link import answer_to

FOUR = {"1": (200, 50), "2": (100, 50), "3": (50, 50), "4": (20, 50)}


def settings_of(cassettes=FOUR, **rules) -> GabSettings:
    loaded = {name: CassetteSettings(note=n, count=c) for name, (n, c) in cassettes.items()}
    return GabSettings(**{"cassettes": loaded, **rules})


class GabScene:
    """One GAB that is started, cut and started again with the same settings."""

    def __init__(self, scene) -> None:
        self.scene = scene
        self.host = scene.host
        self.world = scene.world
        self.card = scene.card
        self.settings = settings_of()
        self.refused = set()

    def refuse(self, message):
        """Answers a request with 51."""
        if message.mti != "0200":
            return self.host.approve(message)
        self.refused.add(message["37"])
        return answer_to(message, "51")

    def start(self, **rules) -> Gab:
        if rules:
            self.settings = settings_of(**rules)
        gab = self.scene._start("GAB00001", Gab, self.settings)
        self.do(gab.when_ready)
        return gab

    def do(self, operation, *arguments, limit_s: float = 600.0):
        return self.scene.do(operation, *arguments, limit_s=limit_s)

    def quiet(self, gab) -> None:
        self.world.run_until(gab.when_quiet(), 600)

    def last(self, name: str) -> dict:
        return [event for event in self.scene.events() if event["event"] == name][-1]

    def names(self) -> list[str]:
        return self.scene.event_names()

    def given_minor(self) -> int:
        """What customers hold, by the journal alone."""
        total_minor = 0
        for event in self.scene.events():
            if event["event"] == "dispense":
                total_minor += sum(int(n) * 100 * count for n, count in event["notes"].items())
            elif event["event"] in ("retracted", "found"):
                total_minor -= event.get("returned_minor", 0)
        return total_minor

    def stands_minor(self) -> int:
        """What the host believes to stand: approvals, less what its reversals give back."""
        amounts = {}
        for message in self.host.received:
            if message.mti == "0200" and message["37"] not in self.refused:
                amounts[message["37"]] = int(message["4"])
            elif message.mti in ("0420", "0421"):
                amounts[message["37"]] = int(message.text(95)[:12] or "0")
        return sum(amounts.values())

    def reversals(self) -> list:
        return [message for message in self.host.received if message.mti == "0420"]


def balanced(cassettes: Cassettes) -> bool:
    return all(
        each.loaded == each.dispensed + each.retracted + each.rejected + each.remaining
        and min(each.dispensed, each.retracted, each.rejected, each.remaining) >= 0
        for each in cassettes.by_name.values()
    )


@pytest.fixture
def at(scene) -> GabScene:
    return GabScene(scene)


@pytest.fixture
def in_balance():
    return balanced
