"""A switch as one service."""

from switch.service.service import Switch

__all__ = ["Switch"]
