"""A switch as a process of its own, which kills itself at a named step of a transaction.

    python crashing_switch.py FOLDER ISSUER_PORT CORE_PORT [STEP]

It serves the local network on ports that the system gives, says `ready PORT` on standard output
once it listens for terminals, and at STEP of the first transaction sends itself SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import structlog
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from switch.engine.request import Request
from switch.runtime import real_runtime
from switch.service import Switch
from switch.service.checks import load_switch_file
from switch.settings.network import SwitchFile


def settings(issuer_port: int, core_port: int) -> SwitchFile:
    file = load_switch_file("local")
    section = file.switch
    assert section.core is not None
    update = {
        "listeners": {
            name: each.model_copy(update={"port": 0}) for name, each in section.listeners.items()
        },
        "links": {"issuer": section.links["issuer"].model_copy(update={"port": issuer_port})},
        "core": section.core.model_copy(update={"port": core_port}),
        "metrics_port": None,
    }
    return file.model_copy(update={"switch": section.model_copy(update=update)})


def main(folder: str, issuer_port: str, core_port: str, last_step: str = "") -> None:
    def milestone(step: str, request: Request) -> None:
        if step == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    log = structlog.wrap_logger(structlog.PrintLogger(sys.stderr))
    switch = Switch(
        real_runtime(reactor, 1, log).of("switch"),
        settings(int(issuer_port), int(core_port)),
        Path(folder),
        milestone=milestone,
    )

    async def start() -> None:
        await switch.start(wait_for_peers=True)
        sys.stdout.write(f"ready {switch.ports['terminals']}\n")
        sys.stdout.flush()

    def failed(failure: object) -> None:
        sys.stderr.write(f"{failure}\n")
        os._exit(1)

    reactor.callWhenRunning(lambda: Deferred.fromCoroutine(start()).addErrback(failed))
    reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
