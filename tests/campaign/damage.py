"""What happens to files, and to the articles of a site while services read them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SITE_TOML = 'title = "Campaign"\nbase_url = "https://blog.example.org"\n'
WORDS = "outbox relay quorum tail latency broker index commit replica token certificate queue lease ledger".split()


def flip(path: Path, rng: random.Random) -> None:
    """Flip one bit, in place: a process that has mapped the file sees it."""
    with path.open("r+b") as file:
        place = rng.randrange(path.stat().st_size)
        file.seek(place)
        byte = file.read(1)[0] ^ (1 << rng.randrange(8))
        file.seek(place)
        file.write(bytes([byte]))


def cut(path: Path) -> None:
    """Lose the second half of a file."""
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    """Lose all of a file but its name."""
    os.truncate(path, 0)


def garble(path: Path) -> None:
    """Exchange a file for something else of its size."""
    path.write_bytes(os.urandom(path.stat().st_size))


def make_folder(path: Path) -> None:
    """Put a folder where the file was."""
    path.unlink()
    (path / "inner").mkdir(parents=True)


DAMAGES: tuple[Callable[[Path], object], ...] = (cut, empty, garble, make_folder, Path.unlink)


@dataclass(slots=True)
class Editor:
    """Writes, rewrites and deletes articles, and remembers the title that each has now."""

    content: Path
    rng: random.Random
    titles: dict[str, str] = field(default_factory=dict)
    edits: int = 0

    def begin(self, articles: int) -> None:
        """Make the site with its first articles."""
        (self.content / "articles").mkdir(parents=True, exist_ok=True)
        (self.content / "site.toml").write_text(SITE_TOML)
        for number in range(articles):
            self.write(f"article-{number}")

    def write(self, slug: str) -> None:
        """Save the next version of an article, as editors do: a new file that takes the place of the old one."""
        self.edits += 1
        title = f"{slug} version {self.edits}"
        words = " ".join(self.rng.choices(WORDS, k=60))
        text = (
            f"---\ntitle: {title}\nsummary: About {slug}.\npublished: 2025-01-01\ntags: [{self.rng.choice(WORDS)}]\n"
            f"---\n\n{words}\n\n## Part {self.edits}\n\n{words[::-1]}\n"
        )
        new = self.content / "articles" / f".{slug}.new"
        new.write_text(text)
        new.replace(self.content / "articles" / f"{slug}.md")
        self.titles[slug] = title

    def delete(self, slug: str) -> None:
        """Remove an article."""
        (self.content / "articles" / f"{slug}.md").unlink()
        del self.titles[slug]

    def edit(self) -> None:
        """One edit: mostly a new version, at times a new article or one that goes."""
        what = self.rng.random()
        if what < 0.1 and len(self.titles) > 10:
            self.delete(self.rng.choice(sorted(self.titles)))
        elif what < 0.25:
            self.write(f"article-new-{self.edits}")
        else:
            self.write(self.rng.choice(sorted(self.titles)))
