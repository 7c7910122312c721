"""What the security module costs: operations a CPU-second, against psec in the same run.

    .venv/bin/python -m benchmarks.crypto        (or: python benchmarks/crypto.py)

psec computes the same values from clear keys with a fresh context each time; the module is asked
through its whole interface, with its checks of usage. Exit code 1 when a floor is missed.
"""

from __future__ import annotations

import sys

# This folder holds a switch.py, which must not hide the package.
sys.path.pop(0)

import time
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from psec import des, mac, pinblock
from twisted.internet.defer import Deferred

from switch.keys import Algorithm, EncryptedPin, PinFormat, Purpose, Pvv, SoftwareModule
from switch.runtime import SystemEntropy

T = TypeVar("T")
PAN = "9504010000000019"
FLOORS = {"translate PIN, format 0": 40_000, "X9.19 MAC, 200 bytes": 40_000}
ROUND_S = 1.0
ROUNDS = 3

KEY_IN = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
KEY_OUT = bytes.fromhex("89E88CF7931444F334BD7547FC3F380C")
MAC_KEY = bytes.fromhex("5DB50B454F8389ADCE573BE50861F2BF")
MESSAGE = bytes(range(200))


def now(deferred: Deferred[T]) -> T:
    """The result of a Deferred that has fired."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    result: T = results[0]
    return result


def rate(work: Callable[[], object]) -> float:
    """Operations a CPU-second, the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        count, start = 0, time.process_time()
        while (spent := time.process_time() - start) < ROUND_S / ROUNDS:
            for _ in range(200):
                work()
            count += 200
        best = max(best, count / spent)
    return best


def module() -> SoftwareModule:
    """A module with the keys of the benchmark, formed of components."""
    made = SoftwareModule(SystemEntropy())

    def form(name: str, purpose: Purpose, key: bytes) -> None:
        now(made.form_key(name, purpose, Algorithm.TDES2, [key, bytes(16)]))

    form("in", Purpose.PIN, KEY_IN)
    form("out", Purpose.PIN, KEY_OUT)
    form("mac", Purpose.RETAIL_MAC, MAC_KEY)
    form("pvk", Purpose.PVV, KEY_IN)
    form("dukpt", Purpose.DUKPT_BASE, KEY_IN)
    now(made.generate_key("aes", Purpose.PIN, Algorithm.AES256))
    return made


def main() -> int:
    """Measure, print, and say whether the floors hold."""
    warnings.simplefilter("ignore")
    held = module()
    block = des.encrypt_tdes_ecb(KEY_IN, pinblock.encode_pinblock_iso_0("1234", PAN))
    pin = EncryptedPin(PinFormat.ISO0, "in", block)
    ksn = bytes.fromhex("FFFF9876543210E00001")
    of_pad = EncryptedPin(PinFormat.ISO0, "dukpt", bytes.fromhex("1B9C1845EB993A7A"), ksn)

    def psec_translate() -> bytes:
        clear = pinblock.decode_pinblock_iso_0(des.decrypt_tdes_ecb(KEY_IN, block), PAN)
        return des.encrypt_tdes_ecb(KEY_OUT, pinblock.encode_pinblock_iso_0(clear, PAN))

    def psec_mac() -> bytes:
        return mac.generate_retail_mac(MAC_KEY[:8], MAC_KEY[8:], MESSAGE, 1)

    assert now(held.translate_pin(pin, PAN, "out", PinFormat.ISO0)) == psec_translate()
    assert now(held.generate_mac("mac", MESSAGE)) == psec_mac()
    rows: list[tuple[str, Callable[[], object], Callable[[], object] | None]] = [
        (
            "translate PIN, format 0",
            lambda: held.translate_pin(pin, PAN, "out", PinFormat.ISO0),
            psec_translate,
        ),
        ("X9.19 MAC, 200 bytes", lambda: held.generate_mac("mac", MESSAGE), psec_mac),
        (
            "translate PIN, 0 to 4 (AES)",
            lambda: held.translate_pin(pin, PAN, "aes", PinFormat.ISO4),
            None,
        ),
        ("verify PIN, PVV", lambda: held.verify_pin(pin, PAN, Pvv("pvk"), "0000"), None),
        (
            "translate PIN, DUKPT to zone",
            lambda: held.translate_pin(of_pad, "4012345678909", "out", PinFormat.ISO0),
            None,
        ),
    ]
    missed = False
    print(f"{'operations a CPU-second':<30} {'module':>9} {'psec':>9} {'ratio':>6}")
    for name, ours, theirs in rows:
        mine, other = rate(ours), rate(theirs) if theirs is not None else None
        compared = f"{other:>9,.0f} {mine / other:>6.1f}" if other else ""
        floor = FLOORS.get(name, 0)
        verdict = f"  below {floor:,}" if mine < floor else ""
        missed = missed or mine < floor
        print(f"{name:<30} {mine:>9,.0f} {compared}{verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
