"""Preview links to drafts: signed, expiring, and valid for one page.

A token contains a slug, an expiry time, and an HMAC (SHA-256) of both under the secret of this machine. Deleting the
secret's file revokes every link.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from aiohttp import hdrs

from services.render.pages.articles import article_page, static_page
from services.render.pages.templates import Pages
from services.render.site.scope import Scope
from services.render.site.site import HTML, build_site
from shared.content.article import Article
from shared.content.library import Library, LibraryView

SECRET_FILE, SECRET_BYTES = "preview.secret", 32
#: Where previews lie on the site.
PREFIX = "/preview/"
#: No cache, search engine or other site learns of a preview.
HEADERS: Mapping[str, str] = {
    hdrs.CACHE_CONTROL: "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}
#: Bytes of the signature that a token carries.
_SIGNATURE_BYTES = 16


def read_secret(cache_dir: Path) -> bytes | None:
    """The secret of this machine; None before the first preview. Blocking."""
    try:
        secret = (cache_dir / SECRET_FILE).read_bytes()
    except OSError:
        return None
    return secret if len(secret) == SECRET_BYTES else None


def make_secret(cache_dir: Path) -> bytes:
    """The secret of this machine, made if there is none, readable by its owner alone. Blocking."""
    known = read_secret(cache_dir)
    if known:
        return known
    cache_dir.mkdir(parents=True, exist_ok=True)
    secret, path = secrets.token_bytes(SECRET_BYTES), cache_dir / SECRET_FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
    return secret


def sign(secret: bytes, slug: str, until: datetime) -> str:
    """The token for the draft ``slug``, which expires at ``until`` (aware)."""
    claim = f"{int(until.timestamp())}.{slug}".encode()
    return base64.urlsafe_b64encode(_signature(secret, claim) + claim).rstrip(b"=").decode()


def slug_of(secret: bytes, token: str, now: datetime) -> str | None:
    """The slug of ``token`` at ``now`` (aware); None if it is forged, damaged or expired."""
    try:
        data = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        signature, claim = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, _signature(secret, claim)):
            return None
        end, _, slug = claim.decode().partition(".")
        return slug if now.timestamp() < int(end) else None
    except (UnicodeError, ValueError, binascii.Error):
        return None


def _signature(secret: bytes, claim: bytes) -> bytes:
    return hmac.digest(secret, b"preview\0" + claim, hashlib.sha256)[:_SIGNATURE_BYTES]


def find_hidden(library: Library, slug: str, now: datetime) -> Article | None:
    """The hidden article or page with this slug: a draft, or one with a future date."""
    everything = (*library.articles, *library.pages)
    return next((one for one in everything if one.slug == slug and _is_hidden(one, now)), None)


def _is_hidden(article: Article, now: datetime) -> bool:
    return article.is_draft or (article.published is not None and article.published > now)


def preview(
    scope: Scope, library: Library, article: Article, *, token: str, file: str, pages: Pages
) -> tuple[bytes, str] | None:
    """The page of ``article``, or a ``file`` beside it, with its content type; None for a file that is not there.

    The page is rendered as if the article were the only one, so it names no other draft. Blocking.
    """
    one = (article,)
    articles, own_pages = ((), one) if article.is_page else (one, ())
    alone = replace(scope, view=LibraryView(library.site, articles, own_pages, library.files, library.permalinks))
    if file:
        recipe = build_site(alone, pages).recipes.get(article.url + file)
        try:
            return None if recipe is None else (recipe.render(recipe.gather()), recipe.content_type)
        except FileNotFoundError:  # it was removed, or is another file now: the next load knows
            return None
    context = static_page(alone, article) if article.is_page else article_page(alone, article)
    body = pages.render(replace(context, meta=replace(context.meta, robots="noindex, nofollow")))
    own, shown = f"{scope.mount}{article.url}", f"{scope.mount}{PREFIX}{token}/"
    return body.replace(own.encode(), shown.encode()), HTML
