"""A seed that does not fit together is refused, with the place of everything that is wrong."""

import pytest

from simulator.payment_core.checks import checked, misfits
from simulator.payment_core.settings import CoreSettings, rib_key
from switch.settings import SettingsError, parse_located

HEAD = """\
accounts:
  - rib: "999780000000000000100112"
    holder: amina
cards:
  - pan: "9504010000000019"
    account: "999780000000000000100112"
    expiry: "4912"
creditors:
  - id: "1001"
    name: {fr: a, ar: a, en: a}
    kinds:
      - kind: "01"
        label: {fr: a, ar: a, en: a}
        form:
          - name: contract
            label: {fr: a, ar: a, en: a}
            format: integer
            min_length: 8
            max_length: 8
        debts: {source: bills}
      - kind: "02"
        label: {fr: a, ar: a, en: a}
        form:
          - name: power
            label: {fr: a, ar: a, en: a}
            format: integer
          - name: fuel
            label: {fr: a, ar: a, en: a}
            type: select
            values: [petrol, diesel]
        debts:
          source: tariff
          identity: [power]
          column: fuel
          row: power
          description: Tax
          table:
            petrol: [{up_to: 7, price: 1.00}, {price: 2.00}]
            diesel: [{price: 3.00}]
"""


def complaints(text):
    with pytest.raises(SettingsError) as caught:
        checked(parse_located(text, "seed.yaml", CoreSettings))
    return str(caught.value)


def test_the_seed_of_the_local_network_fits_together(settings):
    assert list(misfits(settings)) == []


def test_the_head_of_these_tests_fits_together():
    assert checked(parse_located(HEAD, "seed.yaml", CoreSettings)).cards[0].expiry == "4912"


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        (
            'rib: "999780000000000000100112"',
            'rib: "999780000000000000100113"',
            "seed.yaml:2:10:",
            "it ends in 13, not in 12",
        ),
        (
            'account: "999780000000000000100112"',
            'account: "999780000000000000100209"',
            "seed.yaml:6:14:",
            "no account has this RIB, did you mean '999780000000000000100112'?",
        ),
        ('expiry: "4912"', 'expiry: "4913"', "seed.yaml:7:13:", "there is no month 13"),
        ("column: fuel", "column: fule", "seed.yaml:34:19:", "did you mean 'fuel'?"),
        ("identity: [power]", "identity: [plate]", "seed.yaml:33:22:", "no such field"),
        ("row: power", "row: fuel", "seed.yaml:35:16:", "format integer"),
        ("diesel: [{", "electric: [{", "seed.yaml:39:13:", "the field has no such value"),
        ("diesel: [{", "electric: [{", "seed.yaml:37:11:", "no column 'diesel'"),
        ("{price: 2.00}", "{up_to: 9, price: 2.00}", "seed.yaml:38:21:", "without up_to"),
        (
            "up_to: 7, price: 1.00}",
            "up_to: 7, price: 1.00}, {up_to: 7, price: 4.00}",
            ":38:",
            "rise",
        ),
        ("min_length: 8", "min_length: 9", "seed.yaml:18:25:", "more than max_length"),
        ("            values: [petrol, diesel]\n", "", "seed.yaml:29:19:", "needs its values"),
        (
            "format: integer\n          - name: fuel",
            "format: integer\n            required: false\n          - name: fuel",
            "seed.yaml:34:22:",
            "needs a required field",
        ),
        (
            "debts: {source: bills}",
            "debts: {source: amount, field: contract, description: x}",
            "seed.yaml:20:40:",
            "chosen among whole dirhams",
        ),
        ("type: select", "type: text", "seed.yaml:30:13:", "has no values"),
    ],
)
def test_a_mistake_is_shown_at_its_place(old, new, place, message):
    assert old in HEAD
    found = complaints(HEAD.replace(old, new, 1))
    assert place in found
    assert message in found


BILL = """\
bills:
  - creditor: "1001"
    kind: "01"
    form: {contract: "00123456"}
    articles:
      - {id: A1, description: x, date: "2026-10-31", price: 1.00}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('creditor: "1001"', 'creditor: "1002"', "no creditor has this id"),
        ('kind: "01"', 'kind: "07"', "this creditor has no such kind"),
        ('kind: "01"', 'kind: "02"', "are not listed bills"),
        ('"00123456"', '"0012345"', "expected 8 characters"),
        ("contract:", "contrat:", "did you mean 'contract'?"),
        ("2026-10-31", "2026-02-30", "the calendar has"),
        ("2026-10-31", "31/10/2026", "a date such as 2026-10-31"),
        ("price: 1.00", "price: 0", "price"),
        ("id: A1", "id: A|1", "letters, digits"),
    ],
)
def test_a_bill_must_be_one_of_its_creditor(old, new, message):
    assert message in complaints(HEAD + BILL.replace(old, new, 1))


def test_a_customer_and_an_article_come_once():
    second = BILL.replace("bills:\n", "")
    found = complaints(HEAD + BILL + second)
    assert "this customer has its bills above" in found
    assert "has an article with this id already" in found


@pytest.mark.parametrize(
    ("what", "entry"),
    [
        ("account", '  - {rib: "999780000000000000100112", holder: x}\n'),
        (
            "card",
            '  - {pan: "9504010000000019", account: "999780000000000000100112", expiry: "4912"}\n',
        ),
    ],
)
def test_what_must_be_unique_is_told_when_it_is_not(what, entry):
    text = HEAD.replace(f"{what}s:\n", f"{what}s:\n{entry}", 1)
    assert f"this {what} is there already" in complaints(text)


def test_a_complaint_shows_no_pan():
    text = HEAD.replace('pan: "9504010000000019"', 'pan: "9504010000000018"')
    assert "9504010000000018" not in complaints(text)


def test_everything_wrong_is_told_at_once():
    text = HEAD.replace("column: fuel", "column: fule").replace(
        'account: "999780000000000000100112"', 'account: "999780000000000000100209"'
    )
    found = complaints(text)
    assert "no account has this RIB" in found
    assert "did you mean 'fuel'?" in found


def test_the_key_of_a_rib_makes_it_divisible_by_97():
    rib = "0115190000012050005349"
    assert rib_key(rib) == "21"
    assert int(rib + rib_key(rib)) % 97 == 0
