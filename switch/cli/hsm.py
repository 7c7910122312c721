"""`guichet hsm`: a security module of its own, asked by host commands over TCP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from switch.cli.console import USAGE, Failed
from switch.cli.options import log_options

if TYPE_CHECKING:
    from switch.keys import MasterKey

PORT = 8589


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True)
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="GUICHET_KEYS",
    show_envvar=True,
    help="The file of keys, made when there is none; without it keys are forgotten at the end.",
)
@log_options(default="info")
def hsm(port: int, path: Path | None, log_level: str, log_json: bool) -> int:
    """A simulated hardware security module on 127.0.0.1, until interrupted.

    It takes the host commands of docs/security-module.md. The master key of its file is
    GUICHET_MASTER_KEY or made from GUICHET_MASTER_PASSPHRASE.
    """
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.cli.logs import start_logging
    from switch.cli.serving import Serving
    from switch.keys import (
        ModuleServer,
        PortTakenError,
        SecurityModuleError,
        SoftwareModule,
        log_audit,
    )
    from switch.runtime import ReactorWallClock, SystemEntropy, real_runtime

    chosen = prepared(path) if path is not None else None
    log = start_logging(ReactorWallClock(reactor), level=log_level, as_json=log_json)
    entropy = SystemEntropy()
    seed = int.from_bytes(entropy.token_bytes(8), "big")
    runtime = real_runtime(reactor, seed, log).of("hsm")
    audit = log_audit(runtime.log)
    executor = runtime.executor("keys")
    if path is None or chosen is None:
        module = SoftwareModule(entropy, audit=audit)
    else:
        try:
            module = SoftwareModule.open(path, chosen, entropy, executor, audit)
        except SecurityModuleError as error:
            raise Failed(str(error), USAGE) from None
    server = ModuleServer(runtime, module, port)

    class Alone:
        async def start(self) -> None:
            server.start()

        async def stop(self, drain: bool) -> None:
            await server.stop()
            await executor.stop()

    def ready() -> None:
        kept = f"keys in {path}" if path is not None else "keys in memory only"
        click.echo(f"ready: hsm 127.0.0.1:{server.port}, {kept}")

    try:
        return Serving(reactor, Alone(), on_ready=ready, interrupt_drains=True).run()
    except PortTakenError as error:
        raise Failed(f"{error}. Choose another with --port.", USAGE) from None


def prepared(path: Path) -> MasterKey:
    """The master key of a file of keys that opens, made when there is none; raises Failed."""
    from switch.cli.keys import master
    from switch.keys import KeyFile, SecurityModuleError
    from switch.keys.environment import MASTER

    file = KeyFile(path)
    chosen = master(file, MASTER)
    try:
        if not file.exists():
            file.create(chosen)
        file.read(chosen)
    except SecurityModuleError as error:
        raise Failed(str(error), USAGE) from None
    return chosen
