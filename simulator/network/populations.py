"""Populations: customers with cards, habits and payday, drawn from a seed.

One block of a network file stands for any number of customers of one bank. The same block draws
the same customers everywhere. Their names are made of test words: nobody is called so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from simulator.hosts.settings import AccountSeed, CardSeed, IssuerSeed
from simulator.payment_core import CoreSettings as CoreSeed
from simulator.payment_core.settings import AccountSettings, CardSettings, rib_key
from switch.runtime import Chance
from switch.settings import Digits, Misfit, Model, MoneyMinor, Pan, Text, Whole, luhn_digit

if TYPE_CHECKING:
    from switch.settings.keys import PinReference

PEOPLE_MAX = 100_000
PAN_DIGITS = 16
FIRST_NAMES = (
    *("Amina", "Brahim", "Chaimae", "Driss", "Fatima", "Ghali", "Hanane", "Ilyas", "Jamila"),
    *("Karim", "Latifa", "Mehdi", "Nadia", "Omar", "Rachida", "Said", "Touria", "Youssef"),
)

PIN = "1234"
"""Of every card of a test network."""


class Between(Model):
    """An amount drawn between two, both included, in whole dirhams."""

    at_least: MoneyMinor
    at_most: MoneyMinor

    @model_validator(mode="after")
    def _ordered(self) -> Between:
        if self.at_most < self.at_least:
            raise Misfit("it is below `at_least`", "at_most")
        return self


class HabitSettings(Model):
    """What some of the customers usually do, as many as the weight among all says."""

    name: Text
    weight: Annotated[Whole, Field(ge=1, le=1_000_000)] = 1
    amounts: Annotated[tuple[Annotated[MoneyMinor, Field(gt=0)], ...], Field(min_length=1)]
    """What they usually take out: one of these is each customer's own."""


class PaydaySettings(Model):
    """When salaries come, and what they are."""

    day: Annotated[Whole, Field(ge=1, le=31)]
    """Of the month; its last day where it has fewer."""
    salary: Between


class PopulationSettings(Model):
    """Customers of one bank."""

    bank: Literal["core", "issuer"]
    count: Annotated[Whole, Field(ge=1, le=PEOPLE_MAX)]
    cards: Annotated[str, Digits(6, 11)]
    """How their card numbers begin; the rest is their number and a check digit."""
    seed: Whole = 1
    expiry: Annotated[str, Digits(4)] = "3112"
    balance: Between
    payday: PaydaySettings | None = None
    habits: tuple[HabitSettings, ...] = ()

    @model_validator(mode="after")
    def _room(self) -> PopulationSettings:
        if self.count > 10 ** (PAN_DIGITS - 1 - len(self.cards)):
            raise Misfit("there are fewer numbers of 16 digits that begin so", "cards")
        return self


@dataclass(frozen=True)
class Person:
    """One customer: the card, the account, and what he or she usually does."""

    name: str
    pan: Pan = field(repr=False)
    account: str
    balance_minor: int
    salary_minor: int
    habit: str
    amount_minor: int
    """What he or she usually takes out; 0 without a habit."""

    @property
    def account_code(self) -> str:
        """The account's code in its ledger."""
        return f"customer:{self.account}"


@dataclass(frozen=True)
class Population:
    """The customers of one block."""

    name: str
    settings: PopulationSettings
    people: tuple[Person, ...]


def draw(name: str, settings: PopulationSettings, bank_code: str) -> Population:
    """The customers that a block stands for."""
    chance = Chance(settings.seed).stream(f"population/{name}")
    weights = [habit.weight for habit in settings.habits]
    payday = settings.payday
    people = []
    for number in range(1, settings.count + 1):
        digits = settings.cards + f"{number:0{PAN_DIGITS - 1 - len(settings.cards)}}"
        first = FIRST_NAMES[chance.randrange(len(FIRST_NAMES))]
        habit = chance.choices(settings.habits, weights)[0] if settings.habits else None
        people.append(
            Person(
                name=f"{first} Test {name} {number}",
                pan=Pan(digits + luhn_digit(digits)),
                account=_account(settings, bank_code, digits),
                balance_minor=_drawn(settings.balance, chance.random()),
                salary_minor=0 if payday is None else _drawn(payday.salary, chance.random()),
                habit="" if habit is None else habit.name,
                amount_minor=0 if habit is None else chance.choice(habit.amounts),
            )
        )
    return Population(name, settings, tuple(people))


def _drawn(between: Between, share: float) -> int:
    """Whole dirhams, in centimes."""
    low, high = -(-between.at_least // 100), between.at_most // 100
    return max(between.at_least, (low + int(share * (high - low + 1))) * 100)


def _account(settings: PopulationSettings, bank_code: str, digits: str) -> str:
    if settings.bank == "issuer":
        return digits
    first = bank_code + "780" + digits.rjust(16, "0")
    return first + rib_key(first)


def in_core(seed: CoreSeed, populations: Mapping[str, Population]) -> CoreSeed:
    """The core's seed with the customers that it has besides. Raises Misfit."""
    accounts, cards = list(seed.accounts), list(seed.cards)
    for each, person, value in _of("core", populations, seed.pins):
        accounts.append(
            AccountSettings(rib=person.account, holder=person.name, balance=person.balance_minor)
        )
        cards.append(
            CardSettings(
                pan=person.pan,
                account=person.account,
                expiry=each.settings.expiry,
                pin_value=value,
            )
        )
    _apart((card.pan.clear for card in cards), populations)
    return seed.model_copy(update={"accounts": tuple(accounts), "cards": tuple(cards)})


def in_issuer(seed: IssuerSeed, populations: Mapping[str, Population]) -> IssuerSeed:
    """The issuer's seed with the customers that it has besides. Raises Misfit."""
    accounts, cards = list(seed.accounts), list(seed.cards)
    for each, person, value in _of("issuer", populations, seed.pins):
        accounts.append(
            AccountSeed(id=person.account, holder=person.name, balance=person.balance_minor)
        )
        cards.append(
            CardSeed(
                pan=person.pan,
                account=person.account,
                expiry=each.settings.expiry,
                pin_value=value,
            )
        )
    _apart((card.pan.clear for card in cards), populations)
    return seed.model_copy(update={"accounts": tuple(accounts), "cards": tuple(cards)})


def _of(
    bank: str, populations: Mapping[str, Population], pins: PinReference | None
) -> Iterator[tuple[Population, Person, str | None]]:
    for each in populations.values():
        if each.settings.bank == bank:
            for person in each.people:
                yield each, person, _pin_value(person, pins)


def _pin_value(person: Person, pins: PinReference | None) -> str | None:
    """What stands for the PIN of every test card; None where it cannot be found out."""
    if pins is None or pins.method != "pvv" or pins.published_key is None:
        return None
    from switch.keys.primitives.ciphers import Tdes
    from switch.keys.primitives.pin_reference import pvv

    return pvv(Tdes(bytes.fromhex(pins.published_key)), PIN, person.pan.clear, pins.key_index)


def _apart(numbers: Iterator[str], populations: Mapping[str, Population]) -> None:
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            name = next(
                each.name for each in populations.values() if number.startswith(each.settings.cards)
            )
            raise Misfit("another card of the bank has one of these numbers", name, "cards")
        seen.add(number)
