"""Networks of parties: assembled from a file, in real or in virtual time."""

from simulator.network.books import Books
from simulator.network.network import Network, NotReadyError
from simulator.network.quiet import NotQuietError
from simulator.network.settings import LoadedNetwork, NetworkSettings, load_network
from simulator.network.wiring import Address
from switch.service.folder import FolderError

__all__ = [
    "Address",
    "Books",
    "FolderError",
    "LoadedNetwork",
    "Network",
    "NetworkSettings",
    "NotQuietError",
    "NotReadyError",
    "load_network",
]
