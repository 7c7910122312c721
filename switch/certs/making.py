"""X.509 objects as our test authority makes them (RFC 5280): no file, no clock."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KeyKind = Literal["ec", "rsa"]
Usage = Literal["server", "client", "both"]
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Public = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

RSA_BITS = 2048
NAMES_MAX = 100
SKEW = timedelta(minutes=5)
"""A certificate is valid a little before it was made, for clocks that are behind."""

EXTENDED: dict[Usage, list[x509.ObjectIdentifier]] = {
    "server": [ExtendedKeyUsageOID.SERVER_AUTH],
    "client": [ExtendedKeyUsageOID.CLIENT_AUTH],
    "both": [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH],
}

REASONS = {
    "unspecified": x509.ReasonFlags.unspecified,
    "key-compromise": x509.ReasonFlags.key_compromise,
    "affiliation-changed": x509.ReasonFlags.affiliation_changed,
    "superseded": x509.ReasonFlags.superseded,
    "cessation": x509.ReasonFlags.cessation_of_operation,
}
"""Why a certificate is revoked, by the words of RFC 5280, 5.3.1."""

_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


class CertsError(Exception):
    """What was asked of the authority cannot be done; the text says why."""


class Signer(NamedTuple):
    """The authority: its certificate and its key."""

    certificate: x509.Certificate
    key: Private


def new_key(kind: KeyKind) -> Private:
    """A fresh private key: P-256, or RSA of 2048 bits."""
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def authority_certificate(key: Private, name: str, now: datetime, days: int) -> x509.Certificate:
    """The certificate of an authority, signed by itself; it signs no other authority."""
    subject = _subject(name)
    return (
        _begun(subject, subject, key.public_key(), now)
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key.public_key(), signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def issued_certificate(
    signer: Signer,
    public_key: Public,
    name: str,
    names: Sequence[str],
    usage: Usage,
    now: datetime,
    days: int,
) -> x509.Certificate:
    """A certificate of `name` for the hosts and addresses `names`; raises CertsError.

    It never outlives the authority's own.
    """
    if now >= signer.certificate.not_valid_after_utc:
        raise CertsError("the authority's own certificate is over: make another authority")
    authority_key = signer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    known = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key.value)
    return (
        _begun(_subject(name), signer.certificate.subject, public_key, now)
        .not_valid_after(min(now + timedelta(days=days), signer.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(public_key, signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(EXTENDED[usage]), critical=False)
        .add_extension(x509.SubjectAlternativeName(general_names(names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(known, critical=False)
        .sign(signer.key, hashes.SHA256())
    )


def revocation_list(
    signer: Signer,
    revoked: Iterable[x509.RevokedCertificate],
    now: datetime,
    days: int,
    number: int,
) -> x509.CertificateRevocationList:
    """A list of these, good for `days`; `number` grows with every list."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(signer.certificate.subject)
        .last_update(now - SKEW)
        .next_update(now + timedelta(days=days))
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for each in revoked:
        builder = builder.add_revoked_certificate(each)
    return builder.sign(signer.key, hashes.SHA256())


def revoked_entry(serial: int, now: datetime, reason: str) -> x509.RevokedCertificate:
    """One line of a revocation list."""
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now)
    if reason != "unspecified":
        builder = builder.add_extension(x509.CRLReason(REASONS[reason]), critical=False)
    return builder.build()


def general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    """Hosts and addresses as a certificate holds them; raises CertsError for anything else."""
    if not 1 <= len(names) <= NAMES_MAX:
        raise CertsError(f"a certificate holds 1 to {NAMES_MAX} names")
    held: list[x509.GeneralName] = []
    for name in names:
        try:
            held.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if not _HOST.fullmatch(name.removeprefix("*.")) or len(name) > 253:
                raise CertsError(f"{name!r} is neither a host's name nor an address") from None
            held.append(x509.DNSName(name))
    return held


def is_host(name: str) -> bool:
    """Whether a host could have this name."""
    return _HOST.fullmatch(name) is not None


def names_of(certificate: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    """The hosts and addresses that a certificate, or a request for one, is for."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    hosts = held.get_values_for_type(x509.DNSName)
    return [*hosts, *(str(each) for each in held.get_values_for_type(x509.IPAddress))]


def usage_of(certificate: x509.Certificate) -> Usage:
    """Which side of a line a certificate of ours is for."""
    held = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    return next(usage for usage, oids in EXTENDED.items() if list(held) == oids)


def common_name(name: x509.Name) -> str:
    """The CN of a subject or an issuer; empty without one."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Public, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
    )


def _key_usage(key: Public, *, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        # Only an RSA key is ever used to wrap another, by the ciphers of TLS 1.2.
        key_encipherment=isinstance(key, rsa.RSAPublicKey) and not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
