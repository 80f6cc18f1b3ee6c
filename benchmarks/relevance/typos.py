"""``python -m benchmarks.relevance.typos``: the accuracy of corrections, for typos and for real words.

Typos: one edit of words that stand in titles, and of words that stand in the text three times and more; all four
operations, the first letter included. Other forms: the same of words that the other corpus has three times and more and
this one in another form alone. Real words: words that the other corpus has as often and this one lacks. All are drawn
by a digest, so every run draws the same. Nothing was tuned on them, but the rank of another form on half of its typos.
"""

from __future__ import annotations

import hashlib
import random
import re
import string
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
class Corrected:
    """The outcomes for ``count`` typos, as shares.

    Replaced rightly, right at first sight (replaced or offered first), right among the three offered, replaced wrongly.
    """

    count: int
    replaced: float
    first: float
    among: float
    wrong: float

    def __str__(self) -> str:
        shares = f"replaced {self.replaced:.1%}, right at first {self.first:.1%}, among those offered {self.among:.1%}"
        return f"{self.count}: {shares}, replaced wrongly {self.wrong:.1%}"


@dataclass(frozen=True, slots=True)
class Figures:
    """Typos of words of a corpus, and of words that it has in other forms alone; and real words that it lacks.

    ``replaced`` is the share of the ``real`` words that was replaced.
    """

    typos: Corrected
    forms: Corrected
    real: int
    replaced: float


def typos(articles: Sequence[Article], engine: WhooshEngine, least: int) -> list[tuple[str, str]]:
    """``(typed, meant)``: half from titles, half from texts, of words with ``least`` letters and more."""
    titles = {word.lower() for article in articles for word in _WORD.findall(article.title)}
    bodies = words_of(articles)
    found: list[tuple[str, str]] = []
    for words in (titles, bodies - titles):
        own = [
            (typed, word)
            for word in sorted(words - STOP_WORDS, key=digest_of)
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
    rng = random.Random(digest_of(word))  # drawn, not secret
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


def forms(articles: Sequence[Article], engine: WhooshEngine, words: Iterable[str], least: int) -> list[tuple[str, str]]:
    """``(typed, meant)``, of ``words`` with ``least`` letters and more that ``articles`` have in other forms alone."""
    own = {word.lower() for article in articles for text in texts_of(article) for word in re.findall("[A-Za-z]+", text)}
    found = [
        (typed, word)
        for word in sorted(set(words) - own - STOP_WORDS, key=digest_of)
        if len(word) >= least and has(engine, word) and not has(engine, typed := one_edit(word))
    ]
    return found[:DRAWN]


def texts_of(article: Article) -> Iterator[str]:
    """All texts of ``article`` that a search reads."""
    yield from (article.title, article.summary, *article.tags)
    for section in article.body.sections:
        yield from (section.heading, *(block.text for block in section.blocks))


def measure(articles: Sequence[Article], words: Iterable[str], least: int) -> Figures:
    """The figures of one corpus; ``words`` are those of another."""
    words = sorted(words, key=digest_of)
    with tempfile.TemporaryDirectory(prefix="perspective-typos-") as folder:
        store = WhooshIndexStore(Path(folder))
        store.sync(articles)
        engine = store.open()
        lacked = [word for word in words if len(word) >= least and not has(engine, word)][:DRAWN]
        real = sum(engine.search(SearchQuery(word, size=1)).correction is not None for word in lacked)
        figures = Figures(
            corrected(engine, typos(articles, engine, least)),
            corrected(engine, forms(articles, engine, words, least)),
            len(lacked),
            real / max(len(lacked), 1),
        )
        store.close()
    return figures


def corrected(engine: WhooshEngine, drawn: Sequence[tuple[str, str]]) -> Corrected:
    """Correct the typos ``drawn``: ``(typed, meant)``."""
    replaced = first = among = wrong = 0
    for typed, meant in drawn:
        results = engine.search(SearchQuery(typed, size=1))
        text = results.correction.text if results.correction else None
        right = [is_right(offer, meant) for offer in (text, *results.offers) if offer is not None]
        replaced += text is not None and right[0]
        wrong += text is not None and not right[0]
        first += any(right[:1])
        among += any(right[:4])
    count = max(len(drawn), 1)
    return Corrected(len(drawn), replaced / count, first / count, among / count, wrong / count)


def is_right(offer: str, meant: str) -> bool:
    """Whether ``offer`` is ``meant`` or another form of it."""
    return stem(offer) == stem(meant)


def digest_of(word: str) -> int:
    """A number that puts words in an arbitrary order, the same in every run."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--least", type=int, default=5, show_default=True, help="Letters of a word, at least.")
def main(*, least: int) -> None:
    """Measure on the site and on the small corpus."""
    corpora = {"site": tuple(load_now(ROOT / "content").require().articles), "blog": load_corpus("small").articles}
    for name, articles in corpora.items():
        (other,) = (words_of(other) for other_name, other in corpora.items() if other_name != name)
        one = measure(articles, other, least)
        click.echo(f"{name}, typos {one.typos}")
        click.echo(f"{name}, typos of other forms {one.forms}")
        click.echo(f"{name}, real words {one.real}: replaced {one.replaced:.1%}")


if __name__ == "__main__":
    main()
