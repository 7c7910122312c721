"""The steps of a scenario: what people do at terminals, and what is done to the network."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from simulator.scenario import flow_steps
from simulator.scenario.bill_steps import EnquireBill, OpenCode, PayBill, PayCode
from simulator.scenario.counter_steps import (
    Cancel,
    CashIn,
    CashOut,
    CloseBatch,
    MoveCash,
    OpenTill,
    PayBills,
    Remit,
    SignOff,
    SignOn,
)
from simulator.scenario.expectations import BooksExpectation, ResultExpectation
from simulator.scenario.faults import Fault
from simulator.scenario.fields import Some
from simulator.scenario.flow_steps import FragmentFile, Include, Loop, Parallel, Retry, VariableName
from simulator.scenario.gab_steps import (
    Balance,
    ChangePin,
    Collect,
    CountCash,
    Deposit,
    MiniStatement,
    PutInService,
    Replenish,
    SendCash,
    TakeOutOfService,
    TopUp,
    Transfer,
    Withdraw,
)
from simulator.scenario.matchers import Anything
from simulator.scenario.message_steps import MessageExpectation, Reply, Send
from simulator.scenario.open_model import OpenModel
from switch.settings import DurationS, Misfit, Text


def _kind_of_expectation(given: Any) -> str:
    words = given if isinstance(given, dict) else {}
    return "message" if words.keys() & {"on", "mti", "de", "nothing", "closed"} else "result"


Expectation = Annotated[
    Annotated[ResultExpectation, Tag("result")] | Annotated[MessageExpectation, Tag("message")],
    Discriminator(_kind_of_expectation),
]
"""Of an operation's result; or, with `on`, of a message that comes on a line."""


class Eventually(BooksExpectation):
    """Wait until the books say this; a failure when they do not within the time."""

    within: Annotated[DurationS, Field(gt=0)]


def _one_of(words: tuple[str, ...]) -> list[Any]:
    """For JSON Schema: one of these words, or `expect` without any."""
    each = [{"required": [word]} for word in words]
    return [*each, {"required": ["expect"], "not": {"anyOf": each}}]


OPERATIONS_OF_PEOPLE: tuple[str, ...] = (
    *("withdraw", "balance", "mini_statement", "transfer", "deposit"),
    *("enquire_bill", "pay_bill", "top_up", "change_pin", "send_cash", "collect", "pay_code"),
    "open_code",
    *("replenish", "count_cash", "take_out_of_service", "put_in_service"),
    *("sign_on", "sign_off", "open_till", "move_cash", "close_batch"),
    *("cash_in", "cash_out", "remit", "cancel", "pay_bills"),
)


class Step(OpenModel):
    """One step: exactly one thing that is done, and what is expected of it."""

    WORDS: ClassVar[tuple[str, ...]] = (
        *OPERATIONS_OF_PEOPLE,
        *("faults", "heal", "think", "eventually"),
        *("loop", "retry", "parallel", "include"),
        *("send", "reply"),
    )
    OPERATIONS: ClassVar[tuple[str, ...]] = OPERATIONS_OF_PEOPLE
    """What is done at a terminal, and has a result."""
    EXPECT: ClassVar = "expect"
    """What a step does that only expects a message."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _one_of(WORDS)})

    withdraw: Withdraw | None = None
    balance: Balance | None = None
    mini_statement: MiniStatement | None = None
    transfer: Transfer | None = None
    deposit: Deposit | None = None
    enquire_bill: EnquireBill | None = None
    pay_bill: PayBill | None = None
    top_up: TopUp | None = None
    change_pin: ChangePin | None = None
    send_cash: SendCash | None = None
    collect: Collect | None = None
    pay_code: PayCode | None = None
    open_code: OpenCode | None = None
    replenish: Replenish | None = None
    count_cash: CountCash | None = None
    take_out_of_service: TakeOutOfService | None = None
    put_in_service: PutInService | None = None
    sign_on: SignOn | None = None
    sign_off: SignOff | None = None
    open_till: OpenTill | None = None
    move_cash: MoveCash | None = None
    close_batch: CloseBatch | None = None
    cash_in: CashIn | None = None
    cash_out: CashOut | None = None
    remit: Remit | None = None
    cancel: Cancel | None = None
    pay_bills: PayBills | None = None
    faults: Some[Fault] | None = None
    """Faults that begin now (or `at` a time after now), for a time or until healed."""
    heal: Text | None = None
    """Undo every fault on this party or terminal now."""
    think: Annotated[DurationS, Field(gt=0)] | None = None
    """Wait, as a customer does."""
    eventually: Eventually | None = None
    loop: Loop | None = None
    retry: Retry | None = None
    parallel: Parallel | None = None
    include: Include | Text | None = None
    """Do the steps of another file: its path, from the folder of this one."""
    send: Send | None = None
    reply: Reply | None = None
    expect: Expectation | None = None
    """What must come of the operation, or the message that must come; alone, it waits for it."""
    when: dict[Text, Anything] | None = None
    """Do the step only if all of these hold: `{"${code}": "00"}`."""
    capture: dict[VariableName, Text] = Field(default_factory=dict)
    """Names for what came, by path: `{code: result.response_code, arpc: de.55.91}`."""

    @property
    def word(self) -> str:
        """What kind of step this is."""
        return next((word for word in self.WORDS if getattr(self, word) is not None), self.EXPECT)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Step:
        words = [word for word in self.WORDS if getattr(self, word) is not None]
        if len(words) > 1:
            raise Misfit(
                f"a step is one thing, and this one has '{words[0]}' too", words[1], on_key=True
            )
        if not words and not isinstance(self.expect, MessageExpectation):
            raise Misfit("a step says what is done, such as 'withdraw' or 'balance'")
        self._check_capture()
        self._check_expectation(self.word)
        return self

    def _check_capture(self) -> None:
        if self.capture and self.word not in (*self.OPERATIONS, "send", self.EXPECT):
            raise Misfit(f"nothing comes of '{self.word}'", "capture", on_key=True)

    def _check_expectation(self, word: str) -> None:
        expected = self.expect
        if expected is None:
            return
        if isinstance(expected, MessageExpectation):
            if word not in ("send", self.EXPECT):
                raise Misfit(f"'{word}' is no message step", "expect", on_key=True)
            return
        if word not in self.OPERATIONS:
            raise Misfit(f"nothing can be expected of '{word}'", "expect", on_key=True)
        for name in expected.model_fields_set:
            if name not in expected.known_of(word):
                raise Misfit(f"'{word}' has no '{name}'", "expect", name, on_key=True)


for _model in (Loop, Retry, FragmentFile):
    _model.model_rebuild(_types_namespace={**vars(flow_steps), "Step": Step})
Step.model_rebuild(_types_namespace={**globals(), **vars(flow_steps), "Step": Step})
