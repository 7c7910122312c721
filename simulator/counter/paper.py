"""What a counter prints, in French, Arabic and English: receipts, and reports of batches.

Text is in logical order; printers that join and turn Arabic themselves are taken for granted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from simulator.counter.cash import Pieces, total_minor, words
from simulator.counter.till import Till
from simulator.terminal.result import OperationResult
from switch.runtime import CASABLANCA
from switch.settings import write_money

Language = Literal["fr", "ar", "en"]
Words = dict[str, str]


def _words(fr: str, ar: str, en: str) -> Words:
    return {"fr": fr, "ar": ar, "en": en}


LABELS: dict[str, Words] = {
    "counter": _words("Guichet", "الشباك", "Counter"),
    "teller": _words("Agent", "المستخدم", "Teller"),
    "number": _words("Opération no", "رقم العملية", "Transaction no"),
    "amount": _words("Montant", "المبلغ", "Amount"),
    "creditor": _words("Créancier", "الدائن", "Creditor"),
    "code": _words("Code de paiement", "رمز الأداء", "Payment code"),
    "reference": _words("Référence", "المرجع", "Reference"),
    "settlement": _words("Règlement", "مرجع الأداء", "Settlement"),
    "approval": _words("Autorisation", "الترخيص", "Authorisation"),
    "received": _words("Reçu", "المبلغ المستلم", "Received"),
    "change": _words("Rendu", "الباقي", "Change"),
    "paid_out": _words("Remis", "المبلغ المسلم", "Paid out"),
    "returned": _words("Restitué", "المبلغ المسترجع", "Returned"),
    "kept": _words("Consigné", "المبلغ المحجوز", "Kept apart"),
    "batch": _words("Journée de caisse", "حصة الصندوق", "Batch"),
    "opening": _words("Fonds initial", "الرصيد الافتتاحي", "Opening cash"),
    "moved": _words("Mouvements avec le coffre", "حركات الخزنة", "Moved with the vault"),
    "taken": _words("Opérations", "العمليات", "Operations"),
    "book": _words("Solde théorique", "الرصيد النظري", "Book"),
    "counted": _words("Compté", "المعدود", "Counted"),
    "missing": _words("Manquant", "عجز", "Missing"),
    "too_much": _words("Excédent", "فائض", "Too much"),
    "forced": _words("Forcé par", "بإذن من", "Forced by"),
    "phone": _words("Téléphone", "الهاتف", "Phone"),
}

OPERATIONS: dict[str, Words] = {
    "pay_bill": _words("Paiement de facture", "أداء فاتورة", "Bill payment"),
    "pay_code": _words("Paiement par code", "أداء بالرمز", "Payment by code"),
    "enquire_bill": _words("Consultation de facture", "استعلام عن فاتورة", "Bill enquiry"),
    "cash_in": _words("Versement", "إيداع نقدي", "Cash-in"),
    "cash_out": _words("Retrait au guichet", "سحب نقدي", "Cash-out"),
    "send_cash": _words("Envoi d'argent", "إرسال نقود", "Money sent"),
    "collect": _words("Retrait d'un envoi", "استلام حوالة", "Money collected"),
    "cancel": _words("Annulation", "إلغاء", "Cancellation"),
    "close_batch": _words("Arrêté de caisse", "إقفال الصندوق", "Batch closed"),
    "till_short": _words("Écart de caisse", "فرق الصندوق", "Difference of a till"),
    "till_over": _words("Écart de caisse", "فرق الصندوق", "Difference of a till"),
}

OUTCOMES: dict[str, Words] = {
    "approved": _words("Opération effectuée", "تمت العملية", "Done"),
    "declined": _words("Opération non effectuée", "لم تتم العملية", "Not done"),
    "in_doubt": _words(
        "EN DOUTE : aucune réponse, opération en cours d'annulation",
        "غير مؤكدة: لا جواب، الإلغاء جار",
        "IN DOUBT: no answer came, it is being cancelled",
    ),
}

RECOVERED: dict[str, Words] = {
    "over": _words(
        "L'opération n'a pas eu lieu : elle est annulée",
        "لم تتم العملية: تم إلغاؤها",
        "It did not take place: it is cancelled",
    ),
    "cancelled": _words("L'annulation a eu lieu", "تم الإلغاء", "The cancellation has taken place"),
    "owed": _words(
        "L'annulation n'est pas encore confirmée",
        "لم يتم تأكيد الإلغاء بعد",
        "The cancellation is not confirmed yet",
    ),
}

RECOVERY = _words("Reçu de régularisation", "وصل التسوية", "Recovery receipt")


class Printer:
    """Prints for one counter in one language."""

    def __init__(self, counter: str, language: Language) -> None:
        self._counter = counter
        self._language = language

    def receipt(
        self, result: OperationResult, teller: str, at: datetime, cash: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """One operation; `cash` is what changed hands, line by line."""
        creditor = f"{result.creditor}/{result.kind}" if result.creditor else ""
        done = result.words if result.outcome == "declined" else ""
        lines = [
            *self._head(teller, at),
            OPERATIONS[result.operation][self._language],
            self.labelled("creditor", creditor),
            self.labelled("amount", write_money(result.amount_minor)),
            *cash,
            OUTCOMES[result.outcome][self._language],
            done,
            self.labelled("reference", result.reference),
            self.labelled("settlement", result.settlement_reference),
            self.labelled("approval", result.approval_code),
            self.labelled("number", f"{result.stan} {result.rrn}".strip()),
        ]
        return tuple(line for line in lines if line)

    def recovery(
        self,
        teller: str,
        at: datetime,
        number: str,
        operation: str,
        amount_minor: int,
        became: str,
        returned: Pieces,
    ) -> tuple[str, ...]:
        """What became of a transaction in doubt: `over`, `cancelled` or `owed`."""
        lines = [
            RECOVERY[self._language],
            *self._head(teller, at),
            OPERATIONS[operation][self._language],
            self.labelled("amount", write_money(amount_minor)),
            RECOVERED[became][self._language],
            self.labelled("returned", words(returned)),
            self.labelled("number", number),
        ]
        return tuple(line for line in lines if line)

    def batch(
        self, till: Till, teller: str, at: datetime, counted: Pieces, forced_by: str
    ) -> tuple[str, ...]:
        """The report of a batch that is closed, or was counted and is not."""
        difference_minor = till.difference_minor + total_minor(counted) - till.total_minor
        label = "missing" if difference_minor < 0 else "too_much"
        difference = write_money(abs(difference_minor)) if difference_minor else ""
        book_minor = till.book_minor - till.difference_minor
        return tuple(
            line
            for line in (
                *self._head(teller, at),
                self.labelled("batch", str(till.batch)),
                self.labelled("opening", write_money(till.opening_minor)),
                self.labelled("moved", signed(till.moved_minor)),
                self.labelled("taken", signed(till.taken_minor)),
                self.labelled("book", write_money(book_minor)),
                self.labelled("counted", write_money(total_minor(counted))),
                words(counted),
                self.labelled(label, difference),
                self.labelled("forced", forced_by),
            )
            if line
        )

    def labelled(self, label: str, value: str) -> str:
        """A line, or none when there is nothing to say."""
        return f"{LABELS[label][self._language]} : {value}" if value else ""

    def pieces(self, label: str, pieces: Pieces) -> str:
        """What changed hands."""
        return self.labelled(label, words(pieces))

    def _head(self, teller: str, at: datetime) -> tuple[str, ...]:
        return (
            f"{LABELS['counter'][self._language]} {self._counter}",
            at.astimezone(CASABLANCA).strftime("%d/%m/%Y %H:%M:%S"),
            self.labelled("teller", teller),
        )


def signed(amount_minor: int) -> str:
    """An amount with its sign.

    >>> signed(-1250), signed(0)
    ('-12.50', '+0.00')
    """
    return f"{'-' if amount_minor < 0 else '+'}{write_money(abs(amount_minor))}"
