"""The bridge from ISO 8583 to the online payment core."""

from switch.bridge.core import CoreDestination

__all__ = ["CoreDestination"]
