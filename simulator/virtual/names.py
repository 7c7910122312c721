"""Names of hosts, resolved by the world itself: an address literal, or a host it knows."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
)
from zope.interface import implementer

from simulator.virtual.network import SimulatedNetwork


@implementer(IHostResolution)
class Resolution:
    """One name being looked up; it is over at once."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing is under way."""


@implementer(IHostnameResolver)
class WorldResolver:
    """Asks the simulated network, never the operating system."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self._network = network

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        resolution = Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        ip = self._network.address_of(hostName)
        wanted = addressTypes is None or IPv4Address in addressTypes
        if ip is not None and wanted:
            resolutionReceiver.addressResolved(IPv4Address("TCP", ip, portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution
