"""The old addresses of each document, as aliases. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from services.importing.conversion import Converted
from services.importing.findings import Findings
from services.importing.foreign_site import ForeignSite
from shared.content.slug import is_own_path

_KEYS = ("aliases", "redirect_from", "permalink", "url", "slug")


def find_aliases(
    site: ForeignSite, converted: Sequence[Converted], urls: Mapping[str, str], findings: Findings
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The old addresses of each document by its path, and the redirects of the old site that lead to no document.

    ``urls`` are the new addresses. Reports old ones that cannot redirect.
    """
    aliases = _Aliases(site, converted, urls, findings)
    return aliases.found, aliases.elsewhere


class _Aliases:
    def __init__(
        self, site: ForeignSite, converted: Sequence[Converted], urls: Mapping[str, str], findings: Findings
    ) -> None:
        self.found: dict[str, list[str]] = {}
        self.elsewhere: dict[str, str] = {}
        self._site = site
        self._urls = urls
        self._owners = set(urls.values())
        self._taken: dict[str, str] = {}
        self._findings = findings
        redirected = self._redirected(converted)
        # The current address of a document takes precedence over former addresses of others.
        for one in converted:
            for address in one.document.addresses[:1]:
                self._add(one, address)
        for one in converted:
            for address in (*one.document.addresses[1:], *one.metadata.aliases, *redirected.get(one.document.path, [])):
                self._add(one, address)

    def _redirected(self, converted: Sequence[Converted]) -> dict[str, list[str]]:
        """The old addresses that the source itself redirected to each document."""
        by_address = {address.rstrip("/"): one.document.path for one in converted for address in one.document.addresses}
        found: dict[str, list[str]] = {}
        own = self._site.base_url.rstrip("/")
        for old, address in self._site.redirects.items():
            new = address.removeprefix(own) if own and address.startswith(f"{own}/") else address
            inner = new.removeprefix(self._site.base_path) if self._site.base_path else new
            path = by_address.get(new.rstrip("/")) or by_address.get(f"/{inner.strip('/')}".rstrip("/"))
            if path is not None:
                found.setdefault(path, []).append(old)
            else:
                self.elsewhere[old] = new
        return found

    def _add(self, one: Converted, address: str) -> None:
        path = one.document.path
        alias, problem = written_alias(address, self._site)
        for form in self._forms(alias) if alias else [""]:
            problem = problem or self._obstacle(form, path)
            if problem:
                line = next((one.document.foreign.lines[key] for key in _KEYS if key in one.document.foreign.lines), 1)
                self._findings.add("dropped", "old address", path, line, f"{form or address}: {problem}")
                problem = ""
            elif f"{form.rstrip('/')}/" != self._urls[path] and not self._has(path, form):
                self._taken[_key(form)] = path
                self.found.setdefault(path, []).append(form)

    def _forms(self, alias: str) -> Iterator[str]:
        """An address as it is, and below the path of the old site: this site may be at either."""
        yield alias
        base = self._site.base_path
        if base and alias != "/" and not alias.startswith(f"{base}/"):
            yield f"{base}{alias}"

    def _has(self, path: str, alias: str) -> bool:
        return any(_key(alias) == _key(other) for other in self.found.get(path, []))

    def _obstacle(self, alias: str, path: str) -> str:
        """Why ``alias`` cannot redirect to the document, or ""."""
        key = _key(alias)
        if key == "/":
            return "it is the front page of the site itself"
        if key == self._urls[path]:
            return ""
        if is_own_path(key):
            return "it is one of this site's own"
        if key in self._owners:
            return "it is the address of another article here"
        owner = self._taken.get(key, path)
        return "" if owner == path else f"it is also one of {owner}"


def _key(alias: str) -> str:
    return f"{alias.rstrip('/')}/"


def written_alias(address: str, site: ForeignSite) -> tuple[str, str]:
    """An old address as an alias, or the reason why it cannot be one."""
    text = address.strip()
    if re.match(r"https?://", text):
        host = re.match(r"https?://([^/]+)(/.*)?$", text)
        if host is None or not site.base_url or host[1] not in site.base_url:
            return "", "an address of another host"
        text = host[2] or "/"
    path, _, rest = text.partition("?")
    if rest:
        return "", "a redirect cannot depend on what follows a question mark"
    path = unquote(path.partition("#")[0])
    path = (
        "/" + "/".join(part for part in path.split("/") if part not in {"", "."}) + ("/" if path.endswith("/") else "")
    )
    path = "/" if path in {"//", "/"} else path
    if ".." in path.split("/"):
        return "", "it leads out of the site"
    if path != "/" and not re.fullmatch(r"(?:/[^/?#\s]+(?: +[^/?#\s]+)*)+/?", path):
        return "", "white space at an end of a part of it"
    if path.endswith("/index.html"):
        path = path.removesuffix("index.html")
    return path, ""
