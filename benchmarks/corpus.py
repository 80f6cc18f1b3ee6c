"""The corpora: unpacked, parsed once by the project's own loader, and kept in a cache directory.

Parsing is not what is measured, and it takes a minute for the large corpus.
"""

from __future__ import annotations

import errno
import hashlib
import inspect
import json
import os
import pickle
import re
import tarfile
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import shared.content
from benchmarks import BenchmarkError, CorpusMissing, multiply
from benchmarks.multiply import multiply_articles, multiply_content
from benchmarks.query import Query, QueryKind
from shared.content.article import Article
from shared.content.folder.loader import load_now

Size = Literal["small", "large", "huge"]

#: The folder of the archives, relative to the checkout. BENCH_DATA names another place.
DATA_DIR = Path(__file__).resolve().parents[2] / "shared" / "data"
#: ``huge`` is the large collection several times over, see ``benchmarks.multiply``.
ARCHIVES: dict[Size, str] = {"small": "rust-blog", "large": "msdocs", "huge": "msdocs"}
PAGES: dict[Size, int] = {"small": 750, "large": 11_905, "huge": 60_000}


@dataclass(frozen=True, slots=True)
class Corpus:
    """One collection. ``content_dir`` holds it as a content directory; ``digest`` names its text and the parser.

    The copies of ``huge`` are articles only: ``content_of`` writes its 60,000 files for those who need them.
    """

    size: Size
    articles: tuple[Article, ...]
    queries: tuple[Query, ...]
    content_dir: Path
    cache_dir: Path
    digest: str

    def asked(self, kind: QueryKind) -> tuple[Query, ...]:
        """The queries of one kind."""
        return tuple(query for query in self.queries if query.kind == kind)

    def index_dir(self, engine: str) -> Path:
        """The directory in which the index of ``engine`` over all of it is kept between runs."""
        return self.cache_dir / f"index-{self.digest}" / engine

    def part(self, pages: int) -> tuple[Article, ...]:
        """``pages`` of its articles, spread over all of it, the same each time; a larger part contains a smaller."""
        return tuple(sorted(self.articles, key=lambda one: hashlib.sha256(one.slug.encode()).digest())[:pages])


def data_dir() -> Path:
    """The directory of the archives. Raises CorpusMissing."""
    path = Path(os.environ.get("BENCH_DATA") or DATA_DIR)
    if not (path / "articles-rust-blog.tar.xz").exists():
        raise CorpusMissing(
            f"{path}: the corpora are not there (articles-*.tar.xz, queries-*.jsonl); set BENCH_DATA to their directory"
        )
    return path


def cache_dir() -> Path:
    """A private directory below that for temporary files: only our own files may be unpickled."""
    path = Path(tempfile.gettempdir()) / f"perspective-benchmarks-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o077 or path.is_symlink():
        raise BenchmarkError(f"{path}: it belongs to somebody else or is open to others: remove it, or set TMPDIR")
    return path


def load_corpus(size: Size) -> Corpus:
    """The corpus of ``size``, from the cache if it has it. Raises CorpusMissing, BenchmarkError."""
    if size == "huge":
        large = load_corpus("large")
        articles, digest = multiply_articles(large.articles, PAGES[size]), f"{large.digest}-{PAGES[size]}"
        return replace(large, size=size, articles=articles, digest=digest)
    data, cache, name = data_dir(), cache_dir(), ARCHIVES[size]
    content = content_of(size)
    text_digest = content.name.rpartition("-")[2]
    digest = hashlib.sha256(f"{text_digest}{parser_digest()}".encode()).hexdigest()[:12]
    parsed = cache / f"articles-{name}-{digest}.pickle"
    if not parsed.exists():
        _parse(content, parsed)
    articles = pickle.loads(parsed.read_bytes())
    if len(articles) != PAGES[size]:
        raise BenchmarkError(f"{name}: {len(articles)} articles where {PAGES[size]} were expected")
    return Corpus(size, articles, _queries(data / f"queries-{name}.jsonl"), content, cache, digest)


def content_of(size: Size) -> Path:
    """The corpus of ``size`` as a content directory, unpacked once. Raises CorpusMissing."""
    if size == "huge":
        return _content_of_copies(content_of("large"), PAGES[size])
    name = ARCHIVES[size]
    archive = data_dir() / f"articles-{name}.tar.xz"
    digest = hashlib.sha256(archive.read_bytes() + inspect.getsource(as_content).encode()).hexdigest()[:12]
    content = cache_dir() / f"content-{name}-{digest}"
    if not content.exists():
        _unpack(archive, content)
    return content


def _content_of_copies(content: Path, pages: int) -> Path:
    digest = hashlib.sha256(inspect.getsource(multiply).encode()).hexdigest()[:12]
    target = content.with_name(f"{content.name}-{pages}-{digest}")
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=content.parent) as folder:
            multiply_content(content, Path(folder) / "content", pages)
            _rename(Path(folder) / "content", target)
    return target


def parser_digest() -> str:
    """A digest of everything that turns a file into an Article."""
    root = Path(shared.content.__file__).parent
    sources = sorted(root.rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def as_content(page: str) -> str:
    """A page of the archive in this project's format: ``date`` becomes ``published``, in the past.

    The pages are dated a day apart from 2010 on, half of the large corpus in the future, where no reader would find it.
    Twenty years earlier every date exists as well.
    """
    return re.sub(r"^date: (\d{4})", lambda year: f"published: {int(year[1]) - 20}", page, count=1, flags=re.MULTILINE)


def _unpack(archive: Path, content: Path) -> None:
    """The archive as a content directory."""
    with tempfile.TemporaryDirectory(dir=content.parent) as folder:
        with tarfile.open(archive) as tar:
            # Releases before 3.11.4 have no filters; the archive is our own.
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
            tar.extractall(folder)
        made = Path(folder) / "content"
        (made / "articles").mkdir(parents=True)
        (made / "site.toml").write_text('title = "Benchmark"\n', encoding="utf-8")
        for path in sorted(Path(folder).glob("*/*.md")):
            text = as_content(path.read_text(encoding="utf-8"))
            (made / "articles" / path.name).write_text(text, encoding="utf-8")
        _rename(made, content)


def _rename(made: Path, content: Path) -> None:
    try:
        made.rename(content)
    except OSError as error:
        # Another run was quicker: what it made is the same.
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


def _parse(content: Path, parsed: Path) -> None:
    result = load_now(content)
    library = result.library
    if library is None:
        first = "\n  ".join(str(problem) for problem in result.problems[:10])
        raise BenchmarkError(f"{content}: {len(result.problems)} problems, among them\n  {first}")
    new = parsed.with_suffix(".new")
    plain = tuple(replace(article, text=article.body) for article in library.articles)
    new.write_bytes(pickle.dumps(plain, protocol=5))
    new.rename(parsed)


def _queries(path: Path) -> tuple[Query, ...]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple(Query(row["kind"], row["text"], row.get("meant", "")) for row in rows)
