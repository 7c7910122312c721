"""Values of options, read as in our YAML files."""

from __future__ import annotations

import click


def duration(_context: click.Context, _option: click.Parameter, text: str | None) -> float | None:
    """Seconds, from a text with its unit such as `10s` or `500ms`: an option's callback."""
    from pydantic_core import PydanticCustomError

    from switch.settings.readings import read_duration

    if text is None:
        return None
    try:
        return read_duration(text)
    except PydanticCustomError as error:
        meant = (error.context or {}).get("suggestion")
        tail = f", did you mean {meant}?" if meant else ""
        raise click.BadParameter(f"{text!r} is no duration such as 10s or 500ms{tail}") from None


def host_port(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, int]:
    """`HOST:PORT`, an IPv6 address in brackets: an option's callback."""
    host, _, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    if not host or not 1 <= number <= 65535:
        raise click.BadParameter(f"{text!r} is not HOST:PORT, such as 127.0.0.1:8583")
    return host, number


def written(host: str, port: int) -> str:
    """An address as `host_port` reads it.

    >>> written("127.0.0.1", 8583), written("::1", 8583)
    ('127.0.0.1:8583', '[::1]:8583')
    """
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def amount(_context: click.Context, _option: click.Parameter, text: str | None) -> int | None:
    """Minor units, from an amount such as `350.75`: an option's callback."""
    from pydantic_core import PydanticCustomError

    from switch.settings.readings import read_money

    if text is None:
        return None
    try:
        return read_money(text)
    except PydanticCustomError:
        raise click.BadParameter(f"{text!r} is no amount such as 350.75") from None
