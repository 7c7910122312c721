"""Helpers for tests of whoever builds on Guichet, and for our own.

Worlds in virtual time, a transport that records what a protocol did, a free port; and, as the
pytest plugin `simulator.testing.plugin`, a check that no test leaves anything behind.
"""

from simulator.testing.leftovers import flush_logged_errors
from simulator.testing.ports import free_port
from simulator.testing.transports import RecordingTransport, connected
from simulator.testing.worlds import run, virtual_world

__all__ = [
    "RecordingTransport",
    "connected",
    "flush_logged_errors",
    "free_port",
    "run",
    "virtual_world",
]
