"""The folder of a test authority, and everything it issued.

    authority.pem, authority.key    the authority; its key is what the folder protects
    authority.crl                   what it revoked, signed
    NAME.pem, NAME.key              the certificate of NAME in use, and its key
    issued/SERIAL.pem               every certificate it ever signed

There is no index beside the files: the certificates and the list say all there is to know. Keys
are readable by their owner alone. A change takes a lock, and puts whole files in place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from switch.certs.files import (
    locked,
    put,
    put_key,
    read_certificate,
    read_list,
    read_request,
    read_signer,
)
from switch.certs.making import (
    REASONS,
    CertsError,
    KeyKind,
    Private,
    Public,
    Signer,
    Usage,
    authority_certificate,
    common_name,
    general_names,
    is_host,
    issued_certificate,
    names_of,
    new_key,
    revocation_list,
    revoked_entry,
    usage_of,
)
from switch.runtime import WallClock

AUTHORITY = "authority"
AUTHORITY_DAYS = 3650
DAYS = 365
LIST_DAYS = 365
"""How long the list of revoked certificates is good for; once it is over nobody is accepted."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

State = Literal["valid", "not yet", "over", "revoked"]


@dataclass(frozen=True)
class Issued:
    """A certificate that the authority signed. `current`: it is the one in use under its name."""

    name: str
    serial: str
    names: tuple[str, ...]
    usage: Usage
    valid_until: datetime
    state: State
    current: bool
    reason: str = ""
    """Why it was revoked."""


class CertsFolder:
    """The authority of a folder. Its methods block; they raise CertsError."""

    def __init__(self, path: Path, wall_clock: WallClock) -> None:
        self.path = path
        self._wall_clock = wall_clock

    @property
    def authority(self) -> Path:
        """The authority's certificate: the `ca` of everybody's TLS."""
        return self.path / f"{AUTHORITY}.pem"

    @property
    def revocations(self) -> Path:
        """The list of what was revoked: the `crl` of everybody's TLS."""
        return self.path / f"{AUTHORITY}.crl"

    def files(self, name: str) -> tuple[Path, Path]:
        """The certificate of a name and its key."""
        return self.path / f"{name}.pem", self.path / f"{name}.key"

    @property
    def _issued(self) -> Path:
        return self.path / "issued"

    def exists(self) -> bool:
        """Whether there is an authority."""
        return self.authority.exists()

    def holds(self, name: str) -> bool:
        """Whether a certificate of this name is in use."""
        return self.files(name)[0].exists()

    def create(self, subject: str, kind: KeyKind = "ec", days: int = AUTHORITY_DAYS) -> datetime:
        """Make the authority and an empty list; until when it is valid."""
        if not 1 <= len(subject) <= 64:
            raise CertsError("an authority's name has 1 to 64 characters")
        with locked(self.path):
            if self.exists():
                raise CertsError(f"{self.path} has an authority already")
            key = new_key(kind)
            certificate = authority_certificate(key, subject, self._wall_clock.now(), days)
            signer = Signer(certificate, key)
            put_key(self.files(AUTHORITY)[1], key)
            self._write_list(signer, [], LIST_DAYS)
            # Last: an authority is there when its certificate is.
            put(self.authority, certificate.public_bytes(Encoding.PEM))
            return certificate.not_valid_after_utc

    def issue(
        self,
        name: str,
        usage: Usage,
        names: Sequence[str] = (),
        *,
        kind: KeyKind = "ec",
        days: int = DAYS,
        request: bytes | None = None,
        replace: bool = False,
    ) -> Issued:
        """A certificate for `name`, with a fresh key, or for the key of a PKCS#10 `request`.

        Without `names` it is for those of the request, else for `name` itself; one that a server
        may show is for this machine too. One of that name that is in use stays so, or is replaced.
        """
        _check_name(name)
        with locked(self.path):
            signer = self._signer()
            if self.holds(name) and not replace:
                raise CertsError(f"{name} has a certificate already: renew it")
            held, key = list(names), None
            if request is None:
                key = new_key(kind)
                public: Public = key.public_key()
            else:
                asked, public = read_request(request)
                held = held or names_of(asked)
            if not held:
                held = [name] if is_host(name) else []
                held += [] if usage == "client" else ["localhost", "127.0.0.1"]
            if not held:
                raise CertsError(f"{name} is no host's name: say which hosts it is for")
            general_names(held)
            return self._sign(signer, key, public, name, held, usage, days)

    def renew(self, name: str, *, days: int = DAYS, revoke: bool = False) -> Issued:
        """Another certificate for the same names, with a fresh key if we hold the key.

        The one before stays good until it is over, unless it is revoked as superseded.
        """
        _check_name(name)
        with locked(self.path):
            signer, before = self._signer(), self._current(name)
            public = cast(Public, before.public_key())
            key: Private | None = None
            if self.files(name)[1].exists():
                key = new_key("rsa" if isinstance(public, rsa.RSAPublicKey) else "ec")
                public = key.public_key()
            renewed = self._sign(
                signer, key, public, name, names_of(before), usage_of(before), days
            )
            if revoke:
                self._revoke(signer, before.serial_number, "superseded")
            return renewed

    def revoke(self, name: str, reason: str = "unspecified", serial: str = "") -> str:
        """Revoke the certificate in use under a name, or another of its; gives the serial."""
        if reason not in REASONS:
            raise CertsError(f"unknown reason {reason!r} (known: {', '.join(REASONS)})")
        _check_name(name)
        with locked(self.path):
            signer = self._signer()
            if not serial:
                number = self._current(name).serial_number
            else:
                number = self._numbered(name, serial)
            if any(each.serial_number == number for each in self._revoked()):
                raise CertsError(f"the certificate {number:X} of {name} is revoked already")
            self._revoke(signer, number, reason)
            return f"{number:X}"

    def rewrite_list(self, days: int = LIST_DAYS) -> datetime:
        """Sign the list of revoked certificates anew; until when it is good."""
        with locked(self.path):
            return self._write_list(self._signer(), self._revoked(), days)

    def listed(self) -> list[Issued]:
        """Everything that was issued, by name, the latest first."""
        self._signer()
        revoked = {each.serial_number: each for each in self._revoked()}
        found = [
            self._described(read_certificate(path), revoked)
            for path in sorted(self._issued.glob("*.pem"))
        ]
        found.sort(key=lambda each: each.valid_until, reverse=True)
        return sorted(found, key=lambda each: each.name)

    def authority_until(self) -> datetime:
        """The end of the authority's own certificate."""
        return self._signer().certificate.not_valid_after_utc

    def list_until(self) -> datetime:
        """The end of the list of revoked certificates."""
        until = read_list(self.revocations).next_update_utc
        assert until is not None, "our lists have an end"
        return until

    # -- inside, under the lock -------------------------------------------------------------------

    def _sign(
        self,
        signer: Signer,
        key: Private | None,
        public: Public,
        name: str,
        names: Sequence[str],
        usage: Usage,
        days: int,
    ) -> Issued:
        certificate = issued_certificate(
            signer, public, name, names, usage, self._wall_clock.now(), days
        )
        data = certificate.public_bytes(Encoding.PEM)
        self._issued.mkdir(exist_ok=True)
        put(self._issued / f"{certificate.serial_number:X}.pem", data)
        if key is not None:
            put_key(self.files(name)[1], key)
        put(self.files(name)[0], data)
        return self._described(certificate, {})

    def _described(
        self, certificate: x509.Certificate, revoked: dict[int, x509.RevokedCertificate]
    ) -> Issued:
        now, name = self._wall_clock.now(), common_name(certificate.subject)
        entry = revoked.get(certificate.serial_number)
        state: State = "valid"
        if entry is not None:
            state = "revoked"
        elif now >= certificate.not_valid_after_utc:
            state = "over"
        elif now < certificate.not_valid_before_utc:
            state = "not yet"
        in_use = self.files(name)[0]
        return Issued(
            name=name,
            serial=f"{certificate.serial_number:X}",
            names=tuple(names_of(certificate)),
            usage=usage_of(certificate),
            valid_until=certificate.not_valid_after_utc,
            state=state,
            current=in_use.exists()
            and read_certificate(in_use).serial_number == certificate.serial_number,
            reason="" if entry is None else _reason_of(entry),
        )

    def _revoke(self, signer: Signer, serial: int, reason: str) -> None:
        entry = revoked_entry(serial, self._wall_clock.now(), reason)
        self._write_list(signer, [*self._revoked(), entry], LIST_DAYS)

    def _write_list(
        self, signer: Signer, revoked: Sequence[x509.RevokedCertificate], days: int
    ) -> datetime:
        number = 1
        if self.revocations.exists():
            held = read_list(self.revocations).extensions.get_extension_for_class(x509.CRLNumber)
            number = held.value.crl_number + 1
        made = revocation_list(signer, revoked, self._wall_clock.now(), days, number)
        put(self.revocations, made.public_bytes(Encoding.PEM))
        assert made.next_update_utc is not None, "it was given one"
        return made.next_update_utc

    def _signer(self) -> Signer:
        if not self.exists():
            raise CertsError(f"{self.path} has no authority: make one with `guichet certs init`")
        return read_signer(*self.files(AUTHORITY))

    def _current(self, name: str) -> x509.Certificate:
        if not self.holds(name) or name == AUTHORITY:
            raise CertsError(f"{name} has no certificate here")
        return read_certificate(self.files(name)[0])

    def _numbered(self, name: str, serial: str) -> int:
        path = self._issued / f"{serial.upper()}.pem"
        if not re.fullmatch("[0-9A-Fa-f]{1,40}", serial) or not path.exists():
            raise CertsError(f"no certificate {serial} was issued here")
        certificate = read_certificate(path)
        if common_name(certificate.subject) != name:
            whose = common_name(certificate.subject)
            raise CertsError(f"the certificate {serial.upper()} is that of {whose}, not of {name}")
        return certificate.serial_number

    def _revoked(self) -> list[x509.RevokedCertificate]:
        return list(read_list(self.revocations))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise CertsError(
            f"{name!r} cannot name a certificate: letters, digits, dots, dashes, 64 at most"
        )
    if name == AUTHORITY:
        raise CertsError(f"{AUTHORITY} is the authority itself")


def _reason_of(entry: x509.RevokedCertificate) -> str:
    try:
        held = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return "unspecified"
    return next((word for word, flag in REASONS.items() if flag is held), held.value)
