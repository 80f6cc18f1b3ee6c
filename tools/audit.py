"""Known vulnerabilities of every locked release, by pip-audit. Run by ``make audit``.

Exits with 1 if one is known, and with 0 and a message if the database cannot be reached.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass

LOCK = "requirements.lock"
#: What pip-audit's error output holds where the database does not answer.
_UNREACHABLE = (
    "ConnectionError",
    "Connection error",
    "ConnectTimeout",
    "Max retries",
    "Could not connect",
    "ServiceError",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of an audit: the exit code, and the lines to print."""

    status: int
    lines: tuple[str, ...]


def judge(output: str, errors: str) -> Verdict:
    """The verdict on the output of pip-audit: JSON, and its error output."""
    try:
        dependencies = json.loads(output)["dependencies"]
    except (json.JSONDecodeError, KeyError, TypeError):
        if any(sign in errors for sign in _UNREACHABLE):
            return Verdict(0, ("audit skipped: no database of vulnerabilities can be reached from here",))
        return Verdict(1, ("audit failed:", *errors.strip().splitlines()[-5:]))
    found = [
        f"{one['name']} {one['version']}: {known['id']}, fixed in {', '.join(known['fix_versions']) or 'no release'}"
        for one in dependencies
        for known in one.get("vulns", ())
    ]
    summary = f"{len(dependencies)} releases audited, {len(found)} known vulnerabilities"
    return Verdict(1 if found else 0, (*found, summary))


def main() -> int:
    """Audit the lock."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "15"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the lock's own tool
    verdict = judge(done.stdout, done.stderr)
    sys.stdout.write("\n".join(verdict.lines) + "\n")
    return verdict.status


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()  # --help must not start it
    sys.exit(main())
