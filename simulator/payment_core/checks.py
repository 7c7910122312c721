"""What must hold between the parts of a seed, each complaint with its place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from simulator.payment_core.catalogue import identity_of
from simulator.payment_core.forms import complaint
from simulator.payment_core.settings import (
    BillSettings,
    ChosenAmount,
    CoreSettings,
    KindSettings,
    ListedBills,
    Tariff,
)
from simulator.payment_core.turn import canonical
from switch.settings import Located, Misfit, SettingsError, Where, load_located


def load_core_settings(path: Path) -> CoreSettings:
    """The seed at `path`; raises SettingsError with everything wrong in it."""
    return checked(load_located(path, CoreSettings))


def checked(located: Located[CoreSettings]) -> CoreSettings:
    """The settings, when their parts fit together; raises SettingsError otherwise."""
    problems = [
        located.problem(
            misfit.where,
            str(misfit),
            on_key=misfit.on_key,
            near=misfit.suggestion,
            candidates=[] if misfit.suggestion is None else [misfit.suggestion],
        )
        for misfit in misfits(located.value)
    ]
    if problems:
        raise SettingsError(sorted(problems, key=lambda found: (found.line, found.column)))
    return located.value


def misfits(settings: CoreSettings) -> Iterator[Misfit]:
    """Everything that does not fit together."""
    yield from _repeated("account", ("accounts",), "rib", [a.rib for a in settings.accounts])
    yield from _repeated("card", ("cards",), "pan", [card.pan for card in settings.cards])
    yield from _repeated("creditor", ("creditors",), "id", [c.id for c in settings.creditors])
    yield from _cards(settings)
    kinds = {}
    for index, creditor in enumerate(settings.creditors):
        place = ("creditors", index, "kinds")
        yield from _repeated("kind", place, "kind", [kind.kind for kind in creditor.kinds])
        for number, kind in enumerate(creditor.kinds):
            kinds[creditor.id, kind.kind] = kind
            yield from _kind(kind, (*place, number))
    yield from _bills(settings, kinds)
    yield from _payment_codes(settings, kinds)


def _cards(settings: CoreSettings) -> Iterator[Misfit]:
    ribs = [account.rib for account in settings.accounts]
    for index, card in enumerate(settings.cards):
        if card.account not in ribs:
            where = ("cards", index, "account")
            yield Misfit("no account has this RIB", *where, near=card.account, candidates=ribs)


def _kind(kind: KindSettings, place: Where) -> Iterator[Misfit]:
    yield from _repeated("field", (*place, "form"), "name", [field.name for field in kind.form])
    fields = {field.name: field for field in kind.form if field.type != "label"}
    debts = kind.debts
    named: list[tuple[str, Where]] = []
    if isinstance(debts, ChosenAmount):
        named = [(debts.field, ("field",))]
    elif isinstance(debts, Tariff):
        named = [(debts.column, ("column",)), (debts.row, ("row",))]
        named += [(name, ("identity", index)) for index, name in enumerate(debts.identity)]
    for name, where in named:
        if name not in fields:
            yield Misfit(
                "the form has no such field", *place, "debts", *where, near=name, candidates=fields
            )
        elif not fields[name].required:
            yield Misfit("this needs a required field", *place, "debts", *where)
    if isinstance(debts, ChosenAmount) and debts.field in fields:
        field = fields[debts.field]
        if not field.values or not all(_whole_dirhams(value) for value in field.values):
            yield Misfit("the amount must be chosen among whole dirhams", *place, "debts", "field")
    if isinstance(debts, Tariff) and debts.row in fields and debts.column in fields:
        yield from _tariff(debts, kind, place)


def _tariff(tariff: Tariff, kind: KindSettings, place: Where) -> Iterator[Misfit]:
    fields = {field.name: field for field in kind.form}
    if fields[tariff.row].format != "integer":
        yield Misfit("a row is looked up by a field of format integer", *place, "debts", "row")
    values = fields[tariff.column].values
    for column in tariff.table:
        if column not in values:
            yield Misfit(
                "the field has no such value",
                *place,
                "debts",
                "table",
                column,
                on_key=True,
                near=column,
                candidates=values,
            )
    for value in values:
        if value not in tariff.table:
            yield Misfit(
                f"the table has no column '{value}'", *place, "debts", "table", on_key=True
            )


def _bills(settings: CoreSettings, kinds: dict[tuple[str, str], KindSettings]) -> Iterator[Misfit]:
    customers: set[tuple[str, str, str]] = set()
    names: set[tuple[str, str]] = set()
    for index, bill in enumerate(settings.bills):
        kind = kinds.get((bill.creditor, bill.kind))
        if kind is None:
            yield _no_such_kind(bill, kinds, index)
            continue
        if not isinstance(kind.debts, ListedBills):
            yield Misfit("the debts of this kind are not listed bills", "bills", index, "kind")
            continue
        yield from _bill_form(bill, kind, index)
        customer = (bill.creditor, bill.kind, canonical(identity_of(kind, bill.form)))
        if customer in customers:
            yield Misfit("this customer has its bills above", "bills", index, "form", on_key=True)
        customers.add(customer)
        for number, article in enumerate(bill.articles):
            if (bill.creditor, article.id) in names:
                yield Misfit(
                    "this creditor has an article with this id already",
                    "bills",
                    index,
                    "articles",
                    number,
                    "id",
                )
            names.add((bill.creditor, article.id))


def _payment_codes(
    settings: CoreSettings, kinds: dict[tuple[str, str], KindSettings]
) -> Iterator[Misfit]:
    """A code is given for bills of the seed that are owed."""
    owing = {
        (
            bill.creditor,
            bill.kind,
            canonical(identity_of(kinds[bill.creditor, bill.kind], bill.form)),
        )
        for bill in settings.bills
        if bill.articles and (bill.creditor, bill.kind) in kinds
    }
    for index, code in enumerate(settings.payment_codes):
        for number, debtor in enumerate(code.pays):
            place = ("payment_codes", index, "pays", number)
            kind = kinds.get((debtor.creditor, debtor.kind))
            if kind is None:
                yield Misfit("no creditor of these settings has this kind", *place, "kind")
            elif (
                debtor.creditor,
                debtor.kind,
                canonical(identity_of(kind, debtor.form)),
            ) not in owing:
                yield Misfit("no bill below `bills` is owed by this customer", *place, "form")


def _no_such_kind(
    bill: BillSettings, kinds: dict[tuple[str, str], KindSettings], index: int
) -> Misfit:
    known = {creditor for creditor, _ in kinds}
    if bill.creditor not in known:
        return Misfit(
            "no creditor has this id",
            "bills",
            index,
            "creditor",
            near=bill.creditor,
            candidates=sorted(known),
        )
    return Misfit(
        "this creditor has no such kind",
        "bills",
        index,
        "kind",
        near=bill.kind,
        candidates=sorted(kind for creditor, kind in kinds if creditor == bill.creditor),
    )


def _bill_form(bill: BillSettings, kind: KindSettings, index: int) -> Iterator[Misfit]:
    fields = {field.name: field for field in kind.form if field.type != "label"}
    for name, value in bill.form.items():
        if name not in fields:
            yield Misfit(
                "the form has no such field",
                "bills",
                index,
                "form",
                name,
                on_key=True,
                near=name,
                candidates=fields,
            )
        elif (problem := complaint(fields[name], value)) is not None:
            yield Misfit(problem, "bills", index, "form", name)
    for name, field in fields.items():
        if field.required and name not in bill.form:
            yield Misfit(f"the form needs '{name}'", "bills", index, "form", on_key=True)


def _whole_dirhams(value: str) -> bool:
    return value.isascii() and value.isdigit() and not value.startswith("0")


def _repeated(what: str, place: Where, name: str, values: Iterable[str]) -> Iterator[Misfit]:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Misfit(f"this {what} is there already", *place, index, name)
        seen.add(value)
