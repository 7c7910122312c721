"""A whole pack against one system: every case, one after the other, to a result."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.defer import CancelledError

from simulator.certify.case_file import Case, Side
from simulator.certify.conductor import Ask, Conductor
from simulator.certify.line import TestLine
from simulator.certify.profile import CertificationProfile
from simulator.certify.results import CaseResult, PackResult
from simulator.scenario.speaking import NotSpokenError
from switch.runtime import Runtime
from switch.settings import Located
from switch.wire import Framing

OnCase = Callable[[CaseResult], None]


async def certify(
    located: Located[CertificationProfile],
    side: Side,
    cases: Iterable[Case],
    target: tuple[str, int],
    runtime: Runtime,
    *,
    listens: bool,
    dialect: str | None = None,
    framing: Framing | None = None,
    on_case: OnCase = lambda result: None,
    ask: Ask = lambda text: None,
    listening: Callable[[int], None] = lambda port: None,
) -> PackResult:
    """Play `cases` against the system at `target`, or against whoever dials us there.

    A case that fails ends nothing: the next begins on a line of its own. When no line can be
    had, nothing more is tried. When cancelled, the result says so. `dialect` and `framing` are
    others than the profile says. Raises AddressTakenError, SettingsError for a dialect that
    cannot be read.
    """
    profile = located.value
    began = runtime.wall_clock.now().isoformat(timespec="seconds")
    began_s = runtime.reactor.seconds()
    line = TestLine(located, target, runtime, listens=listens, dialect=dialect, framing=framing)
    conductor = Conductor(profile, line, runtime.reactor, ask)
    done: list[CaseResult] = []
    unreachable, interrupted = "", False
    try:
        line.listen()
        listening(line.port)
        for case in cases:
            result = await conductor.play(case)
            done.append(result)
            on_case(result)
    except NotSpokenError as error:
        unreachable = str(error)
    except CancelledError:
        interrupted = True
    finally:
        await line.stop()
    return PackResult(
        profile=profile.profile,
        side=side,
        target=f"{target[0]}:{line.port or target[1]}",
        dialect=line.speaker.codec.dialect.name,
        framing=str(profile.framing if framing is None else framing.name),
        began=began,
        cases=tuple(done),
        unreachable=unreachable,
        interrupted=interrupted,
        elapsed_s=runtime.reactor.seconds() - began_s,
    )
