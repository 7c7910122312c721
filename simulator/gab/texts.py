"""What a GAB says, in French, Arabic and English: screens, and the words of receipts.

Texts are in logical order, as they are read; `simulator.gab.arabic` shapes them for a device that
cannot.
"""

from __future__ import annotations

from typing import Literal

from simulator.gab.states import State

Language = Literal["fr", "ar", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "ar", "en")

Words = dict[Language, str]


def _words(fr: str, ar: str, en: str) -> Words:
    return {"fr": fr, "ar": ar, "en": en}


SCREENS: dict[State, Words] = {
    State.IDLE: _words("Introduisez votre carte", "أدخلوا بطاقتكم", "Insert your card"),
    State.CARD_IN: _words("Lecture de la carte", "جاري قراءة البطاقة", "Reading your card"),
    State.PIN_ENTRY: _words("Composez votre code secret", "أدخلوا رقمكم السري", "Enter your PIN"),
    State.PIN_AGAIN: _words(
        "Code erroné. Recomposez votre code secret",
        "الرقم السري خاطئ، أعيدوا إدخاله",
        "Wrong PIN. Enter it again",
    ),
    State.MENU: _words("Choisissez une opération", "اختاروا عملية", "Choose an operation"),
    State.AMOUNT: _words("Choisissez le montant", "اختاروا المبلغ", "Choose the amount"),
    State.COUNTING: _words(
        "Introduisez vos billets", "أدخلوا أوراقكم النقدية", "Insert your notes"
    ),
    State.BILL_FORM: _words("Saisissez vos références", "أدخلوا مراجعكم", "Enter your references"),
    State.NEW_PIN: _words(
        "Composez votre nouveau code, deux fois",
        "أدخلوا رقمكم السري الجديد مرتين",
        "Enter your new PIN, twice",
    ),
    State.CONFIRM: _words("Confirmez-vous ?", "هل تؤكدون؟", "Do you confirm?"),
    State.WAITING: _words(
        "Opération en cours, veuillez patienter",
        "العملية جارية، المرجو الانتظار",
        "Please wait",
    ),
    State.STACKING: _words(
        "Préparation de vos billets", "جاري تحضير أوراقكم النقدية", "Preparing your notes"
    ),
    State.CARD_FIRST: _words(
        "Reprenez votre carte, vos billets suivent",
        "استرجعوا بطاقتكم، تليها أوراقكم النقدية",
        "Take your card, your cash follows",
    ),
    State.PRESENTED: _words("Prenez vos billets", "خذوا أوراقكم النقدية", "Take your cash"),
    State.TAKEN: _words("Merci", "شكرا", "Thank you"),
    State.RETRACTED: _words(
        "Vos billets ont été repris", "تم سحب الأوراق النقدية", "Your cash was taken back"
    ),
    State.RECEIPT: _words("Prenez votre reçu", "خذوا الوصل", "Take your receipt"),
    State.ENDING: _words("Merci de votre visite", "شكرا على زيارتكم", "Thank you for your visit"),
    State.CARD_OFFERED: _words("Reprenez votre carte", "استرجعوا بطاقتكم", "Take your card"),
    State.CARD_RETURNED: _words("Au revoir", "إلى اللقاء", "Goodbye"),
    State.CARD_CAPTURED: _words(
        "Votre carte est retenue, contactez votre agence",
        "تم حجز بطاقتكم، اتصلوا بوكالتكم",
        "Your card was kept, please contact your bank",
    ),
    State.SUPERVISOR: _words("Maintenance en cours", "صيانة جارية", "Under maintenance"),
    State.OUT_OF_SERVICE: _words("Hors service", "خارج الخدمة", "Out of service"),
}
"""One for each state."""

NO_RECEIPT = _words("Reçu indisponible", "الوصل غير متوفر", "No receipt can be printed")

LABELS: dict[str, Words] = {
    "gab": _words("Guichet automatique", "شباك أوتوماتيكي", "Cash machine"),
    "card": _words("Carte", "البطاقة", "Card"),
    "amount": _words("Montant", "المبلغ", "Amount"),
    "notes": _words("Billets", "الأوراق النقدية", "Notes"),
    "available": _words("Solde disponible", "الرصيد المتاح", "Available balance"),
    "ledger": _words("Solde comptable", "الرصيد المحاسبي", "Ledger balance"),
    "creditor": _words("Créancier", "الدائن", "Creditor"),
    "reference": _words("Référence", "المرجع", "Reference"),
    "settlement": _words("Règlement", "مرجع الأداء", "Settlement"),
    "approval": _words("Autorisation", "الترخيص", "Authorisation"),
    "number": _words("Opération no", "رقم العملية", "Transaction no"),
    "captured": _words("Carte retenue", "البطاقة محتجزة", "Card kept"),
}

OPERATIONS: dict[str, Words] = {
    "withdraw": _words("Retrait", "سحب", "Withdrawal"),
    "balance": _words("Solde", "الرصيد", "Balance"),
    "mini_statement": _words("Mini-relevé", "كشف مصغر", "Mini statement"),
    "transfer": _words("Virement", "تحويل", "Transfer"),
    "deposit": _words("Versement", "إيداع", "Deposit"),
    "enquire_bill": _words("Consultation de facture", "استعلام عن فاتورة", "Bill enquiry"),
    "pay_bill": _words("Paiement de facture", "أداء فاتورة", "Bill payment"),
    "change_pin": _words("Changement de code", "تغيير الرقم السري", "PIN change"),
    "send_cash": _words("Envoi d'argent", "إرسال نقود", "Money sent"),
    "collect": _words("Retrait sans carte", "سحب بدون بطاقة", "Cash without a card"),
    "pay_code": _words("Paiement par code", "أداء بالرمز", "Payment by code"),
    "top_up": _words("Recharge mobile", "تعبئة الهاتف", "Mobile top-up"),
}

OUTCOMES: dict[str, Words] = {
    "approved": _words("Opération effectuée", "تمت العملية", "Done"),
    "declined": _words("Opération non effectuée", "لم تتم العملية", "Not done"),
    "in_doubt": _words(
        "Issue inconnue, annulation en cours",
        "نتيجة غير معروفة، الإلغاء جار",
        "Outcome unknown, being cancelled",
    ),
}

REASONS: dict[str, Words] = {
    "13": _words("Montant invalide", "مبلغ غير صالح", "Invalid amount"),
    "14": _words("Carte invalide", "بطاقة غير صالحة", "Invalid card"),
    "41": _words("Carte perdue", "بطاقة ضائعة", "Lost card"),
    "43": _words("Carte volée", "بطاقة مسروقة", "Stolen card"),
    "51": _words("Solde insuffisant", "رصيد غير كاف", "Insufficient funds"),
    "54": _words("Carte expirée", "بطاقة منتهية الصلاحية", "Expired card"),
    "55": _words("Code secret erroné", "رقم سري خاطئ", "Wrong PIN"),
    "57": _words("Opération non permise", "عملية غير مسموح بها", "Not permitted"),
    "25": _words("Code inconnu", "رمز غير معروف", "Unknown code"),
    "61": _words("Plafond dépassé", "تم تجاوز السقف", "Over the limit"),
    "65": _words("Nombre de retraits dépassé", "تم تجاوز عدد السحوبات", "Too many withdrawals"),
    "75": _words("Essais de code épuisés", "استنفدت محاولات الرقم", "Too many PIN tries"),
    "91": _words("Banque indisponible", "البنك غير متوفر", "Bank unavailable"),
    "94": _words("Opération déjà traitée", "عملية معالجة سابقا", "Done already"),
}
"""Of the answers (DE39) that a customer is told about."""
