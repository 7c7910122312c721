"""`guichet switch`, also `python -m switch`: the switch alone, in front of whatever it dials."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from switch.cli.audit import Presence
from switch.cli.console import USAGE, Failed
from switch.cli.options import data_folder, log_options, network_options, port_hint

if TYPE_CHECKING:
    from switch.settings.network import SwitchSettings

FILES = ("switch.db",)
PART = "switch"


@click.command("switch")
@network_options
@log_options(default="info")
def switch(
    config: str,
    data_dir: Path | None,
    port_base: int | None,
    fresh: bool,
    log_level: str,
    log_json: bool,
) -> int:
    """The switch alone, until interrupted.

    It listens at once and dials its peers until they are there. SIGTERM and SIGINT let it finish
    what is under way; a second one ends it.
    """
    from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

    from switch.cli.logs import start_logging
    from switch.cli.serving import Serving
    from switch.cli.values import written
    from switch.link import AddressTakenError
    from switch.runtime import ReactorWallClock, SystemEntropy, real_runtime
    from switch.service.checks import base_port, load_switch_file, shift_ports
    from switch.service.folder import DataFolder, FolderError
    from switch.service.memory import settle_memory
    from switch.service.opening import KeysError
    from switch.service.places import is_file
    from switch.service.service import Switch
    from switch.store import StoreFormatError, StoreUnavailableError

    file = load_switch_file(config)
    if port_base is not None:
        try:
            moved = shift_ports(file.switch, port_base - base_port(file.switch))
        except ValueError as error:
            raise click.UsageError(f"--port-base {port_base}: {error}") from None
        file = file.model_copy(update={"switch": moved})
    log = start_logging(ReactorWallClock(reactor), level=log_level, as_json=log_json)
    seed = int.from_bytes(SystemEntropy().token_bytes(8), "big")
    folder = DataFolder(data_folder(data_dir, file.network), file.network)
    running = Switch(real_runtime(reactor, seed, log).of("switch"), file, folder.path)

    class Alone:
        async def start(self) -> None:
            folder.hold([PART])
            if fresh and not is_file(file.switch.database):
                raise FolderError(
                    "--fresh removes files only: the journal is in a database of a server; "
                    "empty it yourself, then start without --fresh"
                )
            if fresh:
                folder.clear(PART, FILES)
            await running.start()

        async def stop(self, drain: bool) -> None:
            await running.stop(drain=drain)

    presence = Presence(folder.path, file.network, "run", parts=PART, fresh=fresh)

    def ready() -> None:
        presence.begin()
        settle_memory()
        told = (
            f"{name} {written(interface_of(file.switch, name), port)}"
            for name, port in running.ports.items()
        )
        click.echo(f"ready: {', '.join(told)}")

    try:
        return Serving(reactor, Alone(), on_ready=ready, interrupt_drains=True).run()
    except AddressTakenError as error:
        raise Failed(f"{error}. {port_hint(port_base)}", USAGE) from None
    except (FolderError, KeysError, StoreFormatError, StoreUnavailableError) as error:
        raise Failed(str(error), USAGE) from None
    finally:
        presence.end()
        folder.release()


def interface_of(section: SwitchSettings, name: str) -> str:
    """Where a listener, or a link that a host dials, is found."""
    where = section.listeners.get(name) or section.links[name]
    return where.interface or "127.0.0.1"
