"""Faults of a GAB's devices as a scenario injects them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from simulator.gab.faults import FAULTS, DeviceFault, PowerCut
from simulator.gab.gab import Gab
from simulator.network.network import Network
from simulator.scenario.faults import Fault
from switch.runtime import Runtime

Undo = Callable[[], Awaitable[None]]


class DeviceFaults:
    """Breaks devices, and has a GAB without power taken away and started again.

    `tell` is told what went wrong meanwhile.
    """

    def __init__(self, network: Network, runtime: Runtime, tell: Callable[[str], object]) -> None:
        self._network = network
        self._reactor: Any = runtime.reactor
        self._tell = tell
        self._taking_away: dict[str, Deferred[None]] = {}

    def begin(self, gab: Gab, fault: Fault) -> Undo:
        """Something is wrong with a device of `gab` from now on; the function that puts it right.

        That of a power cut is also when the power comes back.
        """
        if fault.inject == PowerCut.word:
            return self._power_cut(gab, fault)
        made = gab.devices.fail(made_of(fault))

        async def repair() -> None:
            gab.devices.repair(made)

        return repair

    def _power_cut(self, gab: Gab, fault: Fault) -> Undo:
        name = gab.terminal_id

        def cut() -> None:
            # The session ends first, here; then, in a turn of its own, the process.
            taken = self._taking_away[name] = Deferred()
            self._reactor.callLater(0, self._take_away, name, taken)
            gab.lose_power()

        assert fault.state is not None
        made = gab.devices.fail(PowerCut(at=fault.state, cut=cut))

        async def power_back() -> None:
            gab.devices.repair(made)
            taking_away = self._taking_away.pop(name, None)
            if taking_away is not None:
                await taking_away
            if name not in self._network.gabs:
                await self._network.start_party(name)

        return power_back

    def _take_away(self, name: str, taken: Deferred[None]) -> None:
        taking = Deferred.fromCoroutine(self._network.kill_party(name))
        taking.addErrback(self._went_wrong, name).addBoth(lambda _: taken.callback(None))

    def _went_wrong(self, failure: Failure, name: str) -> None:
        self._tell(f"the power cut of {name}: {failure.getErrorMessage()}")


def made_of(fault: Fault) -> DeviceFault:
    """The device's fault that a scenario's words stand for."""
    make: Callable[..., DeviceFault] = partial(FAULTS[fault.inject])
    if fault.times is not None:
        make = partial(make, times=fault.times)
    if fault.left is not None:
        make = partial(make, left=fault.left)
    if fault.notes is not None:
        counted = "picked" if fault.inject == "cannot_dispense" else "notes"
        make = partial(make, **{counted: fault.notes})
    return make()
