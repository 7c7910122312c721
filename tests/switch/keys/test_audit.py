from __future__ import annotations

from typing import Any

import structlog
from structlog.testing import LogCapture

from switch.keys import AuditRecord, Purpose, SoftwareModule, log_audit
from switch.runtime import Random, SeededEntropy


def heard(record: AuditRecord) -> dict[str, Any]:
    capture = LogCapture()
    log: Any = structlog.wrap_logger(None, processors=[capture])
    log_audit(log)(record)
    (entry,) = capture.entries
    return dict(entry)


def test_what_was_done_is_logged() -> None:
    entry = heard(AuditRecord("generate-key", ("zpk", "zmk"), "done"))
    assert (entry["log_level"], entry["keys"], entry["outcome"]) == ("info", "zpk, zmk", "done")


def test_a_refusal_is_a_warning_with_its_reason() -> None:
    entry = heard(AuditRecord("generate-mac", ("pin",), "wrong-usage", "it cannot make MACs"))
    assert (entry["log_level"], entry["reason"]) == ("warning", "it cannot make MACs")


def test_a_card_number_in_the_place_of_a_name_is_masked(trail: list[AuditRecord]) -> None:
    module = SoftwareModule(SeededEntropy(Random(1)), audit=trail.append)
    results: list[Any] = []
    module.generate_mac("9504010000000019", b"").addBoth(results.append)
    module.generate_key("9504010000000019", Purpose.PIN).addBoth(results.append)
    assert [record.keys for record in trail] == [("'950401******0019'",)] * 2
    assert not any("9504010000000019" in repr(one) for one in trail)
