"""Files of a test authority: read and written whole, one writer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from switch.certs.making import CertsError, Private, Public, Signer
from switch.runtime.files import PRIVATE, replace_file
from switch.runtime.files import locked as lock_of

PUBLIC = 0o644
"""Of what is no key: those are for their owner alone."""


@contextmanager
def locked(folder: Path, name: str = ".lock") -> Iterator[None]:
    """Nobody else holds this lock of the folder, which is made when there is none."""
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            held.enter_context(lock_of(folder / name))
        except OSError as error:
            raise CertsError(f"{folder} cannot be used: {error.strerror}") from None
        yield


def put(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """A whole file in place of what there was; raises CertsError."""
    try:
        replace_file(path, data, mode)
    except OSError as error:
        raise CertsError(f"{path} cannot be written: {error.strerror}") from None


def put_key(path: Path, key: Private) -> None:
    """A private key, PKCS#8 without a passphrase, for its owner alone; raises CertsError."""
    put(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), PRIVATE)


def read(path: Path) -> bytes:
    """All of a file; raises CertsError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertsError(f"{path} cannot be read: {error.strerror}") from None


def read_certificate(path: Path) -> x509.Certificate:
    """The certificate of a file; raises CertsError."""
    try:
        return x509.load_pem_x509_certificate(read(path))
    except ValueError:
        raise CertsError(f"{path} holds no certificate in PEM form") from None


def read_signer(certificate_path: Path, key_path: Path) -> Signer:
    """An authority with its key; raises CertsError."""
    try:
        key = load_pem_private_key(read(key_path), None)
    except (ValueError, TypeError):
        raise CertsError(f"{key_path} holds no private key without a passphrase") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise CertsError(f"{key_path} is neither an EC nor an RSA key")
    certificate = read_certificate(certificate_path)
    if certificate.public_key() != key.public_key():
        raise CertsError(f"{key_path} is not the key of {certificate_path}")
    return Signer(certificate, key)


def read_list(path: Path) -> x509.CertificateRevocationList:
    """A list of revoked certificates; raises CertsError."""
    try:
        return x509.load_pem_x509_crl(read(path))
    except ValueError:
        raise CertsError(f"{path} holds no list of revoked certificates") from None


def read_request(data: bytes) -> tuple[x509.CertificateSigningRequest, Public]:
    """A PKCS#10 request and the key that it is for; raises CertsError."""
    try:
        request = x509.load_pem_x509_csr(data)
    except ValueError:
        raise CertsError("the request is no PKCS#10 request in PEM form") from None
    if not request.is_signature_valid:
        raise CertsError("the request is not signed with the key that it is for")
    public = request.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise CertsError("the request is for a key that is neither EC nor RSA")
    return request, public
