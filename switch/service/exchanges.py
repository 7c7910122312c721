"""The exchange of keys on a link, made from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from switch.link.counts import NO_COUNTS, LinkCounts
from switch.link.sealing import KeysExchange
from switch.runtime import Runtime
from switch.settings.keys import TERMINAL, MacSettings, PinSettings
from switch.settings.network import SwitchSettings
from switch.wire import Codec
from switch.wire.structures import Tlv

if TYPE_CHECKING:
    from switch.service.keyring import Keyring

Keys = tuple[tuple[str, str], ...]


def exchange_on(
    runtime: Runtime,
    section: SwitchSettings,
    name: str,
    codec: Codec,
    keyring: Keyring | None,
    counts: LinkCounts = NO_COUNTS,
    *,
    makes: str = "ours",
) -> KeysExchange | None:
    """The exchange of a link or a listener; None where its keys stay as they are.

    `makes` is the role in which this side makes keys: `theirs` for the other side of the link.
    """
    listener = section.listeners.get(name)
    wire = listener or section.links[name]
    settings = wire.exchange
    if settings is None:
        return None
    if keyring is None:
        raise ValueError("an exchange of keys needs keys")
    # Here, so that a switch without keys does not load OpenSSL.
    from switch.link.exchange import ExchangeProfile, KeyExchange

    group_of = section.group_of() if listener is not None and listener.kind == "terminals" else None

    def keys_of(terminal: str) -> Keys:
        if group_of is None:
            return _keys(wire.mac, wire.pin, "")
        group = group_of.get(terminal)
        if group is None or (listener and listener.groups and group not in listener.groups):
            return ()
        return _keys(wire.mac, section.groups[group].pin, terminal)

    known = codec.dialect.fields.get(settings.element)
    profile = ExchangeProfile(
        name,
        settings.under,
        keys_of,
        makes=settings.role == makes,
        to_terminals=group_of is not None,
        element=settings.element,
        tagged=known is not None and isinstance(known.structure, Tlv),
        function=settings.function,
        after_sign_on=settings.after_sign_on,
        every_s=settings.every,
        grace_s=settings.grace,
        timeout_s=settings.timeout,
        refuse_with=settings.refuse_with,
    )
    return KeyExchange(runtime, profile, keyring.module, keyring.turnover, counts)


def _keys(mac: MacSettings | None, pin: PinSettings | None, terminal: str) -> Keys:
    keys = []
    if mac is not None:
        keys.append(("M", mac.key.replace(TERMINAL, terminal)))
    if pin is not None and pin.key is not None:
        keys.append(("P", pin.key.replace(TERMINAL, terminal)))
    return tuple(keys)
