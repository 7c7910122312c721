"""What a scenario can name of its network: terminals, cards, accounts, creditors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from simulator.hosts.settings import IssuerSeed
from simulator.network.populations import Person
from simulator.network.settings import LoadedNetwork
from simulator.payment_core import CoreSettings as CoreSeed
from simulator.terminal.card import Card


@dataclass(frozen=True)
class KnownCard:
    """A card, whose it is, and the account behind it.

    `ledger` is the book that has the account under the code `customer:<account>`: `core`,
    `issuer`, or empty for a card that no bank of the network knows.
    """

    card: Card
    holder: str
    ledger: str = ""
    account: str = ""

    @property
    def account_code(self) -> str:
        """The account's code in its ledger."""
        return f"customer:{self.account}"


@dataclass(frozen=True)
class NetworkFacts:
    """The names of one network."""

    gabs: tuple[str, ...]
    counters: tuple[str, ...]
    digital: Mapping[str, str]
    """Clients of the core's own service, each with what pays there."""
    parties: tuple[str, ...]
    """What is started with the network: the switch, and the core and the issuer if they are."""
    cards: tuple[KnownCard, ...]
    ribs: frozenset[str]
    forms: Mapping[tuple[str, str], tuple[str, ...]] | None
    """The names of the form's fields by creditor and kind; None when the core is not ours."""

    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The GABs and counters of each group of terminals."""
    listeners: tuple[str, ...] = ()
    """The switch's listeners."""
    links: tuple[str, ...] = ()
    """The switch's links to hosts that it dials."""

    populations: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    """The customers of each population of the network."""

    secret_fields: frozenset[tuple[str, str, str]] = frozenset()
    """(creditor, kind, field) of passwords."""

    @cached_property
    def known_terminals(self) -> frozenset[str]:
        """All of them, to look one up."""
        return frozenset(self.terminals)

    @property
    def terminals(self) -> tuple[str, ...]:
        return (*self.gabs, *self.counters, *self.digital)

    @property
    def holders(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(card.holder for card in self.cards))

    def cards_named(self, name: str) -> list[KnownCard]:
        """The cards of that holder, or the card of that number."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_name(self) -> dict[str, list[KnownCard]]:
        """The cards by their numbers and by their holders: there may be many of them."""
        found: dict[str, list[KnownCard]] = {}
        for card in self.cards:
            for name in dict.fromkeys((card.holder, card.card.pan)):
                found.setdefault(name, []).append(card)
        return found


def facts_of(network: LoadedNetwork) -> NetworkFacts:
    """The names of a network, from its file and its seeds."""
    settings, core, issuer = network.settings, network.core_seed, network.issuer_seed
    return NetworkFacts(
        gabs=tuple(settings.gabs),
        counters=tuple(settings.counters),
        digital={name: each.means for name, each in settings.digital.items()},
        parties=(
            "switch",
            *(["core"] if settings.core is not None else []),
            *(["issuer"] if settings.issuer is not None else []),
        ),
        cards=(*_core_cards(core), *_issuer_cards(issuer)),
        ribs=frozenset(account.rib for account in core.accounts) if core else frozenset(),
        forms=_forms(core) if core is not None else None,
        groups=_groups(network),
        listeners=tuple(settings.switch.listeners),
        links=tuple(name for name, link in settings.switch.links.items() if link.role == "dial"),
        populations={name: each.people for name, each in network.populations.items()},
        secret_fields=frozenset(
            (creditor.id, kind.kind, field.name)
            for creditor in (core.creditors if core is not None else ())
            for kind in creditor.kinds
            for field in kind.form
            if field.type == "password"
        ),
    )


def _groups(network: LoadedNetwork) -> dict[str, tuple[str, ...]]:
    settings = network.settings
    played = {*settings.gabs, *settings.counters}
    groups: dict[str, list[str]] = {}
    for terminal, group in settings.switch.group_of().items():
        if terminal in played:
            groups.setdefault(group, []).append(terminal)
    return {group: tuple(terminals) for group, terminals in groups.items()}


def _core_cards(seed: CoreSeed | None) -> Iterator[KnownCard]:
    if seed is None:
        return
    holders = {account.rib: account.holder for account in seed.accounts}
    for card in seed.cards:
        yield KnownCard(
            Card(card.pan.clear, card.expiry), holders[card.account], "core", card.account
        )


def _issuer_cards(seed: IssuerSeed | None) -> Iterator[KnownCard]:
    if seed is None:
        return
    holders = {account.id: account.holder for account in seed.accounts}
    for card in seed.cards:
        yield KnownCard(
            Card(card.pan.clear, card.expiry), holders[card.account], "issuer", card.account
        )


def _forms(seed: CoreSeed) -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (creditor.id, kind.kind): tuple(field.name for field in kind.form if field.type != "label")
        for creditor in seed.creditors
        for kind in creditor.kinds
    }
