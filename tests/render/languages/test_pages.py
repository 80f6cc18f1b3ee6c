"""Pages, feeds and pictures in the language of the site, and articles in one of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from gettext import NullTranslations

import pytest
from babel.messages.catalog import Catalog

from services.render.languages.choice import Catalogues
from services.render.languages.interface import ENGLISH, Interface
from services.render.pages import articles, feeds, listings, machine_files
from services.render.pages.contexts import PageContext
from services.render.pages.environments import create_environment
from services.render.pages.results import search_page
from services.render.pages.templates import Pages, load_pages
from services.render.searching.fallback import filter_articles
from services.render.sending.static_files import StaticFiles, in_language, load_static_files
from services.render.site.scope import Scope
from shared.search.attributes import filters
from shared.search.contract import Building, Correction, Reading, ReadingKind, SearchQuery
from tests.conftest import ROOT
from tests.render.languages.texts import LANGUAGES, Texts
from tests.render.sites import NOW, OUTBOX, SITE, SOURCES, dated_sources, make_scope
from tools.messages import extract, written

GERMAN_ARTICLE = """---
title: Der Ausgangskorb
summary: Eine Transaktion genügt.
published: 2026-04-02
language: de
---

!!! note
    Ein Hinweis[^1].

| Spalte | Wert |
| --- | --- |
| a | b |

[^1]: Eine Fußnote.
"""
ARABIC_ARTICLE = GERMAN_ARTICLE.replace("language: de", "language: ar")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return load_pages()


def scope_in(language: str, sources: Mapping[str, str] = SOURCES) -> Scope:
    """A small site in ``language``."""
    return make_scope(sources, site=replace(SITE, language=language))


def html(pages: Pages, context: object) -> str:
    """The page of ``context``."""
    return pages.render(context).decode()  # type: ignore[arg-type] # a context of some kind


def greek(text: str) -> str:
    """``text`` with every letter as a Greek one; placeholders, tags and entities stay."""
    pieces = re.split(r"(%\(\w+\)s|<[^>]*>|&\w+;)", text)
    return "".join(one if at % 2 else re.sub(r"[A-Za-z]", "ω", one) for at, one in enumerate(pieces))


def greek_catalogues() -> Catalogues:
    """A language in which no word of ours has an English letter."""
    catalog = Catalog(locale="el", charset="utf-8")
    for one in extract():
        if one.id:
            forms = (one.id,) if isinstance(one.id, str) else one.id
            texts = [greek(str(form)) for form in forms]
            catalog.add(one.id, texts if len(texts) > 1 else texts[0], context=one.context)
    return Catalogues((("theme/locale/el.po", written(catalog).encode()),))


GREEK_SITE = replace(
    SITE, title="Τίτλος ένα", tagline="Λόγια", description="Περιγραφή", author="Άννα", language="el", navigation=()
)
_OWN = re.sub(r"language: de\n", "", GERMAN_ARTICLE)
GREEK_SOURCES = {
    source: re.sub(r"(?m)^(title:|summary:|##) .*$", r"\1 Λέξεις", re.sub(r"tags: .*", "tags: [ετικέτα]", text))
    for source, text in {**SOURCES, "articles/labels.md": _OWN}.items()
    if source != "articles/idea.md"
}
#: Names that are the same everywhere, content of the articles, and what belongs to programs.
NAMES = re.compile(r"\b(?:Atom|RSS|JSON Feed|CC BY|Ada Writer|Reliability|[\w.-]+\.example\.org\S*)\b")


class VisibleTexts(Texts):
    """The texts of a page that are ours: without its head, its articles' bodies and the query."""

    def __init__(self) -> None:
        super().__init__()
        self.apart: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in {"head", "code", "q", "strong"}:
            self.apart.append(tag)
        super().handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if self.apart and self.apart[-1] == tag:
            self.apart.pop()

    def handle_data(self, data: str) -> None:
        if not self.apart:
            super().handle_data(data)


def greek_contexts() -> Iterator[PageContext]:
    """One page of each kind, with everything that results can say."""
    scope = replace(make_scope(GREEK_SOURCES, site=GREEK_SITE), catalogues=greek_catalogues())
    kinds: tuple[ReadingKind, ...] = ("phrase", "exclusion", "field", "filter", "either", "beginning")
    asked = SearchQuery("λέξεις")
    found = replace(
        filter_articles(scope.view, asked),
        correction=Correction("λέξη", "λέξεις"),
        building=Building(5, 1234),
        missing=("ένα", "δύο"),
        offers=("ένα", "δύο", "τρία"),
        searched="λέξεις",
        readings=tuple(Reading(kind, "x", "x") for kind in kinds),
    )
    nothing = SearchQuery("ψψψ", filters=filters(tags=("ετικέτα",)))
    yield from (listings.listing_page(scope), listings.tags_page(scope), listings.tag_page(scope, "ετικέτα"))
    yield from (listings.series_index_page(scope), listings.series_page(scope, "reliability"))
    yield from (listings.archive_page(scope), listings.error_page(scope, 404, "Λ", "Λ", request_id="1"))
    yield from (articles.article_page(scope, one) for one in scope.view.articles)
    yield from (articles.static_page(scope, one) for one in scope.view.pages)
    yield search_page(scope, found, asked, is_degraded=True)
    yield search_page(scope, replace(found, with_all=0, correction=None, missing=()), asked, is_degraded=False)
    yield search_page(scope, filter_articles(scope.view, nothing), nothing, is_degraded=False)


def test_nothing_on_a_page_is_english_where_every_message_is_translated(pages: Pages) -> None:
    for context in greek_contexts():
        texts = VisibleTexts()
        source = html(pages, context)
        # The body of an article is its author's, but for the labels of ours, which are attributes and short names.
        texts.feed(re.sub(r'(?s)(<div class="prose".*?)</div>\s*</div>\s*</article>', "</div></article>", source))
        left = [text for text in texts.found if re.search(r"[A-Za-z]{2,}", NAMES.sub("", text))]
        assert left == [], type(context).__name__


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_page_is_rendered_in_each_language(pages: Pages, language: str) -> None:
    scope = scope_in(language)
    for context in (listings.listing_page(scope), articles.article_page(scope, scope.view.by_slug["tail-latency"])):
        text = html(pages, context)
        assert f'<html lang="{language}">' in text
        assert "%(" not in text


def test_german_pages_speak_german(pages: Pages) -> None:
    scope = scope_in("de")
    home = html(pages, listings.listing_page(scope))
    assert "Artikel lesen" in home
    assert 'placeholder="Suche: Wort oder &#34;Wortfolge&#34;"' in home
    article = html(pages, articles.article_page(scope, scope.view.by_slug["transactional-outbox"]))
    assert "<dt>Veröffentlicht</dt>" in article
    assert '<time datetime="2026-01-12">12. Januar 2026</time>' in article
    assert "Teil 1 von 2" in article
    assert 'aria-label="Link zum Abschnitt „The relay“"' in article
    assert "5 Min." in article or "1 Min." in article


def test_descriptions_feeds_and_browser_search_speak_the_language_of_the_site() -> None:
    scope = scope_in("fr")
    assert listings.tags_page(scope).meta.description == "Les sujets de Field Notes."
    assert listings.listing_page(scope, 1).meta.json_ld[0].count('"inLanguage":"fr"') == 1
    assert "Rechercher sur Field Notes" in machine_files.opensearch(scope).decode()
    assert "## Articles" in machine_files.llms(scope).decode()
    assert b"<language>fr</language>" in feeds.rss_feed(scope)


def test_article_in_another_language_has_its_labels_in_it(pages: Pages) -> None:
    scope = scope_in("en", {"articles/de.md": GERMAN_ARTICLE, "articles/outbox.md": OUTBOX})
    text = html(pages, articles.article_page(scope, scope.view.by_slug["de"]))
    assert '<html lang="en">' in text
    assert '<div class="prose" lang="de">' in text
    assert '<p class="admonition-title" id="note:1">Hinweis</p>' in text
    assert 'aria-label="Fußnote 1"' in text
    assert ">Tab.\u00a01</span>" in text
    assert "<dt>Published</dt>" in text
    assert "Hinweis" in feeds.full_content(scope, scope.view.by_slug["de"])


def test_article_in_a_language_without_a_catalogue_has_the_labels_of_the_site(pages: Pages) -> None:
    scope = scope_in("de", {"articles/ar.md": ARABIC_ARTICLE})
    text = html(pages, articles.article_page(scope, scope.view.by_slug["ar"]))
    assert '<article class="article" dir="rtl">' in text
    assert ">Hinweis</p>" in text


@pytest.mark.parametrize("language", ["ar", "he-IL", "fa"])
def test_page_of_a_language_from_right_to_left_says_so_and_its_english_article_says_otherwise(
    pages: Pages, language: str
) -> None:
    source = GERMAN_ARTICLE.replace("language: de\n", "")
    scope = scope_in(language, {"articles/own.md": source, "articles/de.md": GERMAN_ARTICLE.replace("Der", "Ein")})
    own = html(pages, articles.article_page(scope, scope.view.by_slug["own"]))
    assert f'<html lang="{language}" dir="rtl" data-words="ltr">' in own
    assert '<article class="article">' in own
    other = html(pages, articles.article_page(scope, scope.view.by_slug["de"]))
    assert '<article class="article" dir="ltr">' in other


class Counting(NullTranslations):
    """Counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def gettext(self, message: str) -> str:
        self.asked.append(message)
        return message


def test_messages_are_translated_when_a_template_is_compiled_and_not_for_each_page() -> None:
    translations = Counting()
    environment = create_environment(words=Interface("en", ENGLISH.locale, translations))
    templates = [environment.get_template(name) for name in environment.list_templates()]
    assert "Skip to content" in translations.asked
    translations.asked.clear()
    page = next(one for one in templates if one.name == "article.html")
    scope = make_scope()
    text = page.render(page=articles.article_page(scope, scope.view.by_slug["transactional-outbox"]))
    assert "Part 1 of 2" in text
    assert translations.asked == []


def test_social_card_has_words_that_its_fonts_can_draw() -> None:
    for language, label in (("de", "Länge"), ("tr", "Uzunluk"), ("ja", "Length")):
        scope = scope_in(language)
        card = articles.social_card(scope, scope.view.by_slug["tail-latency"])
        assert card.facts[-1][0] == label


def test_social_card_of_a_site_whose_letters_no_font_has_shows_its_address() -> None:
    scope = scope_in("ja")
    site = replace(scope.view.site, title="日本語のノート")
    renamed = replace(scope, view=replace(scope.view, site=site))
    assert articles.social_card(renamed, renamed.view.by_slug["tail-latency"]).site == "blog.example.org"


def test_message_with_quotation_marks_stays_inside_its_attribute(pages: Pages) -> None:
    entries = (("Skip to content", "<b>x</b>"), ("Years", '\\" onclick=\\"x & y'))
    source = "".join(f'msgid "{one}"\nmsgstr "{other}"\n\n' for one, other in (("", ""), *entries))
    catalogues = Catalogues((("theme/locale/en.po", source.encode()),))
    text = html(pages, listings.archive_page(replace(make_scope(dated_sources(30)), catalogues=catalogues)))
    assert 'aria-label="&#34; onclick=&#34;x &amp; y"' in text
    assert ">Skip to content<" in text


def body(files: StaticFiles, name: str) -> str:
    """A static file as it is served."""
    return files.answers[files.urls[name]].variants["identity"].body.decode()


def test_scripts_of_a_site_are_served_in_its_language() -> None:
    ours = load_static_files(ROOT / "services/render/pages/static", NOW)
    german = in_language(ours, Catalogues().interface("de"), NOW)
    assert in_language(ours, ENGLISH, NOW) is ours
    assert '"Kopieren"' in body(german, "site.js")
    assert "gettext(" not in body(german, "site.js") + body(ours, "site.js")
    # What names a file of other words is another one too; what has no words is the same.
    assert german.urls["search.js"] != ours.urls["search.js"]
    assert german.urls["search.js"].rpartition("/")[2] in body(german, "site.js")
    assert german.urls["early.js"] == ours.urls["early.js"]
    assert german.urls["site.css"] == ours.urls["site.css"]


def test_tags_authors_and_series_are_listed_in_the_order_of_the_language(pages: Pages) -> None:
    names = ("Zebra", "Äpfel", "Übertragung", "Maß")
    sources = {
        f"a{at}": f"---\ntitle: T{at}\nsummary: S.\npublished: 2026-01-0{at + 1}\ntags: [{name}]\n"
        f"author: {name}\nseries: {{name: {name}, part: 1}}\n---\n\nText.\n"
        for at, name in enumerate(names)
    }
    scope = scope_in("de", sources)
    expected = ["Äpfel", "Maß", "Übertragung", "Zebra"]

    assert [row.tag.label for row in listings.tags_page(scope).rows] == expected
    assert [row.tag.label for row in listings.authors_page(scope).rows] == expected
    assert [one.name for one in listings.series_index_page(scope).series] == expected
    assert [tag.label for tag in listings.listing_page(scope).tags] == expected
