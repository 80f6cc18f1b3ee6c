"""All articles as columns, for filters, counts, orders and scores in a browser. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from services.render.site.scope import Scope
from services.search import schema
from services.search.indexing.documents import IndexDocument
from services.search.text.languages import language_of
from services.search.text.stemming import STOP_WORDS, stem
from services.search.text.synonyms import Synonyms
from services.search.text.words.names import names
from services.search.understanding.repairs import MAX_UNLISTED
from shared.content.slug import tag_url
from shared.search.attributes import ATTRIBUTES, ORDERS, Attribute, sort_key_of, values_in

#: Tags offered on a page without results.
_COMMON_TAGS = 8


def document_table(scope: Scope, documents: Sequence[IndexDocument]) -> dict[str, Any]:
    """The columns of ``documents``, in their order, and the tables of filters and orders."""
    return {
        "lengths": [length for document in documents for length in document.lengths],
        "fields": [[field.name, field.weight, field.b] for field in schema.FIELDS],
        "attributes": [_column(scope, attribute, documents) for attribute in ATTRIBUTES],
        "orders": [
            [name, scope.words.gettext(order.label), attribute.name if attribute else "", order.is_descending]
            for name, (order, attribute) in ORDERS.items()
        ],
        "tags": [[tag, scope.mount + tag_url(tag)] for tag in list(scope.view.tag_counts)[:_COMMON_TAGS]],
        "stopWords": " ".join(sorted(STOP_WORDS)),
        "mayReplace": _may_replace(scope, documents),
    }


def _may_replace(scope: Scope, documents: Sequence[IndexDocument]) -> bool:
    """Whether typos are corrected and not only offered: nearly all articles are in a language with a word list."""
    tags = (document.article.language or scope.view.site.language for document in documents)
    return sum(language_of(tag) is not None for tag in tags) < MAX_UNLISTED * max(1, len(documents))


def _column(scope: Scope, attribute: Attribute, documents: Sequence[IndexDocument]) -> dict[str, Any]:
    """One attribute: its values with labels, the numbers of these for each document, and its sort keys."""
    of = [list(values_in(attribute, document.article)) for document in documents]
    values = sorted({(value, label) for own in of for value, label in own}, key=lambda pair: (str(pair[0]), pair[1]))
    number_of = {value: number for number, value in enumerate(values)}
    return {
        "name": attribute.name,
        "parameter": attribute.parameter,
        "heading": scope.words.gettext(attribute.heading),
        "isMany": attribute.is_many,
        "isName": attribute.kind == "keyword",
        "values": values,
        "documents": [[number_of[value, label] for value, label in own] for own in of],
        "moments": None
        if attribute.kind == "keyword"
        else [sort_key_of(attribute, document.article) for document in documents],
    }


def synonym_rows(synonyms: Synonyms, group_of: dict[str, int]) -> list[list[Any]]:
    """Each term with its synonyms: a word as the number of its group, or its stem if no article has it."""
    return [
        [[group_of.get(stem, stem) for stem in key], [list(words) for words in equals]]
        for key, equals in synonyms.alternatives.items()
    ]


def name_rows(group_of: Container[str]) -> dict[str, list[list[str]]]:
    """Each spelling of a name, with its other spellings of which the site has all words; ``group_of`` has those."""
    found = {
        " ".join(one): [
            list(other) for other in others if all(word in group_of or stem(word) in group_of for word in other)
        ]
        for one, others in names().items()
    }
    return {one: others for one, others in found.items() if others}
