"""The keys of the simulated parties: each has a security module of its own, with the keys that it
shares with the switch, under the names that the switch calls them by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.card.settings import ChipSettings
from simulator.hosts.settings import CardSeed as IssuerCard
from simulator.network.books import CORE, ISSUER
from simulator.network.settings import LoadedNetwork
from simulator.payment_core.settings import CardSettings as CoreCard
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Runtime
from switch.service.exchanges import exchange_on
from switch.service.links import seal_of
from switch.service.opening import open_keyring
from switch.settings.keys import TERMINAL, ExchangeSettings, MacSettings, PinReference, PinSettings
from switch.wire import Codec

if TYPE_CHECKING:
    from simulator.terminal.chip_reader import ChipReader
    from simulator.terminal.pin_pad import PinPad
    from switch.keys.checking import PinChecker
    from switch.keys.chips import ChipChecker
    from switch.keys.made_up import KeyNeed
    from switch.service.keyring import Keyring


@dataclass(frozen=True)
class Held:
    """What a party does with keys; all of it None in a network without."""

    keyring: Keyring | None = None
    seal: Seal | None = None
    checker: PinChecker | None = None
    chips: ChipChecker | None = None
    pad: PinPad | None = None
    reader: ChipReader | None = None
    exchange: KeysExchange | None = None

    async def stop(self) -> None:
        """Let go of the security module."""
        if self.exchange is not None:
            self.exchange.stop()
        if self.keyring is not None:
            await self.keyring.stop()


class PartyKeys:
    """Opens the keys of each party of one network, below its data folder."""

    def __init__(self, loaded: LoadedNetwork, folder: Path) -> None:
        self._loaded = loaded
        self._folder = folder

    def core(self, runtime: Runtime) -> Held:
        """The core's: it verifies the PINs that the switch sends it. Raises KeysError."""
        switch, seed = self._loaded.settings.switch, self._loaded.core_seed
        pin = switch.core.pin if switch.core is not None else None
        reference = None if seed is None else seed.pins
        cards = () if seed is None else seed.cards
        return self._verifier(runtime, CORE, pin, reference, ranges=self._ranges(cards))

    def issuer(self, runtime: Runtime, codec: Codec) -> Held:
        """The issuer host's, which has MACs too where its link has. Raises KeysError."""
        name, seed = self._loaded.issuer_link, self._loaded.issuer_seed
        if name is None:
            return Held()
        link = self._loaded.settings.switch.links[name]
        reference = None if seed is None else seed.pins
        ranges = self._ranges(() if seed is None else seed.cards)
        held = self._verifier(
            runtime, ISSUER, link.pin, reference, link.mac, link.exchange, ranges=ranges
        )
        if held.keyring is None:
            return held
        switch = self._loaded.settings.switch
        return replace(
            held,
            seal=seal_of(link.mac, codec, held.keyring),
            exchange=exchange_on(runtime, switch, name, codec, held.keyring, makes="theirs"),
        )

    def terminal(self, runtime: Runtime, name: str, codec: Codec) -> Held:
        """A terminal's: its PIN pad, and the MACs of its line. Raises KeysError."""
        switch = self._loaded.settings.switch
        at, listener = self._loaded.listener_of(name)
        mac, exchange = listener.mac, listener.exchange
        pin = switch.groups[switch.group_of()[name]].pin
        reader = self._reader(runtime)
        if mac is None and pin is None:
            return Held(reader=reader)

        def needs() -> Iterator[KeyNeed]:
            from switch.keys import Purpose
            from switch.service.keyring import exchange_needs, mac_needs, pin_needs

            yield from mac_needs(mac, [name])
            yield from exchange_needs(exchange, [name])
            if pin is not None and pin.dukpt is None:
                yield from pin_needs(pin, Purpose.PIN_PAD, [name])

        keyring = self._open(runtime, name, needs)
        if keyring is None:
            return Held(reader=reader)
        seal = seal_of(mac, codec, keyring)
        made = exchange_on(runtime, switch, at, codec, keyring, makes="theirs")
        return Held(keyring, seal, pad=_pad(keyring, pin, name), reader=reader, exchange=made)

    def _ranges(self, cards: Iterable[IssuerCard | CoreCard]) -> tuple[ChipSettings, ...]:
        """The chips of a bank's cards."""
        numbers = [card.pan.clear for card in cards]
        chips = self._loaded.settings.chips
        return tuple(
            each for each in chips if any(number.startswith(each.cards) for number in numbers)
        )

    def _reader(self, runtime: Runtime) -> ChipReader | None:
        """A terminal's reader; None in a network whose cards have no chips."""
        chips, folder = self._loaded.settings.chips, self._folder
        if not chips:
            return None
        from simulator.card.maker import CardMaker
        from simulator.terminal.chip_reader import ChipReader
        from switch.keys import Algorithm
        from switch.keys.made_up import MadeUpKeys

        made_up: list[MadeUpKeys] = []

        def value_of(name: str) -> bytes:
            # Not before a card needs one: a network of published keys has no secret to read.
            if not made_up:
                made_up.append(MadeUpKeys(folder, runtime.entropy))
            return made_up[0].value_of(name, Algorithm.TDES2)

        return ChipReader(CardMaker(chips, folder, value_of), runtime.entropy.token_bytes)

    def _verifier(
        self,
        runtime: Runtime,
        party: str,
        pin: PinSettings | None,
        reference: PinReference | None,
        mac: MacSettings | None = None,
        exchange: ExchangeSettings | None = None,
        *,
        ranges: tuple[ChipSettings, ...] = (),
    ) -> Held:
        def needs() -> Iterator[KeyNeed]:
            from switch.keys import Purpose
            from switch.service.keyring import (
                exchange_needs,
                mac_needs,
                pin_needs,
                reference_needs,
            )

            yield from mac_needs(mac)
            yield from exchange_needs(exchange)
            yield from pin_needs(pin, Purpose.PIN)
            yield from reference_needs(reference)
            yield from _chip_needs(ranges)

        if mac is None and pin is None and not ranges:
            return Held()
        keyring = self._open(runtime, party, needs)
        if keyring is None:
            return Held()
        checker = _checker(keyring, pin, reference)
        return Held(keyring, checker=checker, chips=_chip_checker(keyring, ranges))

    def _open(
        self, runtime: Runtime, party: str, needs: Callable[[], Iterator[KeyNeed]]
    ) -> Keyring | None:
        return open_keyring(runtime, self._loaded.settings.keys, self._folder, party, needs)


def _checker(
    keyring: Keyring, pin: PinSettings | None, reference: PinReference | None
) -> PinChecker | None:
    if pin is None or pin.key is None or reference is None:
        return None
    from switch.keys import Ibm3624, PinFormat, Pvv
    from switch.keys.checking import PinChecker

    way = (
        Pvv(reference.key, reference.key_index)
        if reference.method == "pvv"
        else Ibm3624(reference.key)
    )
    return PinChecker(keyring.module, keyring.turnover, pin.key, PinFormat(pin.format), way)


def _chip_needs(ranges: tuple[ChipSettings, ...]) -> Iterator[KeyNeed]:
    from switch.keys import Purpose
    from switch.keys.made_up import KeyNeed

    for each in ranges:
        yield KeyNeed(each.key, Purpose.CRYPTOGRAM, published=_value(each.published_key))
        if each.script_key is not None:
            published = _value(each.published_script_key)
            yield KeyNeed(each.script_key, Purpose.SCRIPT_MAC, published=published)


def _value(published: str | None) -> bytes | None:
    return None if published is None else bytes.fromhex(published)


def _chip_checker(keyring: Keyring, ranges: tuple[ChipSettings, ...]) -> ChipChecker | None:
    if not ranges:
        return None
    from switch.keys.chips import ChipChecker, ChipRange

    return ChipChecker(
        keyring.module,
        [
            ChipRange(each.cards, each.scheme, each.key, each.script_key, each.refuse_with)
            for each in ranges
        ],
    )


def _pad(keyring: Keyring, pin: PinSettings | None, name: str) -> PinPad | None:
    if pin is None or pin.key is None:
        return None
    from simulator.terminal.pin_pad import PinPad
    from switch.keys import PinFormat, SoftwareModule

    module = keyring.module
    assert isinstance(module, SoftwareModule), "a PIN pad is a module of its own"
    return PinPad(module, pin.key.replace(TERMINAL, name), PinFormat(pin.format))
