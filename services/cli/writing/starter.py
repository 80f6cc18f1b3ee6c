"""The site that ``perspective init`` writes: template files with the answers filled in.

Pure but for ``read_starter`` and ``write_starter``.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from shared.content.parsing.site_config import SITE_FILE, parse_site
from shared.text.messages import Translate, message

STARTER_DIR = Path(__file__).parent / "starter"
#: Written beside the content folder, not below it.
GITIGNORE = "gitignore"
DEFAULT_TITLE = "Field Notes"
DEFAULT_TAGLINE = "Notes on what I build and learn"
DEFAULT_LANGUAGE = "en"
DEFAULT_ADDRESS = "http://127.0.0.1:8080"
#: The language of the articles in the starter.
STARTER_LANGUAGE = "en"

#: Labels of the navigation.
NAVIGATION = (message("Articles"), message("Tags"), message("Archive"), message("About"))

_PLACEHOLDER = re.compile("%[A-Z_]+%")


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers for a new site: title, subject, author, language (BCP 47) and address."""

    title: str = DEFAULT_TITLE
    tagline: str = DEFAULT_TAGLINE
    author: str = ""
    language: str = DEFAULT_LANGUAGE
    base_url: str = DEFAULT_ADDRESS


def has_site(content_dir: Path) -> bool:
    """Whether ``content_dir`` has any part of a site."""
    return any((content_dir / name).exists() for name in (SITE_FILE, "articles", "pages"))


def read_starter() -> dict[str, str]:
    """The files of the starter by their path below the content folder, and GITIGNORE."""
    return {
        path.relative_to(STARTER_DIR).as_posix(): path.read_text("utf-8")
        for path in sorted(STARTER_DIR.rglob("*"))
        if path.is_file() and path.suffix in {"", ".json", ".md", ".toml"}
    }


def fill(files: Mapping[str, str], answers: Answers, today: date, translate: Translate = message) -> dict[str, str]:
    """``files`` with ``answers`` filled in. Raises InvalidContent for an answer that is invalid on a site.

    ``translate`` translates the labels of the navigation to the language of the site.
    """
    title, author = _line(answers.title) or DEFAULT_TITLE, _line(answers.author)
    tagline = _line(answers.tagline)
    values = {
        # A JSON string is a TOML basic string.
        "%TITLE%": _quoted(title),
        "%TAGLINE%": _quoted(tagline),
        "%AUTHOR%": _quoted(author),
        "%LANGUAGE%": _quoted(answers.language.strip()),
        "%BASE_URL%": _quoted(answers.base_url.strip()),
        **{f"%{label.upper()}%": _quoted(translate(label)) for label in NAVIGATION},
        "%TODAY%": today.isoformat(),
        "%TITLE_TEXT%": _escaped(title),
        "%TAGLINE_TEXT%": _escaped(tagline or title),
        "%AUTHOR_TEXT%": _escaped(author or title),
        "%OTHER_LANGUAGE%": "" if _is_starters(answers.language) else f"language: {STARTER_LANGUAGE}\n",
    }
    # In one pass, so that an answer is never read as a placeholder.
    filled = {name: _PLACEHOLDER.sub(lambda one: values[one[0]], source) for name, source in files.items()}
    parse_site(filled[SITE_FILE])
    return filled


def write_starter(content_dir: Path, files: Mapping[str, str]) -> None:
    """Write ``files`` as the new ``content_dir``, atomically. Raises FileExistsError if it is not empty."""
    if content_dir.is_dir() and any(content_dir.iterdir()):
        raise FileExistsError(content_dir)
    content_dir.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{content_dir.name}-", dir=content_dir.parent))
    try:
        building.chmod(0o755)
        for name, text in files.items():
            if name != GITIGNORE:
                path = building / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
        building.replace(content_dir)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    ignored = content_dir.parent / ".gitignore"
    if not ignored.exists():
        ignored.write_text(files[GITIGNORE], "utf-8")


def _is_starters(language: str) -> bool:
    return language.strip().partition("-")[0].lower() == STARTER_LANGUAGE


def _line(text: str) -> str:
    """Return ``text`` on one line, without invisible characters."""
    return " ".join("".join(one for one in text if one.isprintable() or one.isspace()).split())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _escaped(text: str) -> str:
    """``text`` as words of Markdown, with its special characters escaped."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>()#+-.!|~$&:=^\"'" else one for one in text)
