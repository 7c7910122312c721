"""Lists of revoked certificates (RFC 5280) in a file, read again whenever the file changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

_BLOCK = re.compile(b"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)

FILE_MAX = 64 * 1024 * 1024
"""Bytes read of a file of lists: those of the largest public authorities have some tens of MB."""


class RevocationsError(Exception):
    """The file cannot be read or holds no list."""


class Revocations:
    """The lists of one file. Raises RevocationsError when they cannot be read at first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """Why the file, which has changed, could not be read: the lists before are still used."""
        self._stamp = self._look()
        self.lists: Sequence[x509.CertificateRevocationList] = self._read()

    def changed(self) -> bool:
        """Read the file again if it is another one; whether there are other lists now."""
        try:
            stamp = self._look()
        except RevocationsError as error:
            self._stamp, self.trouble = None, str(error)
            return False
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.lists = self._read()
        except RevocationsError as error:
            self.trouble = str(error)
            return False
        self.trouble = ""
        return True

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError as error:
            raise RevocationsError(f"{self.path} cannot be read: {error.strerror}") from None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> Sequence[x509.CertificateRevocationList]:
        try:
            with self.path.open("rb") as file:
                data = file.read(FILE_MAX)
        except OSError as error:
            raise RevocationsError(f"{self.path} cannot be read: {error.strerror}") from None
        try:
            lists = [x509.load_pem_x509_crl(block) for block in _BLOCK.findall(data)]
        except ValueError:
            lists = []
        if not lists:
            raise RevocationsError(f"{self.path} holds no list of revoked certificates in PEM form")
        return lists
