"""Markdown, front matter, tables of settings, diagrams and pictures, in this process."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from PIL import Image

from services.render.pages.pictures import picture_sizes, render_size
from services.search.arrays.segment.memory_segment import invert
from services.search.relevance.judged import parse_relevance
from services.search.text.synonyms import parse_synonyms
from services.search.text.term_table import TermTable
from services.search.text.words.known import parse_words
from shared.content.article import Article
from shared.content.folder.asset import parse_asset
from shared.content.library import build_library
from shared.content.parsing.parse import parse_article
from shared.content.parsing.site_config import SiteConfig, parse_site
from shared.content.problem import InvalidContent
from tests.campaign.cases import Fault, Kind
from tests.campaign.fuzz.texts import any_text, pick, some
from tests.content.markdown_rules import PIECES, Balance, Page
from tests.content.samples import SVG

SOURCE = "articles/x.md"
#: What the parser says of a fault that nobody foresaw. A reader of ``check`` may meet it, the campaign may not.
DEFECT = "please report it as a defect"
NOW = datetime(2026, 6, 1, tzinfo=UTC)

KEYS = (
    "title", "summary", "published", "date", "updated", "expires", "reviewed", "slug", "tags", "series", "featured",
    "draft", "toc", "aliases", "author", "language", "cover", "extra", "titel", "weight", "? [a]", '"a b"', "1", "<<",
)  # fmt: skip
YAML_VALUES = (
    "2026-01-01", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-02-30", "2026-01-01T25:00:00Z",
    "2026-01-01 10:00:00 +99:99", "0000-00-00", "1e400", "-0", ".inf", ".nan", "0x1F", "0o17", "1_000", "1" * 5000,
    "true", "yes", "~", "null", "[]", "{}", "[a, b]", "[a, a]", "[[a]]", "{a: {b: c}}", "{name: s, part: 1}",
    "{name: s, part: " + "9" * 31 + "}", "{name: s, part: -1}", "{name: '', part: 1}", "{src: d.svg, alt: x}",
    "!!python/object:os.system x", "!!binary aGk=", "!!set {a, b}", "!!timestamp x", "&a [*a]", "*missing", "|\n  text",
    ">\n  folded", "'it''s'", '"\\u0000"', '"\\ud800"', '"\\x41"', "'unclosed", "[unclosed", "{unclosed", "- a", "@x",
    "`x`", "%x", "\t", "/old/path/", "[/old/, /old/]", "[/../x/]", "[//host/]", "en", "pt-BR", "x-klingon", "C++",
    "[" * 200, "{a: " * 100, "word " * 3000,
)  # fmt: skip
TOML_VALUES = (
    '"text"', "'text'", '"""\nlong\n"""', "2026-01-01", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "07:32:00",
    "2026-13-01", "1", "9" * 5000, "-0", "1.0", "nan", "inf", "1e999", "true", "[]", "[1, 'a']", "{}", "{ a = 1 }",
    "{ name = 's', part = 1 }", "[" * 300, "{ a = " * 100, '"\\uD800"', '"\\u0000"', '"unclosed', "[", "", "x", "~",
    "{ contact = 'mailto:a@b', policy = 'javascript:x' }", "[{ label = 'x', url = '//host' }]", "'#12345'", "'#fff'",
)  # fmt: skip
TOML_KEYS = (
    "title", "tagline", "description", "author", "language", "base_url", "articles_per_page", "licence", "navigation",
    "security", "theme", "theme.accent", "theme.paper", "theme.font", "theme.logo", "extra", "titel", '"a b"', "''",
)  # fmt: skip


def kinds(directory: Path) -> tuple[Kind, ...]:
    """The kinds of this module. ``directory`` is for pictures."""
    return (
        Kind("markdown", "ids of sections, nothing that runs, balanced HTML, indexed", try_markdown),
        Kind("front-matter", "YAML and TOML: an article, or problems with path and line", try_front_matter),
        Kind("tables", "site, synonyms, judged queries, own words", try_tables),
        Kind("diagrams", "SVG: nothing that runs or leaves the site", try_diagram),
        Kind("pictures", "changed bytes: a size that is true, or a problem", partial(try_picture, directory)),
    )


def source_of(body: str) -> str:
    """A whole article with this body."""
    return f"---\ntitle: T\nsummary: S\npublished: 2026-01-01\n---\n\n{body}"


def try_markdown(rng: random.Random) -> int:
    """Any body: what holds for all Markdown holds for it, and search can index it."""
    article = read(source_of(_markdown(rng)))
    if article is None:
        return 0
    html, sections = article.body.html, article.body.sections
    page = Page(html)
    anchors = [section.anchor for section in sections if section.anchor]
    wrongs = {
        f"the page holds {page.forbidden}": bool(page.forbidden),
        "an id stands twice": len(page.ids) != len(set(page.ids)),
        "a section leads nowhere": not set(anchors) <= set(page.ids) or len(anchors) != len(set(anchors)),
        "elements stay open": bool(Balance(html).open_tags),
    }
    if found := [what for what, is_so in wrongs.items() if is_so]:
        raise Fault(f"{found[0]}: {article.body.html[:400]!r}")
    invert([article], TermTable())
    return 0


def _markdown(rng: random.Random) -> str:
    return pick(
        rng,
        lambda r: some(r, PIECES, 40),
        lambda r: "".join(pick(r, lambda q: q.choice(PIECES), any_text) for _ in range(r.randint(1, 20))),
        lambda r: some(r, PIECES, 12, "\n"),
        lambda r: r.choice(PIECES) * r.choice((3, 50, 400)) + some(r, PIECES, 5),
        lambda r: some(r, PIECES, 3) * r.choice((2, 20, 60)),
        lambda r: "## " + "word " * r.choice((1, 200, 2000)) + "\n\n" + some(r, PIECES, 8),
    )


def try_front_matter(rng: random.Random) -> int:
    """Any table: an article that can be shown, kept and indexed, or problems that name path and line."""
    keys = rng.sample(KEYS, rng.randint(1, 6))
    if rng.random() < 0.7:
        keys = ["title", "summary", "published", *(key for key in keys if key not in {"title", "summary", "published"})]
    if rng.random() < 0.5:
        values = [rng.choice((*YAML_VALUES, "2026-01-01", any_text(rng))) for _ in keys]
        text = "---\n" + "".join(f"{key}: {value}\n" for key, value in zip(keys, values, strict=True)) + "---\nText.\n"
    else:
        values = [rng.choice((*TOML_VALUES, "2026-01-01")) for _ in keys]
        text = "+++\n" + "".join(f"{key} = {value}\n" for key, value in zip(keys, values, strict=True)) + "+++\nText.\n"
    article = read(_mutated(rng, text))
    if article is not None:
        invert([article], TermTable())
        _show(article)
    return 0


def _show(article: Article) -> None:
    library = build_library(SiteConfig(), [article])
    for days in (-400_000, -1, 0, 1, 400_000):
        now = NOW + timedelta(days=days)
        library.visible(now)
        library.next_change(now)


def read(text: str) -> Article | None:
    """The article in ``text``, or None where it has problems. Raises Fault where these do not help its author."""
    try:
        return parse_article(SOURCE, text)
    except InvalidContent as error:
        check_problems(error, SOURCE)
        return None


def check_problems(error: InvalidContent, source: str) -> None:
    """Raise Fault for a problem without path or line, or that was not foreseen."""
    for problem in error.problems:
        if DEFECT in problem.message or problem.path != source or problem.line < 1 or not problem.message:
            raise Fault(f"a problem that does not help: {problem}")


def _mutated(rng: random.Random, text: str) -> str:
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        place = rng.randrange(len(text) + 1)
        text = (
            text[:place]
            + rng.choice(("\x00", "\t", ":", "-", "'", '"', "\n", "{", "\ufeff", "\x85"))
            + text[place + rng.randint(0, 2) :]
        )
    return text


def try_tables(rng: random.Random) -> int:
    """Any text in a file of settings: what is right of it, or problems."""
    text = _mutated(rng, _toml(rng))
    try:
        parse_site(text)
    except InvalidContent as error:
        check_problems(error, "site.toml")
    for parse in (parse_synonyms, parse_relevance):
        _, problems = parse(text, "x.toml")
        if problems:
            check_problems(InvalidContent(problems), "x.toml")
    parse_words(text)
    return 0


def _toml(rng: random.Random) -> str:
    pairs = [f"{rng.choice(TOML_KEYS)} = {rng.choice(TOML_VALUES)}" for _ in range(rng.randint(0, 4))]
    tables = (
        "[[groups]]\nterms = {}",
        "[[queries]]\nquery = {}\nbest = {}",
        "[theme]\naccent = {}",
        "[[groups]]\nx = {}",
    )
    pairs += [
        rng.choice(tables).replace("{}", rng.choice((*TOML_VALUES, "['a b', 'c']"))) for _ in range(rng.randint(0, 3))
    ]
    return "\n".join(pairs) + "\n"


def try_diagram(rng: random.Random) -> int:
    """A changed diagram: refused, shown as a picture, or free of anything that runs."""
    pieces = (
        "<script>x</script>", ' onload="x"', ' href="https://e.org/"', ' href="javascript:x"', "<!DOCTYPE svg>",
        '<!ENTITY a "aaaa">', "<style>*{}</style>", ' style="fill:url(//x)"', "<foreignObject>", "<use href='#t'/>",
        ' fill="url(https://e.org/#a)"', "<?xml-stylesheet href='x'?>", "<g>" * 300, "]]>", "<image href='x'/>",
    )  # fmt: skip
    text = SVG
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(text))
        text = text[:place] + rng.choice((*pieces, any_text(rng))) + text[place + rng.choice((0, 0, 1, 10)) :]
    try:
        asset = parse_asset("articles/x/d.svg", "d.svg", Path("d.svg"), text.encode("utf-8", "replace"))
    except InvalidContent as error:
        check_problems(error, "articles/x/d.svg")
        return 0
    if asset.svg is not None and (found := Page(asset.svg).forbidden):
        raise Fault(f"a diagram with {found}")
    return 0


def try_picture(directory: Path, rng: random.Random) -> int:
    """Changed bytes of a picture: a problem, or every size that its page names."""
    kind, mode = rng.choice(
        (("PNG", "RGB"), ("PNG", "P"), ("PNG", "LA"), ("JPEG", "RGB"), ("JPEG", "CMYK"), ("WEBP", "RGBA"), ("GIF", "P"))
    )
    buffer = io.BytesIO()
    Image.new(mode, (rng.randint(1, 700), rng.randint(1, 300))).save(buffer, kind)
    data = bytearray(buffer.getvalue())
    for _ in range(rng.randint(0, 4)):
        if rng.random() < 0.3:
            del data[rng.randint(0, len(data)) :]
        elif data:
            data[rng.randrange(min(len(data), 80))] = rng.randrange(256)
    path = directory / f"p.{kind.lower()}"
    path.write_bytes(data)
    asset = parse_asset("articles/x/p", path.name, path, bytes(data))
    if asset.width is None and not asset.problems:
        raise Fault(f"a picture without size and without a problem: {bytes(data[:60])!r}")
    for size in picture_sizes("/articles/x/p", asset):
        if not render_size(size):
            raise Fault(f"an empty picture for {size.path}")
    return 0
