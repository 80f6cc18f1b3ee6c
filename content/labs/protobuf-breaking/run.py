"""Nine changes of one Protobuf file, and which of them `buf breaking` refuses, by category."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CATEGORIES = ("FILE", "WIRE_JSON", "WIRE")
BASE = """syntax = "proto3";
package his.appointments.v1;

message Appointment {
  string id = 1;
  string ward = 2;
  int32 status = 3;
  string nurse = 4;
  string doctor = 5;
  Kind kind = 6;
}

enum Kind {
  KIND_UNSPECIFIED = 0;
  KIND_VISIT = 1;
}
"""
#: What is replaced in the file above, by what.
CHANGES = {
    "add a field with a new number": ("  Kind kind = 6;", "  Kind kind = 6;\n  int32 minutes = 7;"),
    "delete a field, number and name reserved": ("  string ward = 2;", '  reserved 2;\n  reserved "ward";'),
    "delete a field, nothing reserved": ("  string ward = 2;\n", ""),
    "rename a field": ("string ward", "string room"),
    "reuse a number": ("string ward = 2;", "int32 reminders = 2;"),
    "int32 to int64": ("int32 status", "int64 status"),
    "int32 to sint32": ("int32 status", "sint32 status"),
    "add an enum value": ("KIND_VISIT = 1;", "KIND_VISIT = 1;\n  KIND_PHONE = 2;"),
    "put two fields into a oneof": (
        "  string nurse = 4;\n  string doctor = 5;",
        "  oneof who {\n    string nurse = 4;\n    string doctor = 5;\n  }",
    ),
}


def write(folder: Path, category: str, text: str) -> None:
    """One module of one file."""
    (folder / "his").mkdir(parents=True, exist_ok=True)
    (folder / "buf.yaml").write_text(f"version: v2\nbreaking:\n  use:\n    - {category}\n")
    (folder / "his" / "appointments.proto").write_text(text)


def passes(buf: str, folder: Path, category: str, change: tuple[str, str]) -> bool:
    """Whether buf lets the change pass. It exits with 100 for a breaking change; anything else is an error."""
    write(folder / "old", category, BASE)
    write(folder / "new", category, BASE.replace(*change))
    ended = subprocess.run(
        [buf, "breaking", "new", "--against", "old"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(folder)},
    )
    if ended.returncode not in {0, 100}:
        raise SystemExit(f"buf failed: {ended.stderr}")
    return ended.returncode == 0


def main() -> int:
    """Print the table; 3 where buf is not installed."""
    buf = shutil.which("buf")
    if buf is None:
        print("buf is not installed: go install github.com/bufbuild/buf/cmd/buf@v1.50.0", file=sys.stderr)
        return 3
    version = subprocess.run([buf, "--version"], capture_output=True, text=True, check=True)
    print("buf", version.stdout.strip())
    print(f"{'':42}" + "".join(f"{category:>11}" for category in CATEGORIES))
    with tempfile.TemporaryDirectory() as folder:
        for name, change in CHANGES.items():
            verdicts = (
                "passes" if passes(buf, Path(folder), category, change) else "refused" for category in CATEGORIES
            )
            print(f"{name:42}" + "".join(f"{verdict:>11}" for verdict in verdicts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
