"""Images of a release, for amd64 and arm64, as OCI archives in ``dist/``. Run by ``make release``.

Docker with buildx builds them, or Podman. An architecture other than this machine's is built where the kernel emulates
it; where it does not, or no engine runs, one line says what is left out and how to add it.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVICES = ("render", "search")
PLATFORMS = ("linux/amd64", "linux/arm64")
#: What Python calls a machine, and what an engine calls its platform.
MACHINES = {"x86_64": "linux/amd64", "amd64": "linux/amd64", "aarch64": "linux/arm64", "arm64": "linux/arm64"}
#: What the kernel runs programs of the other platform with.
EMULATORS = {"linux/amd64": "qemu-x86_64", "linux/arm64": "qemu-aarch64"}
ADD_EMULATION = "docker run --privileged --rm tonistiigi/binfmt --install all, or apt-get install qemu-user-static"


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that builds images: ``docker`` (buildx) or ``podman``, and its platforms."""

    name: str
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """The inputs of the images. ``base`` is the base image with its digest, or its tag if none is known."""

    version: str
    revision: str
    base: str

    def tag(self, service: str) -> str:
        """The name of an image."""
        return f"perspective-{service}:{self.version}"

    def archive(self, service: str) -> str:
        """The file of an image."""
        return f"dist/perspective-{service}-{self.version}.oci.tar"


def commands(engine: Engine, release: Release, service: str) -> Iterator[tuple[str, ...]]:
    """The commands that build one image for every platform, and write it as one archive."""
    labels = {"version": release.version, "revision": release.revision, "base.name": release.base}
    options = [part for key, value in labels.items() for part in ("--label", f"org.opencontainers.image.{key}={value}")]
    options += ["--build-arg", f"BASE={release.base}", "--target", service, "--platform", ",".join(engine.platforms)]
    if engine.name == "docker":
        # The provenance and the bill of materials travel inside of the image, where registries and scanners look.
        output = f"type=oci,dest={release.archive(service)}"
        attested = ("--provenance=mode=max", "--sbom=true")
        yield ("docker", "buildx", "build", *options, *attested, "--tag", release.tag(service), "--output", output, ".")
        return
    tag = release.tag(service)
    yield ("podman", "build", *options, "--manifest", tag, ".")
    yield ("podman", "manifest", "push", "--all", tag, f"oci-archive:{release.archive(service)}")


def base_of(dockerfile: str) -> str:
    """The base image that ``dockerfile`` names by default. Raises ValueError if it names none."""
    match = re.search(r"^ARG BASE=(\S+)$", dockerfile, re.MULTILINE)
    if match is None:
        raise ValueError("Dockerfile: there is no line ARG BASE=image:tag")
    return match[1]


def left_out(engine: Engine | None) -> Iterator[str]:
    """The images that will not be built here, with advice."""
    if engine is None:
        yield "images are left out: neither Docker with buildx nor Podman runs here"
        return
    for one in PLATFORMS:
        if one not in engine.platforms:
            yield f"images for {one} are left out: this kernel does not emulate it ({ADD_EMULATION})"


def find_engine() -> Engine | None:
    """Docker with buildx if it runs, else Podman, else None."""
    inspected = _output("docker", "buildx", "inspect", "--bootstrap") if shutil.which("docker") else None
    if inspected is not None:
        known = re.search(r"^Platforms:\s*(.*)$", inspected, re.MULTILINE)
        named = {one.strip().rstrip("*") for one in known[1].split(",")} if known else set()
        return Engine("docker", tuple(one for one in PLATFORMS if one in named))
    if shutil.which("podman") and _output("podman", "info") is not None:
        return Engine("podman", emulated(platform.machine(), Path("/proc/sys/fs/binfmt_misc")))
    return None


def emulated(machine: str, handlers: Path) -> tuple[str, ...]:
    """The platforms whose programs run on ``machine``, whose kernel has these ``handlers`` of foreign programs."""
    own = MACHINES.get(machine.lower(), f"linux/{machine}")
    return tuple(one for one in PLATFORMS if one == own or (handlers / EMULATORS[one]).exists())


def pin(base: str, engine: Engine) -> str:
    """``base`` with the digest that its tag has now, so that a release can be built again from the same bytes."""
    if engine.name == "docker":
        found = _output("docker", "buildx", "imagetools", "inspect", base, "--format", "{{json .Manifest.Digest}}")
        digest = json.loads(found) if found else ""
    else:
        found = _output("skopeo", "inspect", "--format", "{{.Digest}}", f"docker://docker.io/library/{base}")
        digest = (found or "").strip()
    return f"{base}@{digest}" if digest else base


def build_images(version: str, revision: str) -> Sequence[str]:
    """Build the images that can be built here; return the archives. Raises CalledProcessError."""
    engine = find_engine()
    for line in left_out(engine):
        sys.stderr.write(f"{line}\n")
    if engine is None:
        return ()
    base = base_of(Path("Dockerfile").read_text("utf-8"))
    release = Release(version, revision, pin(base, engine))
    if "@" not in release.base:
        sys.stderr.write(f"the base {base} has no digest here: its registry cannot be asked, so its tag is used\n")
    written = []
    for service in SERVICES:
        archive = Path(release.archive(service))
        archive.unlink(missing_ok=True)
        if engine.name == "podman":  # a list that an earlier run left behind would grow
            _output("podman", "manifest", "rm", release.tag(service))
        for command in commands(engine, release, service):
            subprocess.run(command, check=True)  # noqa: S603 - fixed commands
        written.append(str(archive))
    return written


def _output(*command: str) -> str | None:
    """The standard output of a command; None if it is missing or fails."""
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)  # noqa: S603 - fixed commands
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
