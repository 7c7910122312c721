"""A terminal or a host on a network in virtual time, opposite a peer that follows a script."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.counter.counter import Counter
from simulator.counter.settings import CounterSettings
from simulator.gab.gab import Gab
from simulator.gab.settings import CassetteSettings, GabSettings
from simulator.terminal.card import Card
from simulator.testing import virtual_world
from switch.link import Listener, SessionProfile, answer_to
from switch.wire import Codec, load_dialect, make_framing
from switch.wire.mti import message_class

PORT = 8583


class ScriptedHost:
    """A switch of one's own making: `script` answers each message, None answering nothing."""

    def __init__(self, process) -> None:
        self.received = []
        self.at_s = []
        self.script = self.approve
        self._process = process
        self._listener = Listener(
            process.runtime,
            SessionProfile(name="script"),
            Codec(load_dialect("gab87")),
            make_framing("2-byte-binary"),
            port=PORT,
            handler=self._handle,
            new_stan=lambda: "000001",
        )
        process.call(self._listener.start)

    @property
    def types(self) -> list[str]:
        return [message.mti for message in self.received]

    def approve(self, message):
        return answer_to(message, "00", de38="123456")

    def ignore(self, message):
        return None

    def only(self, kind: str, otherwise: Callable):
        """Answers messages of one class (second digit of the MTI) and does `otherwise` else."""
        return lambda m: self.approve(m) if message_class(m.mti) == kind else otherwise(m)

    def hang_up(self) -> None:
        for session in list(self._listener.sessions):
            self._process.call(session.line.abort, "the test says so")

    async def _handle(self, message, session):
        self.received.append(message)
        self.at_s.append(self._process.runtime.reactor.seconds())
        return self.script(message)


class Scene:
    """One terminal, one scripted host, one folder that outlives the terminal's process."""

    card = Card("9504020000000018", "3112")

    def __init__(self, world, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.host = ScriptedHost(world.process("host"))
        self.terminal = None
        self.process = None
        self.tap = None

    def gab(self, **counts: int):
        """Start a GAB; `note_200=5` loads five notes of 200."""
        notes = {int(name[5:]): count for name, count in counts.items()}
        notes = notes or {200: 100, 100: 100, 50: 100, 20: 100}
        settings = GabSettings(
            cassettes={
                str(place): CassetteSettings(note=note, count=count)
                for place, (note, count) in enumerate(notes.items(), start=1)
            }
        )
        return self._start("GAB00001", Gab, settings)

    def counter(self, till=None):
        """Start a counter with a till, by denomination in minor units."""
        return self.counter_of(CounterSettings(till=till or {}))

    def counter_of(self, settings: CounterSettings):
        """Start a counter of other settings."""
        return self._start("AGC00001", Counter, settings)

    def do(self, operation, *arguments, limit_s: float = 60.0):
        """What an operation of the terminal gives."""
        return self.world.run_until(self.process.start(operation, *arguments), limit_s)

    def begin(self, operation, *arguments):
        """An operation under way."""
        return self.process.start(operation, *arguments)

    def kill(self) -> None:
        self.process.kill()

    def events(self) -> list[dict]:
        lines = self.terminal.journal.read_text().splitlines()
        return [json.loads(line) for line in lines]

    def event_names(self) -> list[str]:
        return [event["event"] for event in self.events()]

    def pending(self) -> list[Path]:
        return sorted(self.folder.glob("*.pending/*.json"))

    def _start(self, name, kind, settings):
        self.process = self.world.process(name)
        self.terminal = kind(
            self.process.runtime,
            settings,
            terminal_id=name,
            acceptor="AGENCE000000001",
            institution="504001",
            host="127.0.0.1",
            port=PORT,
            codec=Codec(load_dialect("gab87")),
            framing=make_framing("2-byte-binary"),
            folder=self.folder,
            tap=self.tap,
        )
        self.process.call(self.terminal.start)
        return self.terminal


@pytest.fixture
def scene(tmp_path):
    with virtual_world(seed=7) as world:
        scene = Scene(world, tmp_path)
        yield scene
        assert world.failures == []
