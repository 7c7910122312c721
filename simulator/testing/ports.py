"""Ports for tests that start real servers."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now.

    Another program may take it before you do; listening on port 0 and asking for the number is
    better where the server allows it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
