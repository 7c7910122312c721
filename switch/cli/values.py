"""Values of options, read as in our YAML files."""

from __future__ import annotations

import click


class Duration(click.ParamType[float]):
    """Seconds, from a text with its unit such as `10s` or `500ms`."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        from pydantic_core import PydanticCustomError

        from switch.settings.readings import read_duration

        if isinstance(value, float):
            return value
        try:
            return read_duration(str(value))
        except PydanticCustomError as error:
            told = error.context or {}
            meant = f", did you mean {told['suggestion']}?" if told.get("suggestion") else ""
            self.fail(f"{value!r} is no duration such as 10s or 500ms{meant}", param, ctx)


class HostPort(click.ParamType[tuple[str, int]]):
    """`HOST:PORT`; an IPv6 address stands in brackets."""

    name = "host:port"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        host, colon, port = str(value).rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
        if not colon or not host or not 1 <= number <= 65535:
            self.fail(f"{value!r} is not HOST:PORT, such as 127.0.0.1:8583", param, ctx)
        return host, number


DURATION = Duration()
HOST_PORT = HostPort()
