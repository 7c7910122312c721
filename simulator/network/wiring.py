"""Which port is whose, once the system has given those that were left open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.network.books import CORE, CREDITORS, ISSUER, SWITCH
from simulator.network.settings import LoadedNetwork
from switch.settings.network import SwitchFile

EVERYWHERE = "0.0.0.0"


@dataclass(frozen=True)
class Address:
    """Something that listens."""

    name: str
    host: str
    port: int
    what: str


class Wiring:
    """The ports of a network: those of its file, or free ones, the same after a restart."""

    def __init__(
        self,
        loaded: LoadedNetwork,
        parts: Collection[str],
        *,
        free_ports: bool = False,
        played: Mapping[str, int] | None = None,
    ) -> None:
        self._played = played or {}
        self._loaded = loaded
        self._parts = parts
        self._free_ports = free_ports
        self._found: dict[str, int] = {}
        self._through: dict[str, int] = {}

    def found(self, name: str, port: int) -> None:
        """A party or a listener of the switch listens on this port."""
        self._found[name] = port

    def through(self, name: str, port: int) -> None:
        """The switch is to find `core` or `issuer` on this port: that of a proxy."""
        self._through[name] = port

    def port_of(self, name: str) -> int:
        """Where `core`, `issuer` or a listener of the switch is to listen, or listens."""
        if name in self._found:
            return self._found[name]
        settings = self._loaded.settings
        part: Any = settings.switch.listeners.get(name) or getattr(settings, name)
        return 0 if self._free_ports else int(part.port)

    def switch_file(self) -> SwitchFile:
        """What the switch reads, with the ports of the parties it dials."""
        file = self._loaded.switch_file
        section = file.switch
        changed: dict[str, Any] = {
            "listeners": {
                name: each.model_copy(update={"port": self.port_of(name)})
                for name, each in section.listeners.items()
            }
        }
        link = self._loaded.issuer_link
        if link is not None and ISSUER in self._parts:
            port = {"port": self._through.get(ISSUER, self.port_of(ISSUER))}
            changed["links"] = {**section.links, link: section.links[link].model_copy(update=port)}
        for name, number in self._played.items():
            links = changed.get("links", section.links)
            here = {"host": "127.0.0.1", "port": number}
            changed["links"] = {**links, name: section.links[name].model_copy(update=here)}
        if section.core is not None and CORE in self._parts:
            port = {"port": self._through.get(CORE, self.port_of(CORE))}
            changed["core"] = section.core.model_copy(update=port)
        if self._free_ports:
            changed["metrics_port"] = None
        return file.model_copy(update={"switch": section.model_copy(update=changed)})

    def listener_address(self, name: str) -> tuple[str, int]:
        """Where a listener of the switch is found."""
        listener = self._loaded.settings.switch.listeners[name]
        return _reachable(listener.interface), self.port_of(name)

    def address_for(self, terminal_id: str) -> tuple[str, int]:
        """Where a terminal of ours finds the switch."""
        name, listener = self._loaded.listener_of(terminal_id)
        return _reachable(listener.interface), self.port_of(name)

    def peers(self) -> str:
        """Whom the switch dials, for people."""
        section = self.switch_file().switch
        dialled = {name: link for name, link in section.links.items() if link.role == "dial"}
        peers = [f"{name} at {link.host}:{link.port}" for name, link in dialled.items()]
        if section.core is not None:
            peers.append(f"the core at {section.core.host}:{section.core.port}")
        return " and ".join(peers) or "its peers"

    def addresses(self) -> list[Address]:
        """What listens in the parts that are started."""
        settings, listed = self._loaded.settings, []
        if SWITCH in self._parts:
            section = self.switch_file().switch
            for name, listener in section.listeners.items():
                whom = f"{listener.kind} ({', '.join(listener.groups) or 'every group'})"
                if listener.kind == "network":
                    whom = listener.kind
                over = "" if listener.tls is None else " over TLS"
                what = f"ISO 8583 from {whom}{over}, {listener.dialect}, {listener.framing}"
                host = _reachable(listener.interface)
                listed.append(Address(name, host, self.port_of(name), what))
            if section.metrics_port:
                what = "metrics of the switch, http://.../metrics"
                host = _reachable(section.metrics_interface)
                listed.append(Address("metrics", host, section.metrics_port, what))
        if ISSUER in self._parts and settings.issuer is not None:
            issuer = settings.issuer
            what = f"the issuer host, {issuer.dialect}, {issuer.framing}"
            host = _reachable(issuer.interface)
            listed.append(Address(ISSUER, host, self.port_of(ISSUER), what))
        if CREDITORS in self._parts and settings.creditors is not None:
            what = "creditors that the core calls back"
            listed.append(Address(CREDITORS, "127.0.0.1", self.port_of(CREDITORS), what))
        if CORE in self._parts and settings.core is not None:
            what = "the payment core, http://.../openapi.json"
            host = _reachable(settings.core.interface)
            listed.append(Address(CORE, host, self.port_of(CORE), what))
        return listed


def _reachable(interface: str) -> str:
    return "127.0.0.1" if interface in ("", EVERYWHERE) else interface
