"""What the switch counts, served for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from twisted.web.resource import Resource
from twisted.web.server import Request

from switch.link.http_gate import HttpGate
from switch.link.http_site import Connections
from switch.store import Store

if TYPE_CHECKING:
    from switch.link.security import Security

RATE_MAX = 20
"""Readings a second of one client: each costs some milliseconds, and people read a few a minute."""


class Metrics:
    """The counters of one switch, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._messages = Counter(
            "guichet_messages_answered",
            "Financial messages answered, by message type and response code",
            ["mti", "response_code"],
            registry=self.registry,
        )
        # The library looks a series up in some microseconds, under a lock.
        self._answers: dict[tuple[str, str], Counter] = {}
        self._lines = Gauge(
            "guichet_lines_open", "Lines open, by listener", ["listener"], registry=self.registry
        )
        self._links = Gauge(
            "guichet_link_signed_on",
            "1 while the link is signed on",
            ["link"],
            registry=self.registry,
        )
        self._in_flight = Gauge(
            "guichet_in_flight",
            "Requests under way on the lines of a listener or a link, either way",
            ["link"],
            registry=self.registry,
        )
        self._refused = Counter(
            "guichet_lines_refused",
            "Lines closed for where they came from or what came on them, by reason",
            ["link", "reason"],
            registry=self.registry,
        )
        self._echoes_lost = Counter(
            "guichet_echoes_lost",
            "Echoes of ours that went unanswered",
            ["link"],
            registry=self.registry,
        )
        self._unmatched = Counter(
            "guichet_answers_unmatched",
            "Answers that matched no request, by reason",
            ["link", "reason"],
            registry=self.registry,
        )
        self._macs_refused = Counter(
            "guichet_macs_refused",
            "Messages that were not authentic, by reason",
            ["link", "reason"],
            registry=self.registry,
        )
        self._rules_broken = Counter(
            "guichet_rules_broken",
            "Elements missing, unexpected or not echoed, against the rules of the dialect",
            ["link", "rule", "element"],
            registry=self.registry,
        )
        self._tolerated = _Tolerated()
        self.registry.register(self._tolerated)
        self._keys_refused = Counter(
            "guichet_keys_refused",
            "New keys of a link that were refused, by us or by the other side",
            ["link"],
            registry=self.registry,
        )

        self._stood_in = Counter(
            "guichet_stood_in",
            "Requests decided here while their destination was away, by rule and outcome",
            ["rule", "outcome"],
            registry=self.registry,
        )
        self._terminals_unknown = Counter(
            "guichet_terminals_unknown",
            "Messages that named a terminal that is unknown, or may not be on its line",
            ["listener"],
            registry=self.registry,
        )
        self._journal_up = Gauge(
            "guichet_journal_up", "1 while the journal can be written", registry=self.registry
        )
        self._journal_queued = Gauge(
            "guichet_journal_queued", "Writes that wait for the journal", registry=self.registry
        )

    def answered(self, mti: str, response_code: str) -> None:
        """A financial message was answered."""
        # What peers send must not make the number of series grow without bound.
        known = mti if mti[1:2] in ("1", "2", "4") and mti[3:] in ("0", "1") else "other"
        counted = self._answers.get((known, response_code))
        if counted is None:
            counted = self._messages.labels(known, response_code)
            self._answers[known, response_code] = counted
        counted.inc()

    def stood_in(self, rule: str, outcome: str) -> None:
        """A rule decided for an issuer that was away."""
        self._stood_in.labels(rule, outcome).inc()

    def terminal_unknown(self, listener: str) -> None:
        """A message named a terminal that is unknown, or may not be on its line."""
        self._terminals_unknown.labels(listener).inc()

    def line_refused(self, link: str, reason: str) -> None:
        """A line was closed for what it is."""
        self._refused.labels(link, reason).inc()

    def echo_lost(self, link: str) -> None:
        """An echo of ours went unanswered."""
        self._echoes_lost.labels(link).inc()

    def answer_unmatched(self, link: str, reason: str) -> None:
        """An answer matched no request."""
        self._unmatched.labels(link, reason).inc()

    def mac_refused(self, link: str, reason: str) -> None:
        """A message was not authentic."""
        self._macs_refused.labels(link, reason).inc()

    def rule_broken(self, link: str, rule: str, element: str) -> None:
        """A message broke a rule of its dialect."""
        self._rules_broken.labels(link, rule, element).inc()

    def watch_tolerated(self, link: str, counted: Mapping[str, int]) -> None:
        """Report what a link let pass, by option, whenever the metrics are read."""
        self._tolerated.links[link] = counted

    def key_refused(self, link: str) -> None:
        """A new key of a link was refused."""
        self._keys_refused.labels(link).inc()

    def watch_lines(
        self, listener: str, count: Callable[[], float], in_flight: Callable[[], float]
    ) -> None:
        """Report the lines of a listener, and their requests, whenever the metrics are read."""
        self._lines.labels(listener).set_function(count)
        self._in_flight.labels(listener).set_function(in_flight)

    def watch_link(self, link: str, up: Callable[[], bool], in_flight: Callable[[], float]) -> None:
        """Report whether a link is signed on, and its requests, whenever the metrics are read."""
        self._links.labels(link).set_function(lambda: float(up()))
        self._in_flight.labels(link).set_function(in_flight)

    def watch_journal(self, store: Store) -> None:
        """Report whether the journal can be used, and how far it is behind."""
        self._journal_up.set_function(lambda: float(not store.outage))
        self._journal_queued.set_function(lambda: float(store.queued))

    def site(self, reactor: Any, gate: HttpGate, security: Security | None) -> Connections:
        """The HTTP service that shows them under /metrics."""
        root = Resource()
        root.putChild(b"metrics", _Page(self.registry))
        return Connections(reactor, root, gate, security)


class _Tolerated(Collector):
    """What codecs counted themselves, given when it is asked for."""

    def __init__(self) -> None:
        self.links: dict[str, Mapping[str, int]] = {}

    def collect(self) -> Iterator[CounterMetricFamily]:
        words = "Messages let pass that the dialect does not allow, by what was tolerated"
        family = CounterMetricFamily("guichet_tolerated", words, labels=["link", "tolerance"])
        for link, counted in self.links.items():
            for name, count in sorted(counted.items()):
                family.add_metric([link, name], count)
        yield family


class _Page(Resource):
    isLeaf = True

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._registry = registry

    def render_GET(self, request: Request) -> bytes:
        request.setHeader(b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
        return generate_latest(self._registry)
