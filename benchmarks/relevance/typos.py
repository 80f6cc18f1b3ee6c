"""``python -m benchmarks.relevance.typos``: how honest corrections are, on typos and on real words that a corpus lacks.

Typos: one edit of words that stand in titles, and of words that stand in the text three times and more; all four
operations, the first letter included. Real words: words that the other corpus has three times and more and this one
lacks. Both are drawn by a digest, so every run draws the same; nothing was tuned on them.
"""

from __future__ import annotations

import hashlib
import random
import re
import string
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.corpus import load_corpus
from services.search.engine_whoosh.engine import WhooshEngine
from services.search.engine_whoosh.store.store import WhooshIndexStore
from services.search.text.stemming import STOP_WORDS, stem
from shared.content.article import Article
from shared.content.folder.loader import load_now
from shared.search.contract import SearchQuery

ROOT = Path(__file__).resolve().parents[2]
#: Typos, and real words, that are drawn from each corpus.
DRAWN = 500
_WORD = re.compile(r"[A-Za-z][a-z]{3,}")
_MIN_TIMES = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of typos and of real words that were replaced or offered.

    Of the typos: replaced rightly, right at first sight (replaced or offered first), right among the three offered,
    replaced wrongly. Of the real words: replaced.
    """

    replaced: float
    first: float
    among: float
    wrong: float
    real: float
    typos: int
    words: int


def typos(articles: Sequence[Article], engine: WhooshEngine, least: int) -> list[tuple[str, str]]:
    """``(typed, meant)``: half from titles, half from texts, of words with ``least`` letters and more."""
    titles = {word.lower() for article in articles for word in _WORD.findall(article.title)}
    bodies = words_of(articles)
    found: list[tuple[str, str]] = []
    for words in (titles, bodies - titles):
        own = [
            (typed, word)
            for word in sorted(words - STOP_WORDS, key=_digest)
            if len(word) >= least and not has(engine, typed := one_edit(word))
        ]
        found += own[: DRAWN // 2]
    return found


def words_of(articles: Sequence[Article]) -> set[str]:
    """The words that stand in the prose of ``articles`` three times and more."""
    counts = Counter(
        word.lower()
        for article in articles
        for section in article.body.sections
        for block in section.blocks
        if block.kind == "prose"
        for word in _WORD.findall(block.text)
    )
    return {word for word, count in counts.items() if count >= _MIN_TIMES}


def one_edit(word: str) -> str:
    """``word`` with one edit, chosen by its digest."""
    rng = random.Random(_digest(word))  # drawn, not secret
    at, letter = rng.randrange(len(word)), rng.choice(string.ascii_lowercase)
    edits = (
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[: max(at - 1, 0)] + word[at] + word[max(at - 1, 0) : at] + word[at + 1 :],
    )
    return rng.choice([edit for edit in edits if edit != word] or [word + letter])


def has(engine: WhooshEngine, word: str) -> bool:
    """Whether the corpus has ``word`` as it is, or a word with its stem."""
    return engine.search(SearchQuery(word, exact=True, size=1)).total > 0


def measure(articles: Sequence[Article], words: Iterable[str], least: int) -> Figures:
    """The figures of one corpus."""
    with tempfile.TemporaryDirectory(prefix="perspective-typos-") as folder:
        store = WhooshIndexStore(Path(folder))
        store.sync(articles)
        engine = store.open()
        drawn = typos(articles, engine, least)
        replaced = first = among = wrong = 0
        for typed, meant in drawn:
            results = engine.search(SearchQuery(typed, size=1))
            text = results.correction.text if results.correction else None
            right = [is_right(offer, meant) for offer in (text, *results.offers) if offer is not None]
            replaced += text is not None and right[0]
            wrong += text is not None and not right[0]
            first += any(right[:1])
            among += any(right[:4])
        lacked = [word for word in sorted(words, key=_digest) if len(word) >= least and not has(engine, word)][:DRAWN]
        real = sum(engine.search(SearchQuery(word, size=1)).correction is not None for word in lacked)
        store.close()
    count = max(len(drawn), 1)
    shares = (replaced / count, first / count, among / count, wrong / count, real / max(len(lacked), 1))
    return Figures(*shares, typos=len(drawn), words=len(lacked))


def is_right(offer: str, meant: str) -> bool:
    """Whether ``offer`` is ``meant`` or another form of it."""
    return stem(offer) == stem(meant)


def _digest(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--least", type=int, default=5, show_default=True, help="Letters of a word, at least.")
def main(*, least: int) -> None:
    """Measure on the site and on the small corpus."""
    corpora = {"site": tuple(load_now(ROOT / "content").require().articles), "blog": load_corpus("small").articles}
    for name, articles in corpora.items():
        (other,) = (words_of(other) for other_name, other in corpora.items() if other_name != name)
        one = measure(articles, other, least)
        click.echo(
            f"{name}: {one.typos} typos: replaced {one.replaced:.1%}, right at first {one.first:.1%}, "
            f"among those offered {one.among:.1%}, replaced wrongly {one.wrong:.1%}; "
            f"{one.words} real words: replaced {one.real:.1%}"
        )


if __name__ == "__main__":
    main()
