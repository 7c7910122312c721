"""What the audit of dependencies says, and when it fails."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "audit.py"


@pytest.fixture(scope="module")
def audit():
    spec = importlib.util.spec_from_file_location("guichet_audit", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*packages):
    return {"dependencies": list(packages)}


FLAW = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"]}
BAD = {"name": "leftpad", "version": "1.0", "vulns": [FLAW]}
GOOD = {"name": "rightpad", "version": "1.0", "vulns": []}
UNKNOWN = {"name": "midpad", "skip_reason": "not found"}


def test_a_known_vulnerability_fails_with_its_name(audit):
    passes, said = audit.judge(report(GOOD, BAD), {})
    assert not passes
    assert said[0] == "VULNERABLE: leftpad 1.0: PYSEC-2026-1, CVE-2026-1, mended in 2.0"


def test_one_that_is_accepted_by_any_of_its_names_passes_with_the_reason(audit):
    passes, said = audit.judge(report(BAD), {"CVE-2026-1": "we never pad"})
    assert passes
    assert said[0] == "accepted: leftpad 1.0: PYSEC-2026-1, CVE-2026-1 (we never pad)"


def test_what_could_not_be_looked_at_is_said_and_passes(audit):
    passes, said = audit.judge(report(GOOD, UNKNOWN), {"CVE-2026-1": "we never pad"})
    assert passes
    assert said == [
        "not audited: 1 of 2 packages, for which no advisories were given, such as midpad "
        "(not found)",
        "1 packages looked at: passed",
    ]


def test_what_is_accepted_for_nothing_is_said(audit):
    passes, said = audit.judge(report(GOOD), {"CVE-2026-1": "we never pad"})
    assert (passes, said[0][:43]) == (True, "accepted and not found any more: CVE-2026-1")


def test_nothing_is_accepted_without_a_reason(audit):
    assert audit.read_accepted("# why\n\nCVE-1 it is of Windows\n") == {"CVE-1": "it is of Windows"}
    with pytest.raises(audit.AcceptedError, match=":2: CVE-2 is accepted without a reason"):
        audit.read_accepted("CVE-1 reason\nCVE-2\n")


def test_the_list_in_the_repository_can_be_read(audit):
    audit.read_accepted(audit.ACCEPTED.read_text())
