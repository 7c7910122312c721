"""A test authority in a folder: certificates for the two ends of TLS lines, and their revocation.

For test networks and laptops. What a bank shows to others in production comes from its own
authority; the product takes those files as they are.
"""

from switch.certs.folder import AUTHORITY, CertsFolder, Issued
from switch.certs.made import made_client, made_server
from switch.certs.making import REASONS, CertsError, KeyKind, Usage

__all__ = [
    "AUTHORITY",
    "REASONS",
    "CertsError",
    "CertsFolder",
    "Issued",
    "KeyKind",
    "Usage",
    "made_client",
    "made_server",
]
