"""The online payment core: an HTTP service over a double-entry ledger, every operation once."""

from simulator.payment_core.api import BeforeAnswer, Exchange
from simulator.payment_core.checks import load_core_settings
from simulator.payment_core.service import PaymentCore
from simulator.payment_core.settings import CoreSettings

__all__ = ["BeforeAnswer", "CoreSettings", "Exchange", "PaymentCore", "load_core_settings"]
