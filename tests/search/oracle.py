"""A plain scorer that is easy to verify: postings read by Whoosh, in dictionaries, every document scored in full.

It shares the plan (the alternatives of each word) and the constants with the engine, and none of the code that executes
it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

from services.search import schema
from services.search.arrays.matching.evidence import MAX_DEVIATION
from services.search.arrays.matching.matching import K1
from services.search.arrays.matching.ranking import HEADING_SHARE, PROXIMITY_SHARE, QUESTION_PROXIMITY_SHARE
from services.search.arrays.matching.scores import COVERAGE_SHARE, IDF_EXPONENT, K3, PIECE_SHARE
from services.search.arrays.matching.titles import OTHER_FORM, PIECES, STOP_SHARE, TITLE_SHARE
from services.search.arrays.segment.generation import RECENCY_HALF_LIFE_S, RECENCY_SHARE
from services.search.indexing.documents import make_document
from services.search.indexing.stored import exact_key
from services.search.text.stemming import is_code_word, number_forms, stem
from services.search.text.term_table import TermTable
from services.search.understanding import plan
from services.search.understanding.plan import QUESTION_WORDS
from shared.content.article import Article

Places = dict[tuple[str, str], dict[str, list[int]]]


class Oracle:
    """``postings[field, term][slug]`` are positions; ``articles`` are the live ones."""

    def __init__(self, reader: Any, articles: list[Article], window_size: int) -> None:
        self.window_size = window_size
        self.articles = {article.slug: article for article in articles}
        numbers = {number: reader.stored_fields(number)["slug"] for number in reader.all_doc_ids()}
        self.postings: Places = defaultdict(dict)
        #: Every term, including those of deleted documents.
        self.vocabulary = {text.decode() for field, text in reader.all_terms() if field in schema.FIELD_NUMBER}
        for field, text in (term for term in reader.all_terms() if term[0] in schema.FIELD_NUMBER):
            matcher = reader.postings(field, text)
            while matcher.is_active():
                self.postings[field, text.decode()][numbers[matcher.id()]] = matcher.value_as("positions")
                matcher.next()
        # Whoosh keeps lengths as one byte, which is exact up to a hundred or so.
        self.lengths: dict[str, dict[str, int]] = {
            slug: dict(zip(schema.FIELD_NUMBER, make_document(self.articles[slug], TermTable()).lengths, strict=True))
            for slug in numbers.values()
        }
        self.averages: dict[str, float] = {}
        for f in schema.FIELDS:
            filled = [lengths[f.name] for lengths in self.lengths.values() if lengths[f.name]]
            self.averages[f.name] = sum(filled) / max(len(filled), 1)
        self.heading_positions: dict[str, set[int]] = defaultdict(set)
        for (field, _), documents in self.postings.items():
            if field == "headings":
                for slug, positions in documents.items():
                    self.heading_positions[slug].update(positions)
        self.terms = sorted({term for _, term in self.postings})
        self.by_stem: dict[str, list[str]] = defaultdict(list)
        for term in self.terms:
            if not is_code_word(term):
                self.by_stem[stem(term)].append(term)
        dates = [a.published.timestamp() for a in articles if a.published]
        newest = max(dates, default=0.0)
        self.prior = {
            a.slug: 1.0 + RECENCY_SHARE * 2.0 ** (-(newest - a.published.timestamp()) / RECENCY_HALF_LIFE_S)
            for a in articles
            if a.published
        }

    # -- one group ---------------------------------------------------------------------------------------------------

    def terms_of(self, terms: plan.Terms, *, is_group: bool = False) -> list[tuple[str, float, bool]]:
        """(term, weight, only prose) that ``terms`` stands for, as a group or a word of a sequence."""
        found = [(terms.surface, terms.weight, False)]
        if terms.stem is not None:
            same = [t for t in self.by_stem[terms.stem] if t != terms.surface]
            found += [(term, terms.weight * plan.INFLECTION, True) for term in same]
            if is_group and terms.surface not in self.vocabulary:
                forms = [term for term in same if term in number_forms(terms.surface)]
                found += [(term, terms.weight * plan.INFLECTION, False) for term in forms]
        if terms.is_prefix:
            longer = [t for t in self.terms if t != terms.surface and t.startswith(terms.surface)]
            found += [(term, terms.weight * plan.PREFIX, False) for term in longer]
        return found

    def occurrences(self, alternatives: tuple[plan.Alternative, ...]) -> list[tuple[str, str, int, float]]:
        """(slug, field, position, weight) of all occurrences of a group.

        Each term is counted once, in each field for its heaviest alternative.
        """
        heaviest: dict[tuple[str, str], float] = defaultdict(float)
        found: list[tuple[str, str, int, float]] = []
        for alternative in alternatives:
            if not isinstance(alternative, plan.Terms):
                found += self.sequence(alternative)
                continue
            for term, weight, only_prose in self.terms_of(alternative, is_group=True):
                for field in schema.FIELD_NUMBER:
                    if alternative.field in {None, field} and not (only_prose and field == "code"):
                        heaviest[term, field] = max(heaviest[term, field], weight)
        terms = {term for term, _ in heaviest}
        found += [
            (slug, field, position, heaviest[term, field])
            for term in terms
            for slug, field, position in self.places(term)
            if heaviest.get((term, field))
        ]
        return found

    def evidence(self, group: plan.Group) -> list[tuple[str, str, int, float]]:
        """The documents of a group, including inflections in code for a single word."""
        (first, *others) = group.alternatives
        if others or not isinstance(first, plan.Terms) or first.is_prefix or first.field is not None:
            return self.occurrences(group.alternatives)
        return [(*place, 1.0) for term, *_ in self.terms_of(first) for place in self.places(term)]

    def places(self, term: str) -> list[tuple[str, str, int]]:
        """(slug, field, position) of a term."""
        return [
            (slug, f.name, position)
            for f in schema.FIELDS
            for slug, positions in self.postings.get((f.name, term), {}).items()
            for position in positions
        ]

    def sequence(self, sequence: plan.Sequence) -> list[tuple[str, str, int, float]]:
        """The positions of a sequence: each is that of its first term."""
        steps = []
        for offset, alternatives in sequence.steps:
            here = {
                (slug, position - offset): field
                for one in reversed(alternatives)
                for term, _, only_prose in self.terms_of(one)
                for slug, field, position in self.places(term)
                if not (only_prose and field == "code")
            }
            steps.append(here)
        _, *others = steps
        # Several terms at one position may match (a whole and a part of it): each counts.
        offset, alternatives = sequence.steps[0]
        starts = [
            (slug, field, position)
            for term in {t: p for one in reversed(alternatives) for t, _, p in self.terms_of(one)}.items()
            for slug, field, position in self.places(term[0])
            if not (term[1] and field == "code")
        ]
        return [
            (slug, field, position, sequence.weight)
            for slug, field, position in starts
            if all((slug, position - offset) in other for other in others)
            and (sequence.field is None or field == sequence.field)
        ]

    def norm(self, slug: str, field: str) -> float:
        """Weight / (1 - b + b · length / average)."""
        f = schema.FIELDS[schema.FIELD_NUMBER[field]]
        return float(f.weight) / (1.0 - f.b + f.b * self.lengths[slug][field] / (self.averages[field] or 1.0))

    # -- the whole query ---------------------------------------------------------------------------------------------

    def search(
        self,
        built: plan.Plan,
        text: str,
        beginning: plan.Sequence | None = None,
        pasted: plan.Sequence | None = None,
    ) -> list[tuple[str, float]]:
        """(slug, score) of every hit, best first. A title that starts with ``beginning``, or ``pasted``, is boosted."""
        begun = {slug for slug, _, position, _ in self.sequence(beginning) if not position} if beginning else set()
        verbatim = {slug for slug, *_ in self.sequence(pasted)} if pasted else set()
        groups = [group for group in built.groups if not group.is_optional]
        found = [self.occurrences(group.alternatives) for group in groups]
        excluded = {slug for group in built.excluded for slug, *_ in self.occurrences(group.alternatives)}
        frequencies = [self.frequency(group.alternatives) for group in groups]
        pieces = [[self.frequency((terms,)) for terms in group.pieces] for group in groups]
        wholes = [self.frequency(group.whole.alternatives) if group.whole else {} for group in groups]
        base = {slug: self.base(slug, groups, frequencies, pieces, wholes) for slug in self.articles}
        required = [f for f, group in zip(frequencies, groups, strict=True) if group.is_required]
        allowed = {slug for slug in self.articles if all(slug in f for f in required)} - excluded
        matching = [*frequencies, *(piece for own in pieces for piece in own)]
        hits = {slug for slug in allowed if any(slug in f for f in matching) or self.exact(slug, text)}
        best = max((base[slug] for slug in hits), default=0.0)
        evidence = [self.evidence(group) for group in groups]
        titles = self.titles(groups, [group for group in built.groups if group.is_optional])
        apart = {
            slug: base[slug] * (1.0 + titles.get(slug, 0.0) + self.in_headings(slug, groups, evidence))
            + (best or 1.0) * max(self.exact(slug, text), 3.95 * (slug in begun), 0.6 * (slug in verbatim))
            for slug in hits
        }
        window = [slug for slug, _ in self.in_order(apart)][: self.window_size]
        close = {slug: base[slug] * self.proximity(slug, groups, found, evidence) for slug in window}
        return self.in_order({slug: score + close.get(slug, 0.0) for slug, score in apart.items()})

    def frequency(self, alternatives: tuple[plan.Alternative, ...]) -> dict[str, float]:
        """The weighted frequency of each article that matches."""
        sums: dict[str, float] = defaultdict(float)
        for slug, field, _, weight in self.occurrences(alternatives):
            sums[slug] += weight * self.norm(slug, field)
        return dict(sums)

    def titles(self, groups: list[plan.Group], stop_words: list[plan.Group]) -> dict[str, float]:
        """The title bonus, as a share."""
        named: dict[str, float] = defaultdict(float)
        matched: dict[str, float] = defaultdict(float)
        total = 0.0
        for group in groups:
            own = self.in_title(group.alternatives)
            total += self.rarity(own)
            for slug, share in own.items():
                named[slug] += self.rarity(own) * share
                matched[slug] += 1.0
            words = [self.in_title((terms,)) for terms in group.pieces]
            for slug in {slug for word in words for slug in word} - set(own):
                share = sum(self.rarity(word) for word in words if slug in word) / sum(map(self.rarity, words))
                named[slug] += self.rarity(own) * PIECES * share
                matched[slug] += PIECES * sum(slug in word for word in words)
        if not any(matched.values()):
            return {}
        for group in stop_words:
            own = self.in_title(group.alternatives)
            total += STOP_SHARE * self.rarity(own)
            for slug, share in own.items():
                named[slug] += STOP_SHARE * self.rarity(own) * share
                matched[slug] += 1.0
        return {
            slug: TITLE_SHARE
            * (named[slug] / total) ** 2
            * (0.5 + 0.5 * min(1.0, count / max(self.lengths[slug]["title"], 1)))
            for slug, count in matched.items()
        }

    def in_title(self, alternatives: tuple[plan.Alternative, ...]) -> dict[str, float]:
        """The live articles with it in their title: 1 as typed, less for other forms."""
        found: dict[str, float] = {}
        for slug, field, _, weight in self.occurrences(alternatives):
            if field == "title" and slug in self.articles:
                found[slug] = max(found.get(slug, 0.0), 1.0 if weight >= 1.0 else OTHER_FORM)
        return found

    def rarity(self, titles: dict[str, float]) -> float:
        """The rarity of a group with these titles."""
        return math.log1p((len(self.articles) - len(titles) + 0.5) / (len(titles) + 0.5))

    def in_order(self, scores: dict[str, float]) -> list[tuple[str, float]]:
        """Best first; ties newest first, then by slug."""
        return sorted(scores.items(), key=lambda hit: (-round(hit[1], 9), -self.date(hit[0]), hit[0]))

    def base(
        self,
        slug: str,
        groups: list[plan.Group],
        frequencies: list[dict[str, float]],
        pieces: list[list[dict[str, float]]],
        wholes: list[dict[str, float]],
    ) -> float:
        """BM25F and the pieces of compounds, times coverage times recency."""
        total = of_all = of_own = 0.0
        for group, frequency, own, whole in zip(groups, frequencies, pieces, wholes, strict=True):
            word = max(self.bm25(slug, frequency), self.bm25(slug, whole) if slug in frequency else 0.0)
            total += group.times * (K3 + 1.0) / (K3 + group.times) * word
            total += PIECE_SHARE * sum(self.bm25(slug, piece) for piece in own)
            of_all += self.idf(frequency)
            of_own += self.idf(frequency) * (slug in frequency)
        coverage = 1.0 - COVERAGE_SHARE + COVERAGE_SHARE * of_own / of_all if len(groups) > 1 else 1.0
        return float(total * coverage * self.prior.get(slug, 1.0))

    def bm25(self, slug: str, frequency: dict[str, float]) -> float:
        """One word by itself."""
        f = frequency.get(slug, 0.0)
        return self.idf(frequency) * f * (K1 + 1.0) / (K1 + f)

    def idf(self, frequency: dict[str, float]) -> float:
        """How rare a word is."""
        df = len(frequency)
        return float(math.log(1.0 + (len(self.articles) - df + 0.5) / (df + 0.5)) ** IDF_EXPONENT)

    def proximity(
        self,
        slug: str,
        groups: list[plan.Group],
        found: list[list[tuple[str, str, int, float]]],
        evidence: list[list[tuple[str, str, int, float]]],
    ) -> float:
        """The proximity bonus, as a share."""
        if len(groups) < 2:
            return 0.0
        own = [[position for s, _, position, _ in places if s == slug] for places in evidence]
        total = weights = 0.0
        for number, (left, right) in enumerate(pairwise(groups)):
            df = max(len({s for s, *_ in found[number]}), len({s for s, *_ in found[number + 1]}))
            weight = 1.0 / (1.0 + math.log1p(df))
            weights += weight
            distance = right.position - left.position
            misses = [abs(b - a - distance) for a in own[number] for b in own[number + 1]]
            if misses and min(misses) < MAX_DEVIATION:
                total += weight / (1.0 + min(misses))
        share = QUESTION_PROXIMITY_SHARE if len(groups) > QUESTION_WORDS else PROXIMITY_SHARE
        return share * total / weights

    def in_headings(
        self, slug: str, groups: list[plan.Group], evidence: list[list[tuple[str, str, int, float]]]
    ) -> float:
        """The bonus for all words in one heading, as a share."""
        if len(groups) < 2:
            return 0.0
        own = [[(field, position) for s, field, position, _ in places if s == slug] for places in evidence]
        in_headings = [{self.heading_of(slug, p) for field, p in places if field == "headings"} for places in own]
        return HEADING_SHARE if set.intersection(*in_headings) else 0.0

    def heading_of(self, slug: str, position: int) -> int:
        """Names the heading at ``position``: the first position of the unbroken run of heading terms around it."""
        positions = self.heading_positions[slug]
        while position - 1 in positions:
            position -= 1
        return position

    def exact(self, slug: str, text: str) -> float:
        """The boost of an exact match, in multiples of the best score."""
        article, key = self.articles[slug], exact_key(text)
        if exact_key(article.title) == key:
            return 4.2
        if exact_key(slug.replace("-", " ")) == key:
            return 3.7
        return 3.2 * (
            key
            in {exact_key(s.heading) for s in article.body.sections if s.heading} | set(map(exact_key, article.tags))
        )

    def date(self, slug: str) -> float:
        """Seconds, for ties."""
        published = self.articles[slug].published
        return published.timestamp() if published else -math.inf
