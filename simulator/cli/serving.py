"""Running a network, or some of its parts, as a command."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

from simulator.network import FolderError, LoadedNetwork, Network, NotReadyError
from simulator.payment_core.ledger import LedgerError
from simulator.terminal.journal import JournalError
from switch.cli.audit import Presence
from switch.cli.console import INVARIANT_BROKEN, UNREACHABLE, USAGE, Failed
from switch.cli.logs import start_logging
from switch.cli.options import data_folder, port_hint
from switch.cli.serving import Serving
from switch.link import AddressTakenError, Tap
from switch.runtime import ReactorWallClock, Runtime, SystemEntropy, real_runtime
from switch.service.opening import KeysError
from switch.store import StoreFormatError, StoreUnavailableError


def surroundings(
    reactor: Any, *, seed: int | None, log_level: str, log_json: bool
) -> Callable[[str], Runtime]:
    """The Runtime of each party of this process; its log goes to standard error."""
    log = start_logging(ReactorWallClock(reactor), level=log_level, as_json=log_json)
    if seed is None:
        seed = int.from_bytes(SystemEntropy().token_bytes(8), "big")
    return real_runtime(reactor, seed, log).of


def serve(
    reactor: Any,
    party: Callable[[str], Runtime],
    loaded: LoadedNetwork,
    *,
    data_dir: Path | None,
    port_base: int | None,
    fresh: bool,
    parts: Collection[str],
    on_ready: Callable[[Network], None],
    tap: Tap | None = None,
) -> int:
    """Run these parts of a network until a signal ends it; the exit code."""
    folder = data_folder(data_dir, loaded.name)
    try:
        network = Network(
            party, loaded, folder, port_base=port_base, fresh=fresh, parts=parts, tap=tap
        )
    except ValueError as error:
        raise click.UsageError(f"--port-base {port_base}: {error}") from None
    presence = Presence(folder, loaded.name, "run", parts=", ".join(parts), fresh=fresh)

    def ready() -> None:
        presence.begin()
        on_ready(network)

    try:
        return Serving(reactor, network, on_ready=ready).run()
    except AddressTakenError as error:
        raise Failed(f"{error}. {port_hint(port_base)}", USAGE) from None
    except NotReadyError as error:
        raise Failed(str(error), UNREACHABLE) from None
    except LedgerError as error:
        raise Failed(f"{folder}: {error}", INVARIANT_BROKEN) from None
    except (
        *(FolderError, JournalError, KeysError),
        *(StoreFormatError, StoreUnavailableError),
    ) as error:
        raise Failed(str(error), USAGE) from None
    finally:
        presence.end()
