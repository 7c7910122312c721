"""`guichet send`: messages out on one line, one after the other, and their answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from switch.cli.console import PASSED, UNREACHABLE, USAGE, Failed
from switch.cli.framing_option import FRAMING, FRAMING_HELP
from switch.cli.messages import BadInputError, json_documents, json_text
from switch.cli.tls_options import security_of, tls_options
from switch.cli.values import duration, host_port
from switch.settings import SettingsError
from switch.wire import (
    Codec,
    Framing,
    Message,
    WireError,
    describe,
    load_dialect,
    one_line,
)
from switch.wire.mti import is_request
from switch.wire.paths import PathError, spread

if TYPE_CHECKING:
    from switch.cli.client import Client
    from switch.link.security import Security


@click.command()
@click.option("--to", required=True, callback=host_port, metavar="HOST:PORT", help="The peer.")
@click.option("--dialect", default="gab87", show_default=True, metavar="NAME|FILE")
@click.option(
    "--framing", type=FRAMING, default="2-byte-binary", show_default=True, help=FRAMING_HELP
)
@tls_options
@click.option("--sign-on", is_flag=True, help="Sign on (0800, DE70 001) before the messages.")
@click.option(
    "--timeout",
    default="10s",
    show_default=True,
    callback=duration,
    metavar="10s",
    help="How long to wait for each answer.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON list of the answers, in clear.")
@click.option("--flat", is_flag=True, help="Composite elements as their raw text.")
@click.argument("messages", metavar="MESSAGE...", nargs=-1, required=True)
def send(
    to: tuple[str, int],
    dialect: str,
    framing: Framing,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    name: str | None,
    sign_on: bool,
    timeout: float,
    as_json: bool,
    flat: bool,
    messages: tuple[str, ...],
) -> int:
    """Send messages in order on one line, and print each answer.

    MESSAGE is JSON such as '{"t": "0800", "11": "000001", "70": "301"}', a file of it, or `-`; a
    key may be a path to a sub-field, such as "3.1" or "55.9F26". Each waits for its answer before
    the next leaves. Without an answer in time the exit code is 3; what the answer says makes no
    difference to it.
    """
    security = security_of(to[0], ca, certificate, key, name)
    try:
        codec = Codec(load_dialect(dialect))
        wanted = [
            spread(each, codec.dialect)
            for text in messages
            for each in json_documents(json_text(text))
        ]
        for message in wanted:
            codec.encode(message)
    except (SettingsError, BadInputError, PathError) as error:
        raise Failed(str(error), USAGE) from None
    except WireError as error:
        raise Failed(error.describe(), USAGE) from None
    sending = _Sending(
        codec,
        framing,
        to=to,
        limit_s=timeout,
        flat=flat,
        security=security,
        on_answer=(lambda answer: None) if as_json else _printer(codec),
    )
    answers = sending.run(wanted, sign_on=sign_on)
    if as_json:
        click.echo(json.dumps(answers))
    return UNREACHABLE if sending.unanswered else PASSED


class _Sending:
    """One run of `send`."""

    def __init__(
        self,
        codec: Codec,
        framing: Framing,
        *,
        to: tuple[str, int],
        limit_s: float,
        flat: bool,
        security: Security | None,
        on_answer: Callable[[Message], None],
    ) -> None:
        self.unanswered = 0
        self._codec = codec
        self._framing = framing
        self._to = to
        self._limit_s = limit_s
        self._flat = flat
        self._security = security
        self._on_answer = on_answer

    def run(self, messages: list[Message], *, sign_on: bool) -> list[Message | None]:
        """Send them; an answer or None for each. Raises Failed when there is no line."""
        from twisted.internet import reactor  # noqa: TID251 - the command alone chooses it

        from switch.cli.client import Client
        from switch.cli.logs import start_logging
        from switch.cli.serving import run_job
        from switch.runtime import ReactorWallClock, transmission_time

        clock = ReactorWallClock(reactor)
        log = start_logging(clock, level="warning", as_json=False)
        client = Client(
            reactor,
            self._codec,
            self._framing,
            log,
            notice=_notice,
            flat=self._flat,
            security=self._security,
        )

        async def exchange() -> list[Message | None]:
            await self._connect(client)
            try:
                if sign_on:
                    await self._sign_on(client, transmission_time(clock.now()))
                return [await self._one(client, message) for message in messages]
            finally:
                await client.close()

        return run_job(reactor, exchange)

    async def _connect(self, client: Client) -> None:
        host, port = self._to
        try:
            await client.connect(host, port)
        except Exception as error:  # noqa: BLE001 - whatever the connection fails with
            raise Failed(f"cannot connect to {host}:{port}: {error}", UNREACHABLE) from None

    async def _sign_on(self, client: Client, now: str) -> None:
        from switch.link import NoAnswerError

        request = Message({"t": "0800", "7": now, "11": "000000", "70": "001"})
        try:
            answer = await client.ask(request, self._limit_s)
        except NoAnswerError as error:
            raise Failed(f"the sign-on was not answered: {error}", UNREACHABLE) from None
        if answer.text(39) != "00":
            raise Failed(f"the sign-on was refused: {one_line(answer)}", UNREACHABLE)

    async def _one(self, client: Client, message: Message) -> Message | None:
        from switch.link import NoAnswerError

        try:
            if not is_request(message.mti):
                client.tell(message)
                _notice(f"{one_line(message)}: sent; nothing answers this type")
                return None
            answer = await client.ask(message, self._limit_s)
        except NoAnswerError as error:
            self.unanswered += 1
            _notice(f"{one_line(message)}: {error}")
            return None
        self._on_answer(answer)
        return answer


def _printer(codec: Codec) -> Callable[[Message], None]:
    """Prints answers as people read them, an empty line between."""
    printed = 0

    def show(answer: Message) -> None:
        nonlocal printed
        if printed:
            click.echo()
        printed += 1
        click.echo(describe(answer, codec.dialect))

    return show


def _notice(text: str) -> None:
    click.echo(text, err=True)
