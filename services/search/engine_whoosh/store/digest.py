"""The digest that names how articles become postings: a changed schema or analysis is another index."""

from __future__ import annotations

import hashlib
import inspect
from types import ModuleType

from services.search import schema
from services.search.engine_whoosh.segment import document_arrays, flat, pack, phrases
from services.search.engine_whoosh.store import strings
from services.search.indexing import documents
from services.search.text import compounds as analysis_compounds
from services.search.text import folding as analysis_folding
from services.search.text import stemming as analysis_stemming
from services.search.text import term_table as analysis_terms
from services.search.text import tokens as analysis

_MODULES: tuple[ModuleType, ...] = (
    analysis,
    analysis_compounds,
    analysis_folding,
    analysis_stemming,
    analysis_terms,
    documents,
    document_arrays,
    flat,
    pack,
    phrases,
    schema,
    strings,
)


def index_digest() -> str:
    """Names how articles become postings, by the source of every module with a part in it: 16 hexadecimal digits."""
    sources = (inspect.getsource(module) for module in _MODULES)
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()[:16]
