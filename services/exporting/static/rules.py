"""The rule files of hosts: old addresses, and the headers that the service sends. Pure.

Netlify and hosts like it read ``_redirects`` and ``_headers``. The files for nginx and Caddy are included by their
configuration. GitHub Pages takes no rules; ``.nojekyll`` makes it serve every file as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, unquote

from services.exporting.static.redirects import Redirect
from services.render.sending.prepared import HOURLY, IMMUTABLE, REVALIDATE
from services.render.site.site import SVG_HEADERS
from shared.web.security import PAGE_POLICY, security_headers

#: Where the files for nginx and Caddy lie: a folder that hosts of files do not list.
FOLDER = ".hosting"
#: What has a digest in its name, and never changes.
HASHED = ("/static/", "/search-index/data/")
#: What servers do not know the type of.
TYPES: Mapping[str, str] = {
    "md": "text/markdown; charset=utf-8",
    "webmanifest": "application/manifest+json",
    "woff2": "font/woff2",
    "webp": "image/webp",
    "avif": "image/avif",
}


def rule_files(
    redirects: Sequence[Redirect], *, mount: str, is_https: bool, is_compressed: bool
) -> Mapping[str, bytes]:
    """The rule files by name. ``mount`` is the path below which the site lies, empty at the root of its host."""
    headers = security_headers(policy=PAGE_POLICY, is_https=is_https)
    rows = tuple(_rows(redirects, mount))
    files = {
        ".nojekyll": "",
        "_redirects": _netlify_redirects(rows),
        "_headers": _netlify_headers(headers, mount),
        f"{FOLDER}/nginx.conf": _nginx(rows, headers, mount, is_compressed=is_compressed),
        f"{FOLDER}/Caddyfile": _caddy(rows, headers, mount, is_compressed=is_compressed),
    }
    return {name: text.encode() for name, text in files.items()}


def _rows(redirects: Sequence[Redirect], mount: str) -> Iterator[tuple[str, str]]:
    """Decoded old path and encoded new one, each below ``mount`` and once."""
    seen = set()
    for one in redirects:
        for old in one.olds:
            if old not in seen:
                seen.add(old)
                yield unquote(mount) + old, one.new


def _netlify_redirects(rows: Sequence[tuple[str, str]]) -> str:
    # The exclamation mark: the rule wins over the page that redirects.
    lines = [f"{quote(old)} {new} 301!" for old, new in rows]
    return "\n".join(["# Old addresses: written by perspective export", *lines, ""])


def _netlify_headers(headers: Mapping[str, str], mount: str) -> str:
    blocks = [("/*", headers)]
    blocks += [(f"{mount}{folder}*", {"Cache-Control": IMMUTABLE}) for folder in HASHED]
    lines = ["# The headers of the service: written by perspective export"]
    for path, fields in blocks:
        lines += [path, *(f"  {name}: {value}" for name, value in fields.items())]
    return "\n".join([*lines, ""])


def _nginx(rows: Sequence[tuple[str, str]], headers: Mapping[str, str], mount: str, *, is_compressed: bool) -> str:
    shown = quoted_nginx(unquote(mount))[1:-1]

    def add(extra: Mapping[str, str], indent: str = "") -> list[str]:
        return [
            f"{indent}add_header {name} {quoted_nginx(value)} always;" for name, value in {**headers, **extra}.items()
        ]

    lines = [
        "# Written by perspective export. Inside of server { }, behind its root:",
        "#     include /path/of/the/export/.hosting/nginx.conf;",
        *([f"# The files belong below {shown} of the root: alias, or a folder of that name."] if mount else []),
        "charset utf-8;",
        *(["gzip_static on;", "# brotli_static on;   # where the module is installed"] if is_compressed else []),
        f'error_page 404 "{shown}/404.html";',
        *add({"Cache-Control": REVALIDATE}),
    ]
    for folder in HASHED:
        lines += [f'location ^~ "{shown}{folder}" {{', *add({"Cache-Control": IMMUTABLE}, "    "), "}"]
    lines += ["location ~ \\.svg$ {", *add({**SVG_HEADERS, "Cache-Control": HOURLY}, "    "), "}"]
    lines += ["location ~ \\.md$ {", f"    default_type {quoted_nginx(TYPES['md'])};", "    types { }"]
    lines += [*add({"Cache-Control": REVALIDATE}, "    "), "}"]
    lines += [f'location ~ "^{shown}/(_headers|_redirects|\\.hosting/|\\.perspective-export)" {{ return 404; }}']
    lines += [f"location = {quoted_nginx(old)} {{ return 301 {quoted_nginx(new)}; }}" for old, new in rows]
    return "\n".join([line for line in lines if line]) + "\n"


def quoted_nginx(text: str) -> str:
    """``text`` as one quoted parameter of nginx."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _caddy(rows: Sequence[tuple[str, str]], headers: Mapping[str, str], mount: str, *, is_compressed: bool) -> str:
    def fields(extra: Mapping[str, str], matcher: str) -> list[str]:
        return [f"header {matcher} {{", *(f"\t{name} {quoted_caddy(value)}" for name, value in extra.items()), "}"]

    hashed = " ".join(quoted_caddy(f"{unquote(mount)}{folder}*") for folder in HASHED)
    hidden = " ".join(f"{mount}/{one}" for one in ("_headers", "_redirects", ".hosting/*", ".perspective-export.json"))
    lines = [
        "# Written by perspective export. Inside of the block of a site, behind its root:",
        "#     import /path/of/the/export/.hosting/Caddyfile",
        "route {",
        *_indented(fields({**headers, "Cache-Control": REVALIDATE}, "*")),
        f"\t@hashed path {hashed}",
        *_indented(fields({"Cache-Control": IMMUTABLE}, "@hashed")),
        "\t@drawings path *.svg",
        *_indented(fields(dict(SVG_HEADERS), "@drawings")),
        "\t@markdown path *.md",
        f"\theader @markdown Content-Type {quoted_caddy(TYPES['md'])}",
        f"\t@hidden path {hidden}",
        "\terror @hidden 404",
        *_indented(_caddy_redirects(rows)),
        f"\tfile_server{' {' if is_compressed else ''}",
        *(["\t\tprecompressed br gzip", "\t}"] if is_compressed else []),
        "}",
        "handle_errors {",
        *_indented(fields(headers, "*")),
        "\t@missing expression {err.status_code} == 404",
        f"\trewrite @missing {quoted_caddy(f'{unquote(mount)}/404.html')}",
        "\tfile_server",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"\t{line}" for line in lines]


def quoted_caddy(text: str) -> str:
    """``text`` as one quoted token of a Caddyfile, where a backslash is literal unless a quote follows."""
    return '"' + text.replace('"', '\\"') + '"'


def _caddy_redirects(rows: Sequence[tuple[str, str]]) -> list[str]:
    """A line for each row.

    Caddy compares paths without case, so one in capitals would catch the page in small letters: it is compared as a
    pattern. Braces name placeholders there, and cannot be written.
    """
    lines = []
    for number, (old, new) in enumerate(rows):
        if set(old) & set("{}\\"):
            continue
        matcher = quoted_caddy(old)
        if old != old.lower() or set(old) & set("*%"):
            matcher = f"@old{number}"
            pattern = re.sub(r"([\\.+*?()|\[\]^$])", r"\\\1", old)
            lines.append(f"{matcher} path_regexp {quoted_caddy(f'^{pattern}$')}")
        lines.append(f"redir {matcher} {quoted_caddy(new)} 301")
    return lines
