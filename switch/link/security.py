"""TLS of a link: certificates from files, whose certificate is accepted, failures in words."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from OpenSSL.crypto import X509
from OpenSSL.SSL import VERIFY_FAIL_IF_NO_PEER_CERT, VERIFY_PEER, Connection, Context, Error
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import (
    verify_certificate_hostname,
    verify_certificate_ip_address,
)
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.internet.ssl import CertificateOptions, TLSVersion
from zope.interface import implementer

MINIMUM = {"1.2": TLSVersion.TLSv1_2, "1.3": TLSVersion.TLSv1_3}

NOT_VERIFIED = {
    9: "is not valid yet",
    10: "is over",
    18: "is signed by itself",
    19: "comes from an authority that is not in `ca`",
    20: "comes from an authority that is not in `ca`",
    21: "comes without the certificates between it and an authority of `ca`",
    23: "was revoked",
    26: "is not made for this side of a line",
}
"""OpenSSL's numbers of what is wrong with a certificate, said of it."""

HINTS = {
    "certificate required": "the peer wants a certificate of ours",
    "peer did not return a certificate": "the peer showed no certificate",
    "wrong version number": "what the peer speaks is not TLS",
    "http request": "the peer speaks HTTP, not TLS",
    "unexpected eof while reading": "the peer broke off",
    "no shared cipher": "the peer knows none of our ciphers",
    "unsupported protocol": "the peer's TLS is older than we accept",
    "alert protocol version": "the peer wants another version of TLS",
    "alert unknown ca": "the peer does not know the authority of our certificate",
    "alert bad certificate": "the peer refused our certificate",
    "alert certificate expired": "the peer says that our certificate is over",
}
"""What OpenSSL calls a failure (a part of it), and what that means."""


class SecurityError(Exception):
    """A file of TLS cannot be used; `part` is `certificate`, `key` or `ca`."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part = part


@implementer(IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator)
class Security:
    """TLS as one link speaks it, as client or as server.

    `server_name` is sent to a server that we dial (RFC 6066) unless it is an address; None: we
    are the server. Raises SecurityError for a file that cannot be used.
    """

    def __init__(
        self,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        ca: Path | None = None,
        names: Sequence[str] = (),
        minimum: str = "1.2",
        server_name: str | None = None,
    ) -> None:
        self.names = tuple(names)
        self.valid_until: datetime | None = None
        self._server_name = "" if server_name is None or _address(server_name) else server_name
        ours: dict[str, Any] = {}
        if certificate is not None and key is not None:
            chain, private = _chain("certificate", certificate), _key(key)
            if _public(chain[0].public_key()) != _public(private.public_key()):
                raise SecurityError("key", f"{key} is not the key of {certificate}")
            self.valid_until = chain[0].not_valid_after_utc
            ours = {
                "privateKey": private,
                "certificate": chain[0],
                "extraCertChain": chain[1:],
            }
        options = CertificateOptions(raiseMinimumTo=MINIMUM[minimum], **ours)
        self._context: Context = options.getContext()
        if ca is not None:
            _chain("ca", ca)
            self._context.load_verify_locations(str(ca))
            self._context.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT, _note)

    def clientConnectionForTLS(self, tlsProtocol: object) -> Connection:
        """A connection of our side of a line that we dialled."""
        connection = Connection(self._context, None)
        if self._server_name:
            connection.set_tlsext_host_name(self._server_name.encode("idna"))
        return connection

    def serverConnectionForTLS(self, tlsProtocol: object) -> Connection:
        """A connection of our side of a line that a peer opened."""
        return Connection(self._context, None)

    def complaint(self, connection: Connection) -> str:
        """What is wrong with the name of a peer whose certificate was verified; "" for nothing."""
        if not self.names:
            return ""
        certificate = connection.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            return "the peer showed no certificate"
        if any(_holds(certificate, name) for name in self.names):
            return ""
        held = ", ".join(_names_of(certificate)) or "no name"
        return f"the peer's certificate is for {held}, not for {' or '.join(self.names)}"


def words(error: BaseException | None, connection: Connection | None) -> str:
    """Why TLS failed on a line."""
    if not isinstance(error, Error):
        return str(error)
    noted = connection.get_app_data() if connection is not None else None
    if isinstance(noted, str):
        return noted
    first = error.args[0] if error.args else None
    reasons = [entry[-1] for entry in first] if isinstance(first, list) else []
    told = "; ".join(dict.fromkeys(reasons)) or type(error).__name__
    hint = next((meant for sign, meant in HINTS.items() if sign in told), "")
    return f"TLS failed: {hint} ({told})" if hint else f"TLS failed: {told}"


def _note(connection: Connection, _cert: X509, number: int, _depth: int, ok: int) -> bool:
    """OpenSSL's question about each certificate of a chain; what is wrong is kept for people."""
    if not ok:
        told = NOT_VERIFIED.get(number, f"is not accepted (OpenSSL's error {number})")
        connection.set_app_data(f"TLS failed: the peer's certificate {told}")
    return bool(ok)


def _holds(certificate: x509.Certificate, name: str) -> bool:
    try:
        if _address(name):
            verify_certificate_ip_address(certificate, name)
        else:
            verify_certificate_hostname(certificate, name)
    except (VerificationError, CertificateError):
        return False
    return True


def _names_of(certificate: x509.Certificate) -> Iterable[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    hosts = names.get_values_for_type(x509.DNSName)
    return [*hosts, *(str(each) for each in names.get_values_for_type(x509.IPAddress))]


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _read(part: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SecurityError(part, f"{path} cannot be read: {error.strerror}") from None


def _chain(part: str, path: Path) -> list[x509.Certificate]:
    data = _read(part, path)
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise SecurityError(part, f"{path} holds no certificate in PEM form") from None


def _key(path: Path) -> PrivateKeyTypes:
    data = _read("key", path)
    try:
        return load_pem_private_key(data, None)
    except TypeError:
        raise SecurityError("key", f"{path} has a passphrase: it must have none") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SecurityError("key", f"{path} holds no private key in PEM form") from None


def _public(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded
