"""Look for known vulnerabilities in the packages of constraints.txt, with pip-audit.

    python .ci/audit.py

A known vulnerability that is not in `.ci/accepted-vulnerabilities` fails, by its name. Where the
service of advisories cannot be reached, or does not know a package, that is said and passes: a
network that is away is no fault of what is to be tested.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE.parent / "constraints.txt"
ACCEPTED = HERE / "accepted-vulnerabilities"
LIMIT_S = 300


class AcceptedError(Exception):
    """The list of what is accepted cannot be read."""


def read_accepted(text: str) -> dict[str, str]:
    """Names of accepted vulnerabilities with their reasons: `NAME reason` a line, `#` comments."""
    accepted = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, reason = line.strip().partition(" ")
        if not reason.strip():
            raise AcceptedError(f"{ACCEPTED.name}:{number}: {name} is accepted without a reason")
        accepted[name] = reason.strip()
    return accepted


def judge(report: Mapping[str, Any], accepted: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Whether a report of pip-audit passes, and what is to be said of it."""
    passes, said, found = True, [], set()
    packages = report["dependencies"]
    for package in packages:
        for flaw in package.get("vulns", ()):
            names = [flaw["id"], *flaw.get("aliases", ())]
            found.update(names)
            known = next((name for name in names if name in accepted), None)
            what = f"{package['name']} {package['version']}: {', '.join(names)}"
            if known is not None:
                said.append(f"accepted: {what} ({accepted[known]})")
                continue
            passes = False
            fixed = ", ".join(flaw.get("fix_versions", ())) or "no version"
            said.append(f"VULNERABLE: {what}, mended in {fixed}")
    skipped = [package for package in packages if package.get("skip_reason")]
    if skipped:
        said.append(
            f"not audited: {len(skipped)} of {len(packages)} packages, for which no advisories "
            f"were given, such as {skipped[0]['name']} ({skipped[0]['skip_reason'].strip()})"
        )
    said += [
        f"accepted and not found any more: {name}; take it out of .ci/{ACCEPTED.name}"
        for name in accepted
        if name not in found and not skipped
    ]
    looked_at = len(packages) - len(skipped)
    if looked_at:
        said.append(f"{looked_at} packages looked at: {'passed' if passes else 'FAILED'}")
    return passes, said


def main() -> int:
    """The exit code: 1 for a vulnerability that is not accepted, 2 for a list that is none."""
    try:
        accepted = read_accepted(ACCEPTED.read_text(encoding="utf-8"))
    except AcceptedError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    asked = [sys.executable, "-m", "pip_audit", "--requirement", str(CONSTRAINTS), "--no-deps"]
    asked += ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        sys.stdout.write(f"dependencies not audited: no answer within {LIMIT_S} s\n")
        return 0
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        sys.stdout.write(f"dependencies not audited: {last[:300]}\n")
        return 0
    passes, said = judge(report, accepted)
    sys.stdout.write("\n".join(said) + "\n")
    return 0 if passes else 1


if __name__ == "__main__":
    sys.exit(main())
