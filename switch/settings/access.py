"""What a network file says of its HTTP services: who may use them from where, and how often."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from switch.settings.links import Tls
from switch.settings.model import Model
from switch.settings.seen import Misfit
from switch.settings.types import Text, Whole


class TokenSettings(Model):
    """Where a token is; never the token itself."""

    env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")] | None = None
    """A variable of the environment that holds it."""
    file: Text | None = None
    """A file whose first line it is, beside the network file."""
    made: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    """A name: it is made at the first start, in `tokens/<name>` of the data folder."""

    @model_validator(mode="after")
    def _one(self) -> TokenSettings:
        if sum(each is not None for each in (self.env, self.file, self.made)) != 1:
            raise Misfit("give one of `env`, `file` and `made`", on_key=True)
        return self


class AccessSettings(Model):
    """What an HTTP service asks of those who call it."""

    token: TokenSettings | None = None
    """What they must show, as `Authorization: Bearer ...`; none: anyone on this machine may."""
    tls: Tls | None = None
    """The service speaks TLS, and with `ca` callers must show a certificate."""
    rate_max: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    """Requests a second of one address, and as many at once; the others are answered 429."""

    @model_validator(mode="after")
    def _tls_of_a_port(self) -> AccessSettings:
        if self.tls is not None:
            self.tls.fit("listen")
        return self

    @property
    def known_callers(self) -> bool:
        """Whether a caller must prove who it is."""
        certificates = self.tls is not None and (
            self.tls.made is not None or self.tls.ca is not None
        )
        return self.token is not None or certificates
