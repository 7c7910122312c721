"""What the sessions of one link share: how they behave, and what they are given to work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from twisted.internet.defer import Deferred

from switch.link.answers import answer_to
from switch.link.counts import NO_COUNTS, LinkCounts
from switch.link.matching import FINANCIAL_KEY
from switch.link.rules import Asked, Echoed, MessageRules
from switch.link.sealing import KeysExchange, Seal
from switch.runtime import Log, Runtime
from switch.wire import Codec, Framing, Message

if TYPE_CHECKING:
    from switch.link.pacing import Throttle
    from switch.link.security import Security
    from switch.link.session import Session

ECHO_TIMEOUT_S = 10.0
ECHOES_LOST_MAX = 3
IN_FLIGHT_MAX = 64


@dataclass(frozen=True)
class SessionProfile:
    """How one link's sessions behave."""

    name: str
    signs_on: bool = False
    """Whether we open the session (the side that dials usually does)."""
    without_sign_on: bool = False
    """Whether a line is as good as signed on once it is up."""
    echo_every_s: float | None = None
    """Silence after which we send an echo; None: we send none."""
    echo_timeout_s: float = ECHO_TIMEOUT_S
    """How long an echo or a sign-on of ours may go unanswered."""
    echoes_lost_max: int = ECHOES_LOST_MAX
    """Echoes unanswered in a row after which the line is dropped."""
    in_flight_max: int = IN_FLIGHT_MAX
    """Requests at once on a line: beyond it the peer is not read, and ours are not sent."""
    key: tuple[str, ...] = FINANCIAL_KEY
    rules: Asked = "ignore"
    """What becomes of messages that break the rules of the dialect for their type."""
    wrong_echo: Echoed = "pass"
    """What becomes of an answer that does not repeat its request, by those rules."""
    handed_on: tuple[str, ...] = ()
    """Functions of network management (DE70) that the handler answers, not the session."""
    sign_on_elements: tuple[tuple[str, str], ...] = ()
    """More elements of our 0800, such as the terminal (DE41)."""


class Tap(Protocol):
    """Sees every message of a session as it passes, for people, histories and faults."""

    def __call__(self, session: Session, direction: str, message: Message) -> None:
        """`direction` is "in" or "out", seen from the session."""
        ...


class CloseLineError(Exception):
    """What a handler raises to end the line that a request came on, without an answer.

    `kind` is the word that it is counted under.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


Handler = Callable[[Message, "Session"], Awaitable[Message | None]]
"""Answers a request; None answers nothing, CloseLineError ends the line."""


def no_requests(request: Message, session: Session) -> Awaitable[Message | None]:
    """The handler of a session on which only we ask: 12, invalid transaction."""
    answered: Deferred[Message | None] = Deferred()
    answered.callback(answer_to(request, "12"))
    return answered


Stray = Callable[[Message, str], None]


def nobody_looks(answer: Message, why: str) -> None:
    """For those to whom an answer that nobody waits for says nothing."""


Unsaid = Callable[[Message, Message], None]


def nothing_unsaid(request: Message, answer: Message) -> None:
    """For those to whom it makes no difference."""


@dataclass(frozen=True)
class Surroundings:
    """What every session of a link works with: held once, for a link may have many sessions."""

    runtime: Runtime
    profile: SessionProfile
    codec: Codec
    framing: Framing
    handler: Handler
    new_stan: Callable[[], str]
    on_change: Callable[[Session], None]
    log: Log
    tap: Tap | None = None
    counts: LinkCounts = NO_COUNTS
    throttle: Throttle | None = None
    security: Security | None = None
    """TLS on the lines, which are up once the peer is known."""
    seal: Seal | None = None
    """What authenticates the messages; None where no MAC is agreed on."""
    unsaid: Unsaid = nothing_unsaid
    """Told of a request whose answer could not be said, and that answer."""
    exchange: KeysExchange | None = None
    """What replaces the keys; None where they stay as they are."""
    stray: Stray = nobody_looks
    """Told of an answer that came late, or that nobody waits for, and of why in words."""
    rules: MessageRules = field(init=False)
    """What the dialect says of message types, as this link asks it."""

    def __post_init__(self) -> None:
        profile = self.profile
        made = MessageRules(
            self.codec.dialect,
            profile.rules,
            profile.name,
            self.counts,
            self.log,
            wrong_echo=profile.wrong_echo,
        )
        object.__setattr__(self, "rules", made)
