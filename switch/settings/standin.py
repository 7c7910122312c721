"""What a switch decides by itself while the issuer of a range of cards is away."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from switch.settings.model import Model
from switch.settings.routes import CardRange
from switch.settings.seen import Misfit
from switch.settings.types import Digits, Flag, MoneyMinor, Text, Whole

Away = Literal["down", "silent", "inoperative"]
"""Nothing could be sent; nothing was answered in time; the answer was 91."""

StoodIn = Literal["withdrawal", "purchase"]

TELLING = ("24", "25", "39", "44", "46", "47", "60", "61", "62", "63")
"""Elements in which an advice may say why: none of them holds what is secret of a card."""

REASON = "{reason}"
"""In the value of such an element, the word or the code for why the switch decided."""


class AwayWords(Model):
    """What `{reason}` stands for in the elements of an advice."""

    down: Text = "down"
    silent: Text = "silent"
    inoperative: Text = "inoperative"


class StandInSettings(Model):
    """A rule: the first one that has the card and the operation decides."""

    cards: tuple[CardRange, ...]
    """Beginnings of card numbers."""
    operations: tuple[StoodIn, ...]
    """What is approved here, in the network's own currency."""
    when: tuple[Away, ...] = ("down",)
    """`down`: nothing could be sent. `silent`: no answer came in time, and it may have been acted
    on. `inoperative`: the answer was 91."""
    amount_max: Annotated[MoneyMinor, Field(gt=0)]
    """Of one transaction."""
    day_amount_max: Annotated[MoneyMinor, Field(gt=0)]
    """Of a card on one business date, in all; what is reversed is given back."""
    day_count_max: Annotated[Whole, Field(ge=1, le=1000)]
    """Transactions of a card on one business date, those that were reversed included."""
    pins_unchecked: Flag = False
    """Whether a request with a PIN is approved too, although nobody here can check it."""
    refused_cards: Text | None = None
    """A file of cards that are refused, beside the network file: one a line, with the response
    code after it where it is not `refuse_with`. It is read again when it changes."""
    refuse_with: Annotated[str, Field(pattern="^[0-9A-Z]{2}$")] = "05"
    """The code for a card of that file."""
    advice: dict[Annotated[str, Digits(2)], Text] = Field(default_factory=lambda: {"39": "00"})
    """Elements with which the advice (0220) says why, beside those of the request and DE38; in
    a value `{reason}` stands for the words of `reasons`."""
    reasons: AwayWords = AwayWords()

    @model_validator(mode="after")
    def _fits(self) -> StandInSettings:
        if self.amount_max > self.day_amount_max:
            raise Misfit("one transaction may be more than a day's: never reached", "amount_max")
        for name in ("cards", "operations", "when"):
            given = getattr(self, name)
            if not given:
                raise Misfit("it names none: nothing would be decided", name)
            for place, each in enumerate(given):
                if each in given[:place]:
                    raise Misfit("it is there already", name, place)
        for element in self.advice:
            if element not in TELLING:
                told = f"an advice says why in one of {', '.join(TELLING)}"
                raise Misfit(told, "advice", element, on_key=True)
        return self

    def told(self, away: Away) -> dict[str, str]:
        """The elements of an advice that say why.

        >>> rule = StandInSettings(cards=("9504",), operations=("purchase",), amount_max=1,
        ...     day_amount_max=1, day_count_max=1, advice={"60": "STAND-IN {reason}"})
        >>> rule.told("silent")
        {'60': 'STAND-IN silent'}
        """
        word = str(getattr(self.reasons, away))
        return {element: text.replace(REASON, word) for element, text in self.advice.items()}
