"""What goes wrong with TLS, in words that name the peer's certificate and what to look at."""

from __future__ import annotations

from cryptography import x509
from OpenSSL.SSL import Connection, Error

OVER = 10
REVOKED = 23

NOT_VERIFIED = {
    3: "cannot be checked: `crl` holds no list of its authority",
    8: "cannot be checked: the list in `crl` is not signed by its authority",
    9: "is not valid yet",
    OVER: "is over",
    11: "cannot be checked: the list of revoked certificates in `crl` is not good yet",
    12: "cannot be checked: the list of revoked certificates in `crl` is over",
    18: "is signed by itself",
    19: "comes from an authority that is not in `ca`",
    20: "comes from an authority that is not in `ca`",
    21: "comes without the certificates between it and an authority of `ca`",
    REVOKED: "was revoked",
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
    "alert certificate revoked": "the peer says that our certificate was revoked",
    "alert unsupported certificate": "the peer says that our certificate is not for our side",
    "alert handshake failure": "the peer and we have no version, cipher or key in common",
}
"""What OpenSSL calls a failure (a part of it), and what that means."""

NAMES_SHOWN_MAX = 5


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


def not_verified(certificate: x509.Certificate, number: int, depth: int) -> str:
    """What is wrong with a certificate, by OpenSSL's number, `depth` steps from the peer's own."""
    told = NOT_VERIFIED.get(number, f"is not accepted (OpenSSL's error {number})")
    if depth:
        return f"an authority of the peer's certificate {told}"
    return f"the peer's certificate ({held_names(certificate)}) {told}"


def held_names(certificate: x509.Certificate) -> str:
    """The hosts and addresses that a certificate is for, as a log may show them."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return "no name"
    held = names.get_values_for_type(x509.DNSName)
    held += [str(each) for each in names.get_values_for_type(x509.IPAddress)]
    shown = ", ".join(each[:64] for each in held[:NAMES_SHOWN_MAX])
    more = ", ..." if len(held) > NAMES_SHOWN_MAX else ""
    # A peer wrote these names: nothing in them may break the line of a log.
    return ascii(shown + more)[1:-1] if held else "no name"
