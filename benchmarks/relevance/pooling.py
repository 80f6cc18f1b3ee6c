"""``python -m benchmarks.relevance.pooling``: complete the judgements of the questions as TREC does.

1. ``pool`` writes what any contestant proposes, and what is judged already, in random order, without ranks, scores,
   grades, or the names of engines;
2. a judge reads each passage and writes its grade (0 to 3) by the guideline at the head of questions.toml: a line
   ``ID GRADE``, with the identifier of the passage; ``draw`` takes a part of the pool to judge a second time;
3. ``record`` makes of grades a table of judgements, ``agreement`` compares its two rounds, and ``merge`` shows what
   differs from questions.toml and writes it.

(Voorhees, Harman: *TREC: Experiment and Evaluation in Information Retrieval*, 2005, chapter 3.)
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import click

from benchmarks import BenchmarkError
from benchmarks.relevance.judgements import (
    Judgement,
    agreement_of,
    check_judgements,
    differences,
    read_judgements,
    with_grades,
    write_judgements,
)
from benchmarks.relevance.meaning import QUESTIONS_FILE, load_judged
from benchmarks.relevance.proposals import Target, open_proposals
from services.search.relevance.judged import JudgedQuery
from shared.content.article import Article

ROOT = Path(__file__).resolve().parents[2]
JUDGEMENTS_FILE = Path(__file__).parent / "judgements.tsv"
#: Characters of a passage that the judge sees.
SHOWN_CHARS = 1_200
#: The share of the pool that is judged twice.
SECOND_ROUND = 0.1


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage to judge for one question. ``id`` names both; ``path`` is the title and the headings above it."""

    id: str
    question: str
    slug: str
    anchor: str
    path: tuple[str, ...]
    text: str


def passages_of(
    queries: Iterable[JudgedQuery],
    articles: Sequence[Article],
    proposed: Callable[[str], Iterable[Target]],
    chars: int,
) -> Iterator[Passage]:
    """The pool: for each query the proposed sections and those that are judged, each once, in order of their names.

    Targets that are not a section of ``articles`` are left out: an article judged as a whole may have no text before
    its first heading. Texts are cut at ``chars``.
    """
    sections = {(one.slug, anchor): (path, text) for one in articles for anchor, path, text in _sections(one)}
    for query in queries:
        judged = {*query.sections, *((slug, "") for slug in query.articles)}
        for slug, anchor in sorted({*proposed(query.text), *judged} & sections.keys()):
            path, text = sections[slug, anchor]
            yield Passage(name_of(query.text, slug, anchor), query.text, slug, anchor, path, text[:chars])


def _sections(article: Article) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Anchor, path of headings and text of each section; the first has the summary in front."""
    above: list[tuple[int, str]] = []
    for number, section in enumerate(article.body.sections):
        above = [one for one in above if one[0] < section.level]
        if section.heading:
            above.append((section.level, section.heading))
        summary = [article.summary] if number == 0 and article.summary else []
        text = "\n".join([*summary, *(block.text for block in section.blocks)])
        yield section.anchor, (article.title, *(heading for _, heading in above)), text


def name_of(question: str, slug: str, anchor: str) -> str:
    """A name for one passage of one question that says nothing about it: 10 hexadecimal digits."""
    return blake2b(f"{question}\0{slug}\0{anchor}".encode(), digest_size=5).hexdigest()


def read_pool(path: Path) -> list[Passage]:
    """The passages of a file that ``pool`` or ``draw`` wrote. Raises BenchmarkError for any other file."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found.append(Passage(**{**row, "path": tuple(row["path"])}))
        except (ValueError, TypeError, LookupError) as error:
            raise BenchmarkError(f"{path}:{number}: no passage of a pool: `pool` or `draw` writes that file") from error
    return found


def write_pool(path: Path, passages: Iterable[Passage], seed: int) -> int:
    """Write ``passages`` in random order, as JSON Lines, and return their number."""
    shuffled = list(passages)
    random.Random(seed).shuffle(shuffled)
    lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in shuffled)
    path.write_text("".join(lines), encoding="utf-8")
    return len(shuffled)


def read_grades(path: Path, pool: Iterable[Passage]) -> dict[str, int]:
    """The grades that a judge wrote, by identifier. Raises BenchmarkError unless ``pool`` is graded, completely."""
    grades: dict[str, int] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        name, _, grade = line.partition(" ")
        if grade not in {"0", "1", "2", "3"} or name in grades:
            raise BenchmarkError(f"{path}:{number}: a line is an identifier, once, and a grade from 0 to 3: {line!r}")
        grades[name] = int(grade)
    if open_ones := {one.id for one in pool} ^ grades.keys():
        raise BenchmarkError(f"{path}: {len(open_ones)} passages lack a grade, or are not in the pool")
    return grades


def judgements_of(pool: Iterable[Passage], first: Mapping[str, int], second: Mapping[str, int]) -> list[Judgement]:
    """The judgements of ``pool`` in the order of the questions and names; ``second`` has some of them again."""
    found = [Judgement(one.question, one.slug, one.anchor, first[one.id], second.get(one.id)) for one in pool]
    return sorted(found, key=lambda one: (one.question, one.slug, one.anchor))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Complete the judgements of questions.toml: pool, judge blind, compare, merge."""


_OUT = click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
_SEED = click.option("--seed", type=int, default=1, show_default=True, help="Decides the order, and the draw.")
_CONTENT = click.option(
    "--content", type=click.Path(path_type=Path, file_okay=False), default=ROOT / "content", help="The site's content."
)
_QUESTIONS = click.option(
    "--questions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=QUESTIONS_FILE,
    help="The questions with their grades.",
)


@main.command("pool")
@_OUT
@_SEED
@_CONTENT
@_QUESTIONS
@click.option("--chars", type=int, default=SHOWN_CHARS, show_default=True, help="Characters of a passage.")
@click.option("--model", type=click.Path(path_type=Path), default=ROOT / ".perspective/model", help="The model.")
@click.option(
    "--vectors", type=click.Path(path_type=Path), default=ROOT / ".perspective/relevance", help="Where vectors are."
)
def make_pool(*, out: Path, seed: int, content: Path, questions: Path, chars: int, model: Path, vectors: Path) -> None:
    """Write the passages to judge, in random order."""
    collection, queries = load_judged(content, questions)
    with open_proposals(collection, model, vectors) as contestants:

        def proposed(text: str) -> Iterator[Target]:
            for propose in contestants.values():
                yield from propose(text)

        count = write_pool(out, passages_of(queries, collection.articles, proposed, chars), seed)
    click.echo(f"{count} passages of {len(queries)} questions, proposed by {', '.join(contestants)}")


@main.command("draw")
@click.argument("pool", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_OUT
@_SEED
@click.option("--share", type=float, default=SECOND_ROUND, show_default=True, help="The part to draw.")
def draw(*, pool: Path, out: Path, seed: int, share: float) -> None:
    """Draw a part of POOL at random, to judge it again."""
    passages = sorted(read_pool(pool), key=lambda one: one.id)
    drawn = random.Random(seed).sample(passages, round(share * len(passages)))
    click.echo(f"{write_pool(out, drawn, seed)} of {len(passages)} passages")


@main.command("record")
@click.argument("pool", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("grades", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--second",
    type=(click.Path(path_type=Path, exists=True), click.Path(path_type=Path, exists=True)),
    help="The drawn pool and its grades.",
)
@click.option("--out", type=click.Path(path_type=Path), default=JUDGEMENTS_FILE, help="The table of judgements.")
def record(*, pool: Path, grades: Path, second: tuple[Path, Path] | None, out: Path) -> None:
    """Make of the GRADES of POOL a table of judgements."""
    passages = read_pool(pool)
    again = read_grades(second[1], read_pool(second[0])) if second else {}
    write_judgements(out, judgements_of(passages, read_grades(grades, passages), again))


@main.command("agreement")
@click.argument("judgements", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=JUDGEMENTS_FILE)
def show_agreement(*, judgements: Path) -> None:
    """Compare the two rounds of JUDGEMENTS: the share of equal grades, and Cohen's kappa with linear weights."""
    one = agreement_of(read_judgements(judgements))
    click.echo(f"{one.count} judged twice: {one.equal:.1%} equal, weighted kappa {one.kappa:.2f}")
    for (first, second), count in sorted(one.pairs.items()):
        click.echo(f"  {first} then {second}: {count}")


@main.command("merge")
@click.argument("judgements", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=JUDGEMENTS_FILE)
@_CONTENT
@_QUESTIONS
@click.option("--write", is_flag=True, help="Write questions.toml; without it, only show what would change.")
def merge(*, judgements: Path, content: Path, questions: Path, write: bool) -> None:
    """Compare questions.toml with the final grades of JUDGEMENTS, and write them there."""
    collection, queries = load_judged(content, questions)
    rows = read_judgements(judgements)
    if problems := check_judgements(rows, queries, collection.articles):
        raise BenchmarkError("\n".join(problems))
    text = questions.read_text(encoding="utf-8")
    for one in differences(rows, text):
        click.echo(str(one))
    if write:
        questions.write_text(with_grades(text, rows), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        sys.exit(f"Error: {error}")
