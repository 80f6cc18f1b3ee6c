"""Scope → context of one article or page. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from services.agents.markdown_version import markdown_url
from services.render.languages.direction import direction
from services.render.languages.interface import ENGLISH
from services.render.pages import structured
from services.render.pages.contexts import ArticlePage, NextPart, SeriesBox, SeriesPart, StaticPage
from services.render.pages.parts import Card, Link, Meta
from services.render.pages.pictures import responsive_pictures
from services.render.pages.social import SocialCard, can_draw, drawable
from services.render.pages.typeset.body import Span, set_body
from services.render.pages.typeset.perspective import HEAD, PLATE, View, article_view
from services.render.site.scope import (
    Scope,
    article_drawing,
    author_links,
    author_names,
    build_chrome,
    build_meta,
    card,
    day,
    guests,
    series_minutes,
    tag_link,
    updated_day,
)
from shared.content.article import Article
from shared.content.slug import series_url

#: The largest number of related articles below an article.
MAX_RELATED = 3
#: Fewer headings than this need no table of contents.
MIN_TOC_HEADINGS = 3
#: The largest number of parts that the box of a series lists; of a longer series, those around the article.
MAX_BOX_PARTS = 7


def article_page(scope: Scope, article: Article, related: tuple[str, ...] = ()) -> ArticlePage:
    """The page of one article. ``related`` are the slugs that search returned, most similar first."""
    path, language = article.url, article.language or scope.view.site.language
    headings, body = article.body.headings, set_body(scope.body_html(article), scope.words_of(article))
    neighbours = scope.view.neighbours(article)
    return ArticlePage(
        chrome=build_chrome(scope, path),
        meta=_article_meta(scope, article),
        form=scope.form(),
        title=article.title,
        summary=article.summary,
        authors=author_links(scope.view, author_names(scope, article)),
        language=language,
        direction=direction(language),
        published=day(article.published),
        updated=updated_day(article),
        reviewed=day(article.reviewed),
        reading_minutes=article.reading_minutes,
        word_count=article.word_count,
        tags=tuple(map(tag_link, article.tags)),
        series=_series_box(scope, article),
        toc=headings if article.has_toc and len(headings) >= MIN_TOC_HEADINGS else (),
        body=responsive_pictures(body.html, scope.view.assets),
        bibtex=_citation(scope, article),
        previous=_link(neighbours.previous),
        next=_link(neighbours.next),
        related=related_cards(scope, article, related),
        is_draft=article.is_draft,
        view=_view(scope, article, body.spans),
        spans=body.spans,
        verified=body.verified,
        references=body.references,
        next_part=_next_part(scope, article),
        is_guest=bool(guests(scope.view, article)),
    )


def static_page(scope: Scope, page: Article) -> StaticPage:
    """A page beside the articles."""
    path, language = page.url, page.language or scope.view.site.language
    headings = page.body.headings
    return StaticPage(
        chrome=build_chrome(scope, path),
        meta=replace(
            build_meta(scope, path, page.title, page.summary or page.title),
            markdown_url=None if page.is_draft else markdown_url(path),
        ),
        form=scope.form(),
        title=page.title,
        summary=page.summary,
        language=language,
        direction=direction(language),
        updated=day(page.updated),
        toc=headings if page.has_toc and len(headings) >= MIN_TOC_HEADINGS else (),
        body=responsive_pictures(set_body(scope.body_html(page), scope.words_of(page)).html, scope.view.assets),
    )


def social_card(scope: Scope, article: Article) -> SocialCard:
    """Build the content of an article's social card: the head of its page."""
    series, published = article.series, day(article.published)
    words = scope.words if can_draw(scope.words.gettext("Published") + scope.words.gettext("Length")) else ENGLISH
    facts = [(words.pgettext("one", "Series"), series.name)] if series else []
    facts += [] if series else [(words.gettext("Author"), words.gettext(", ").join(author_names(scope, article)))]
    parts = scope.view.series[series.slug].articles if series else (article,)
    if series:
        place = words.gettext("%(part)s of %(count)s", part=series.part, count=len(parts))
        facts.append((words.gettext("Part"), place))
    if published:
        facts.append((words.gettext("Published"), words.day_short(published)))
    length = words.ngettext("%(count)s word", "%(count)s words", article.word_count)
    facts.append((words.gettext("Length"), words.gettext(", ").join((words.minutes(article.reading_minutes), length))))
    return SocialCard(
        title=article.title,
        site=drawable(scope.view.site.title) or urlsplit(scope.base_url).netloc,
        slug=series.slug if series else article.slug,
        minutes=series_minutes(scope.view, series.slug) if series else (article.reading_minutes,),
        here=next(at for at, part in enumerate(parts) if part.slug == article.slug),
        facts=tuple(facts),
        colours=scope.card,
    )


def related_cards(scope: Scope, article: Article, related: tuple[str, ...]) -> tuple[Card, ...]:
    """Choose further reading: ``related``, filled up with the same series and the most shared tags, newest first.

    Leaves out the article itself, and the older and newer one, which the page links to already.
    """
    neighbours = scope.view.neighbours(article)
    linked = {article.slug, *(one.slug for one in (neighbours.previous, neighbours.next) if one)}

    def readable(slugs: Iterable[str]) -> dict[str, Article]:
        return {slug: scope.view.by_slug[slug] for slug in slugs if slug in scope.view.by_slug and slug not in linked}

    known = readable(related)
    if len(known) < MAX_RELATED:
        known |= readable(slug for slug in _alike(scope, article) if slug not in known)
    return tuple(card(scope.view, one) for one in list(known.values())[:MAX_RELATED])


def _alike(scope: Scope, article: Article) -> list[str]:
    """The slugs of articles that share the series or a tag, the most similar first, ties newest first."""
    series = article.series
    likeness = Counter(one.slug for tag in article.tags for one in scope.view.by_tag[tag])
    if series:
        # The same series counts as much as two common tags.
        likeness.update({one.slug: 2 for one in scope.view.series[series.slug].articles})
    newest_first = sorted(likeness, key=lambda slug: scope.view.positions[slug])
    return sorted(newest_first, key=lambda slug: -likeness[slug])


def _citation(scope: Scope, article: Article) -> str:
    published = day(article.published)
    if published is None:
        return ""
    return structured.bibtex(
        article.slug,
        title=article.title,
        authors=author_names(scope, article),
        site=scope.view.site.title,
        published=published,
        url=scope.absolute(article.url),
    )


def _link(article: Article | None) -> Link | None:
    return None if article is None else Link(article.title, article.url, language=article.language)


def _view(scope: Scope, article: Article, spans: tuple[Span, ...]) -> View:
    """The article's place in its series, or the article alone, with its sections."""
    if article.series:
        return article_drawing(scope.view, article, HEAD)
    return article_view(article.slug, article.reading_minutes, HEAD, tuple(span.start for span in spans))


def _next_part(scope: Scope, article: Article) -> NextPart | None:
    part = scope.view.series_neighbours(article).next
    if part is None or part.series is None:
        return None
    return NextPart(
        part=part.series.part,
        title=part.title,
        url=part.url,
        summary=part.summary,
        reading_minutes=part.reading_minutes,
        view=article_drawing(scope.view, part, PLATE),
        language=part.language,
    )


def _series_box(scope: Scope, article: Article) -> SeriesBox | None:
    series = article.series
    if series is None:
        return None
    parts = tuple(
        SeriesPart(one.series.part, one.title, one.url, one.slug == article.slug, one.language)
        for one in scope.view.series[series.slug].articles
        if one.series
    )
    at = next(number for number, part in enumerate(parts) if part.is_current)
    start = max(0, min(at - MAX_BOX_PARTS // 2, len(parts) - MAX_BOX_PARTS))
    shown = parts[start : start + MAX_BOX_PARTS]
    return SeriesBox(series.name, series_url(series.slug), series.part, shown, len(parts))


def _article_meta(scope: Scope, article: Article) -> Meta:
    site, path = scope.view.site, article.url
    url, image = scope.absolute(path), scope.absolute(f"{path}social.png")
    crumbs = ((site.title, scope.absolute("/")), (article.title, url))
    return Meta(
        title=f"{article.title} · {site.title}",
        share_title=article.title,
        description=article.summary,
        canonical=url,
        kind="article",
        image=image,
        image_alt=f"{article.title}. {site.title}",
        published=article.published.isoformat() if article.published else None,
        updated=article.updated.isoformat() if article.updated else None,
        tags=article.tags,
        json_ld=(_blog_posting(scope, article, url, image), structured.breadcrumbs(crumbs), *_review(article, url)),
        robots="noindex" if article.is_draft else None,
        markdown_url=None if article.is_draft else markdown_url(path),
    )


def _review(article: Article, url: str) -> Iterator[str]:
    """The page as a WebPage with ``lastReviewed``, which a BlogPosting does not have."""
    if reviewed := day(article.reviewed):
        yield structured.json_ld("WebPage", {"url": url, "lastReviewed": reviewed})


def _authors(scope: Scope, article: Article) -> object:
    kind = "Person" if article.authors else "Organization"
    links = author_links(scope.view, author_names(scope, article))
    people = [
        {"@type": kind, "name": one.label, **({"url": scope.absolute(one.url)} if one.url else {})} for one in links
    ]
    return people[0] if len(people) == 1 else people


def _blog_posting(scope: Scope, article: Article, url: str, image: str) -> str:
    site, series = scope.view.site, article.series
    members = {
        "headline": article.title,
        "description": article.summary,
        "url": url,
        "mainEntityOfPage": url,
        "image": image,
        "datePublished": article.published,
        "dateModified": article.updated or article.published,
        "author": _authors(scope, article),
        "publisher": {"@type": "Organization", "name": site.title, "url": scope.absolute("/")},
        "inLanguage": article.language or site.language,
        "keywords": list(article.tags) or None,
        "wordCount": article.word_count,
        "license": site.licence.url if site.licence else None,
        "isPartOf": {"@type": "CreativeWorkSeries", "name": series.name, "url": scope.absolute(series_url(series.slug))}
        if series
        else None,
    }
    return structured.json_ld("BlogPosting", members)
