"""TLS of a link: certificates from files, whose certificate is accepted."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
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
from OpenSSL.crypto import X509, X509StoreContext, X509StoreContextError, X509StoreFlags
from OpenSSL.SSL import (
    NO_OVERLAPPING_PROTOCOLS,
    OP_NO_TICKET,
    SESS_CACHE_OFF,
    VERIFY_FAIL_IF_NO_PEER_CERT,
    VERIFY_PEER,
    Connection,
    Context,
)
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

from switch.link.revocation import Revocations, RevocationsError
from switch.link.tls_words import REVOKED, held_names, not_verified

MINIMUM = {"1.2": TLSVersion.TLSv1_2, "1.3": TLSVersion.TLSv1_3}


class SecurityError(Exception):
    """A file of TLS cannot be used; `part` is `certificate`, `key`, `ca` or `crl`."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part = part


@implementer(IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator)
class Security:
    """TLS as one link speaks it, as client or as server.

    `server_name` is sent to a server that we dial (RFC 6066) unless it is an address; None: we
    are the server. With `crl` a peer whose certificate is in that list of its authority's is
    refused. All files are looked at for each line, and read again when they changed. Raises
    SecurityError for one that cannot be used at first.
    """

    def __init__(
        self,
        *,
        certificate: Path | None = None,
        key: Path | None = None,
        ca: Path | None = None,
        crl: Path | None = None,
        names: Sequence[str] = (),
        minimum: str = "1.2",
        server_name: str | None = None,
    ) -> None:
        self.names = tuple(names)
        self.valid_until: datetime | None = None
        self._server_name = "" if server_name is None or _address(server_name) else server_name
        self._minimum = MINIMUM[minimum]
        self._files = {"certificate": certificate, "key": key, "ca": ca}
        self._ours: dict[str, Any] = {}
        self._authorities: tuple[x509.Certificate, ...] = ()
        self._trouble = ""
        self._stamps = self._look()
        self._load()
        try:
            self._revocations = None if crl is None else Revocations(crl)
        except RevocationsError as error:
            raise SecurityError("crl", str(error)) from None
        self._context = self._new_context()

    @property
    def reviews(self) -> bool:
        """Whether a peer that was accepted may be refused later: there is a list that may grow."""
        return self._revocations is not None

    @property
    def trouble(self) -> str:
        """Why what is in use of the files is not what they hold now; "" when it is."""
        lists = "" if self._revocations is None else self._revocations.trouble
        return "; ".join(filter(None, (self._trouble, lists)))

    def clientConnectionForTLS(self, tlsProtocol: object) -> Connection:
        """A connection of our side of a line that we dialled."""
        connection = Connection(self._current_context(), None)
        if self._server_name:
            connection.set_tlsext_host_name(self._server_name.encode("idna"))
        return connection

    def serverConnectionForTLS(self, tlsProtocol: object) -> Connection:
        """A connection of our side of a line that a peer opened."""
        return Connection(self._current_context(), None)

    def complaint(self, connection: Connection) -> str:
        """What is wrong with the name of a peer whose certificate was verified; "" for nothing."""
        if not self.names:
            return ""
        certificate = connection.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            return "the peer showed no certificate"
        if any(_holds(certificate, name) for name in self.names):
            return ""
        wanted = " or ".join(self.names)
        return f"the peer's certificate is for {held_names(certificate)}, not for {wanted}"

    def revoked(self, connection: Connection) -> str:
        """That the certificate of an accepted peer was revoked since; "" when it was not."""
        certificate = connection.get_peer_certificate()
        if certificate is None or self._revocations is None:
            return ""
        store = self._current_context().get_cert_store()
        assert store is not None, "a context has a store"
        chain = connection.get_peer_cert_chain() or []
        try:
            X509StoreContext(store, certificate, chain[1:]).verify_certificate()
        except X509StoreContextError as error:
            number, depth = error.errors[0], error.errors[1]
            if number == REVOKED:
                return not_verified(error.certificate.to_cryptography(), number, depth)
        return ""

    def _current_context(self) -> Context:
        """The context for a new connection: another one when the files hold something else."""
        renewed = self._renewed()
        if (self._revocations is not None and self._revocations.changed()) or renewed:
            self._context = self._new_context()
        return self._context

    def _renewed(self) -> bool:
        """Read our certificate and the authorities again if their files are others.

        While they cannot be used, such as between the writing of a certificate and of its key,
        those before stay in use.
        """
        stamps = self._look()
        if stamps == self._stamps:
            return False
        self._stamps = stamps
        try:
            self._load()
        except SecurityError as error:
            self._trouble = str(error)
            return False
        self._trouble = ""
        return True

    def _look(self) -> list[tuple[int, int, int] | None]:
        return [None if path is None else _stamp(path) for path in self._files.values()]

    def _load(self) -> None:
        certificate, key, ca = (self._files[part] for part in ("certificate", "key", "ca"))
        authorities = () if ca is None else tuple(_chain("ca", ca))
        if certificate is not None and key is not None:
            chain, private = _chain("certificate", certificate), _key(key)
            if _public(chain[0].public_key()) != _public(private.public_key()):
                raise SecurityError("key", f"{key} is not the key of {certificate}")
            self.valid_until = chain[0].not_valid_after_utc
            self._ours = {
                "privateKey": private,
                "certificate": chain[0],
                "extraCertChain": chain[1:],
            }
        self._authorities = authorities

    def _new_context(self) -> Context:
        options = CertificateOptions(raiseMinimumTo=self._minimum, **self._ours)
        context: Context = options.getContext()
        # A session that is resumed would not have its certificate looked at again.
        context.set_session_cache_mode(SESS_CACHE_OFF)
        context.set_options(OP_NO_TICKET)
        # Whatever protocols a peer offers (RFC 7301), none is chosen: it speaks what was agreed.
        context.set_alpn_select_callback(lambda _connection, _offered: NO_OVERLAPPING_PROTOCOLS)
        if not self._authorities:
            return context
        store = context.get_cert_store()
        assert store is not None, "a context has a store"
        for authority in self._authorities:
            store.add_cert(X509.from_cryptography(authority))
        if self._revocations is not None:
            for each in self._revocations.lists:
                store.add_crl(each)
            store.set_flags(X509StoreFlags.CRL_CHECK)
        context.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT, _note)
        return context


def _note(connection: Connection, certificate: X509, number: int, depth: int, ok: int) -> bool:
    """OpenSSL's question about each certificate of a chain; what is wrong is kept for people."""
    if not ok:
        told = not_verified(certificate.to_cryptography(), number, depth)
        connection.set_app_data(f"TLS failed: {told}")
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


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


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
