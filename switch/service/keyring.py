"""The security module of a party, opened as its network file says."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from switch.keys import (
    Algorithm,
    HostCommandModule,
    KeyFile,
    KeyFileError,
    MasterKey,
    Purpose,
    SecurityModule,
    SoftwareModule,
    log_audit,
    master_of,
)
from switch.keys.made_up import KeyNeed, MadeUpKeys
from switch.keys.turnover import Turnover
from switch.runtime import Executor, Runtime
from switch.settings.keys import (
    TERMINAL,
    ExchangeSettings,
    KeysSettings,
    MacSettings,
    PinReference,
    PinSettings,
)
from switch.settings.network import SwitchSettings

MAC_PURPOSES = {"1": Purpose.CBC_MAC, "3": Purpose.RETAIL_MAC, "cmac": Purpose.CMAC}
ZONE_MASTER = Algorithm.AES256
"""Of made-up zone master keys: strong enough for any key under them."""

NAMED_MAX = 10
"""Missing keys that a warning names: there may be one for each of ten thousand terminals."""


class Keyring:
    """A security module that is open, and the keys in it that are being replaced."""

    def __init__(
        self,
        runtime: Runtime,
        module: SecurityModule,
        executor: Executor | None = None,
    ) -> None:
        self.module = module
        self.turnover = Turnover(runtime.reactor)
        self._executor = executor

    @classmethod
    def open(
        cls,
        runtime: Runtime,
        settings: KeysSettings,
        folder: Path,
        party: str,
        needs: Iterable[KeyNeed],
        environ: Mapping[str, str] = os.environ,
    ) -> Keyring:
        """The keyring of a party; made-up keys lie below the data folder `folder`.

        Raises KeyFileError or InvalidInputError, which name the file and what is wrong with it.
        """
        if settings.module is not None:
            far = HostCommandModule(runtime, settings.module.host, settings.module.port)
            far.start()
            return cls(runtime, far)
        entropy, executor = runtime.entropy, runtime.executor("keys")
        audit = log_audit(runtime.log)
        if settings.test:
            made_up = MadeUpKeys(folder, entropy)
            path, master = made_up.provide(party, needs), made_up.master
        else:
            assert settings.file is not None, "one of the three is given"
            path = Path(settings.file)
            if not path.exists():
                raise KeyFileError(f"there is no file of keys {path} (guichet keys makes one)")
            master = master_of(environ, KeyFile(path), entropy)
            _tell_missing(runtime, KeyFile(path), master, needs)
        module = SoftwareModule.open(path, master, entropy, executor, audit)
        return cls(runtime, module, executor)

    async def stop(self) -> None:
        """Let go of the module; what it was writing is written."""
        if isinstance(self.module, HostCommandModule):
            await self.module.stop()
        if self._executor is not None:
            await self._executor.stop()


def _tell_missing(
    runtime: Runtime, file: KeyFile, master: MasterKey, needs: Iterable[KeyNeed]
) -> None:
    """Warn of keys that are named and not there: what needs one of them will be refused."""
    held = file.read(master).keys()
    missing = sorted({need.name for need in needs} - held)
    if missing:
        more = f" and {len(missing) - NAMED_MAX} more" if len(missing) > NAMED_MAX else ""
        named = ", ".join(missing[:NAMED_MAX]) + more
        runtime.log.warning("keys are missing", file=str(file.path), keys=named)


def switch_needs(section: SwitchSettings) -> Iterator[KeyNeed]:
    """The keys that a switch works with."""
    members: dict[str, list[str]] = {name: [] for name in section.groups}
    for terminal, group in section.group_of().items():
        members[group].append(terminal)
    for listener in section.listeners.values():
        groups = listener.groups or tuple(section.groups)
        here = [terminal for group in groups for terminal in members.get(group, [])]
        yield from mac_needs(listener.mac, here)
        yield from exchange_needs(listener.exchange, here)
        yield from pin_needs(listener.pin, Purpose.PIN)
    for link in section.links.values():
        yield from mac_needs(link.mac)
        yield from exchange_needs(link.exchange)
        yield from pin_needs(link.pin, Purpose.PIN)
    for name, group_settings in section.groups.items():
        yield from pin_needs(group_settings.pin, Purpose.PIN, members[name])
    if section.core is not None:
        yield from pin_needs(section.core.pin, Purpose.PIN)


def mac_needs(mac: MacSettings | None, terminals: Iterable[str] = ()) -> Iterator[KeyNeed]:
    """The keys of MACs, of each terminal where its name stands for it."""
    if mac is not None:
        for name in names_of(mac.key, terminals):
            yield KeyNeed(name, MAC_PURPOSES[mac.algorithm], exportable=True)


def exchange_needs(
    exchange: ExchangeSettings | None, terminals: Iterable[str] = ()
) -> Iterator[KeyNeed]:
    """The zone master keys that new keys travel under."""
    if exchange is not None:
        for name in names_of(exchange.under, terminals):
            yield KeyNeed(name, Purpose.ZONE_MASTER, ZONE_MASTER)


def pin_needs(
    pin: PinSettings | None, purpose: Purpose, terminals: Iterable[str] = ()
) -> Iterator[KeyNeed]:
    """The keys of PINs: for DUKPT the base key, whatever the purpose."""
    if pin is None:
        return
    is_aes = pin.format == "4"
    algorithm = Algorithm.AES128 if is_aes else Algorithm.TDES2
    if pin.dukpt is not None:
        yield KeyNeed(pin.dukpt, Purpose.DUKPT_BASE, algorithm)
    else:
        assert pin.key is not None, "one of the two is given"
        for name in names_of(pin.key, terminals):
            yield KeyNeed(name, purpose, algorithm, exportable=True)


def reference_needs(reference: PinReference | None) -> Iterator[KeyNeed]:
    """The key that PINs are verified with."""
    if reference is not None:
        purpose = Purpose.PVV if reference.method == "pvv" else Purpose.IBM3624
        value = reference.published_key
        published = None if value is None else bytes.fromhex(value)
        yield KeyNeed(reference.key, purpose, published=published)


def names_of(name: str, terminals: Iterable[str]) -> list[str]:
    """The keys that a name stands for: one, or one a terminal."""
    if TERMINAL not in name:
        return [name]
    return [name.replace(TERMINAL, terminal) for terminal in terminals]
