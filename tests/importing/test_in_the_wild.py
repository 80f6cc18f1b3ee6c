# ruff: noqa: E501 - text of other tools
"""What authors write beside the most frequent constructs of their tool: each arrives, or the report names it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.importing import Job, import_site
from services.importing.report import Result
from tests.importing.sites import write_site
from tests.importing.sites.files import PIXEL, Files

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """A source, one article of it, texts that it has, texts that it lacks, and constructs that are reported."""

    kind: str
    files: Files
    article: str
    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()
    reported: dict[str, str] = field(default_factory=dict)


HUGO: Files = {
    "hugo.toml": 'baseURL = "https://example.org/"\n[permalinks]\ndocs = "/handbook/:sections[1:]/:contentbasename/"\n'
}
MKDOCS: Files = {
    "mkdocs.yml": """
site_name: Docs
markdown_extensions:
  - pymdownx.caret
  - pymdownx.critic
  - pymdownx.arithmatex
  - pymdownx.snippets: {base_path: [.], auto_append: [words.md]}
plugins:
  - redirects: {redirect_maps: {old.md: 'https://elsewhere.example'}}
""",
    "words.md": "*[HTML]: Hypertext\n*[CSS]: Style sheets\n",
    "one.md": "The *first*.\n",
}
JEKYLL: Files = {"_config.yml": "title: Notes\n"}
DOCUSAURUS: Files = {
    "docusaurus.config.js": (
        "const config = {title: 'Lib', url: 'https://example.org', baseUrl: '/', presets: [['classic',"
        " /** @type {Options} */ ({docs: {routeBasePath: 'manual'}})]], plugins: ["
        "['@docusaurus/plugin-client-redirects', {redirects: [{to: '/manual/setup', from: ['/start', '/lost']},"
        " {to: '/nowhere', from: '/x'}]}]]};\nexport default config;\n"
    ),
    "blog/tags.yml": "release:\n  label: Releases\n",
    "static/logo.png": PIXEL,
}
ASTRO: Files = {
    "astro.config.mjs": "export default defineConfig({site: 'https://example.org', redirects: {'/was': '/blog/one/', '/a/[...b]': '/c'}});\n",
    "src/assets/p.png": PIXEL,
    "src/assets/x.js": "let x = 1\n",
}
PELICAN: Files = {"pelicanconf.py": "SITENAME = 'Notes'\nPATH = 'content'\n"}
ZOLA: Files = {"config.toml": 'base_url = "https://example.org"\n'}

CASES = [
    Case(
        "hugo",
        HUGO
        | {
            "content/docs/guide/setup.md": "---\ntitle: Set up\n---\nText.\n",
            "content/posts/a.md": (
                "---\ntitle: A\ndate: 2024-01-01\n---\nFirst lines of it.\n\n"
                '{{< highlight go "linenos=table,hl_lines=1-2 3,linenostart=7" >}}\na\nb\nc\n{{< /highlight >}}\n\n'
                '{{< youtube one >}}\n{{< youtube two >}}\n\nIt is at {{< relref "docs/guide/setup" >}}.\n\n{{< unclosed\n'
            ),
            "content/posts/b.html": "---\ntitle: B\n---\n<p>Written in HTML</p>\n",
        },
        "articles/a.md",
        (
            '```go hl="1-3" numbers=7\n',
            "watch?v=one)\n\n[Watch",
            "It is at [docs/guide/setup](/articles/setup/).",
        ),
        ("import-source",),
        {"{{< that is not closed >}}": "left", "page that is no Markdown": "dropped"},
    ),
    Case(
        "hugo",
        HUGO | {"content/docs/guide/setup.md": "---\ntitle: Set up\n---\nText.\n", "content/docs/b.md": "b\n"},
        "articles/setup.md",
        ("- /handbook/guide/setup/\n",),
    ),
    Case(
        "hugo",
        HUGO
        | {
            "content/posts/a/index.md": (
                '---\ntitle: A\ndate: 2024-01-01\n---\n{{< tabs items="JSON,YAML" >}}\n{{< tab >}}One{{< /tab >}}\n'
                '{{< tab >}}Two{{< /tab >}}\n{{< /tabs >}}\n\n{{< tabs >}}\n{{< tab "Other" >}}Three{{< /tab >}}\n{{< /tabs >}}\n\n{{< filetree/container >}}\n  {{< filetree/folder name="content" >}}\n'
                '    {{< filetree/file name="a.md" >}}\n  {{< /filetree/folder >}}\n{{< /filetree/container >}}\n\n'
                '{{< columns >}}\nLeft\n<--->\nRight\n{{< /columns >}}\n\n{{< github repo="x/y" >}}\n\n'
                "{{< quote >}}Said{{< /quote >}}\n\n{{< rawhtml >}}<b>raw</b>{{< /rawhtml >}}\n"
            ),
            "content/posts/a/part.md": "---\ntitle: Part\n---\nA part.\n",
        },
        "articles/a.md",
        (
            '=== "JSON"\n\n    One\n',
            '=== "YAML"\n\n    Two\n',
            '===! "Other"\n\n    Three\n',
            "- content/\n  - a.md\n",
            "Left\n\nRight",
            "[x/y on GitHub](https://github.com/x/y)",
            "> Said",
            "\n<b>raw</b>\n",
        ),
        ("<--->", "import:"),
        {"resource of a bundle": "converted"},
    ),
    Case(
        "mkdocs-material",
        MKDOCS
        | {
            "docs/a.md": (
                "# A\n\nHTML is read.\n\n$$\n\\sum_{k=0}^{9}\\frac{(-1)^k}{x^2}\n$$\n\nThe limit \\(x^2+y^2\\) and \\[a = b\\] and\n\n"
                "\\[ c \\]\n\nx^2^ {++new++} {--old--} {~~a~>b~~} {==seen==} {>>a word<<}`#!python print()`\n\n"
                "--8<--\none.md\n; two.md\n--8<--\n\n/// warning | Mind *this*\nText.\n///\n\n/// version-added | v2.9\n///\n\n"
                "![a](p.png#only-light)\n![b](p.png#only-dark)\n\n    :::python\n    print(1)\n"
            ),
            "docs/p.png": PIXEL,
        },
        "articles/a/index.md",
        (
            "\\sum_{k=0}^{9}\\frac{(-1)^k}{x^2}\n$$",
            "limit $x^2+y^2$",
            "$$c$$",
            "x<sup>2</sup> <ins>new</ins> <del>old</del> <del>a</del><ins>b</ins> <mark>seen</mark>`print()`",
            "The *first*.\n",
            '!!! warning "Mind *this*"\n    Text.\n',
            "**Version added: v2.9**\n",
            "![a](p.png)",
            "```python\nprint(1)\n```",
            "*[HTML]: Hypertext",
        ),
        ("![b]", "*[CSS]", "8<", "///"),
        {"critic markup": "dropped", "picture for the dark scheme": "dropped"},
    ),
    Case(
        "jekyll",
        JEKYLL
        | {
            "_posts/2024-01-02-a.md": (
                "---\ntitle: A\ntags: one two\n---\nOn {{ page.date | date: '%-d %B %Y' }} it ran.\n\n"
                "{::comment}\nnobody reads this\n{:/comment}\n\n> Do it.\n{: .prompt-tip }\n\nTake care.\n{: .notice--danger}\n\n"
                "```python\nx\n```\n{: file='x.py' }\n\n{% twitter https://twitter.com/x/status/1 %}\n"
            ),
            "_posts/loose.md": "Loose *text*.\n",
            "contact.html": "---\ntitle: Contact\n---\n<p>Write to me</p>\n",
        },
        "articles/a.md",
        (
            "tags:\n- one\n- two\n",
            "On 2 January 2024 it ran.",
            "> [!TIP]\n> Do it.\n",
            "!!! danger\n    Take care.\n",
            '```python title="x.py"\n',
            "[See on X](https://twitter.com/x/status/1)",
        ),
        ("nobody reads this", "{:"),
        {"page that is no Markdown": "dropped", "post without a date in its name": "converted"},
    ),
    Case(
        "jekyll",
        JEKYLL
        | {
            "_posts/2024-01-04-c.md": (
                '---\ntitle: C\n---\nWords before.\n\n<aside markdown="1" class="quote">\n  Words of *hers*.\n'
                '  <p class="credit" markdown="1">\n[A book](https://example.org/)\n  </p>\n</aside>\n\n'
                '<div markdown id="x">\n<div>\n**inside**\n</div>\n</div>\n\n<p markdown="span">\n*open* to its end\n'
            ),
        },
        "articles/c.md",
        (
            "> Words of *hers*.\n>\n> [A book](https://example.org/)\n",
            '<a id="x"></a>\n\n\n<div>\n**inside**\n</div>\n',
            "\n\n*open* to its end\n",
        ),
        ("markdown", "<p", "</p>", "aside"),
        {"markdown attribute": "converted"},
    ),
    Case(
        "jekyll",
        JEKYLL
        | {
            "_posts/2024-01-02-a.md": (
                "---\ntitle: A\nmedia_subpath: /assets/\n---\nInline $$ a^2 $$ and [gone](#nowhere){: .btn } text.\n\n![](p.png) ![][it]\n\n[it]: p.png\n\n"
                "{% include embed/youtube.html id='one' %}\n{% include video id='two' provider='youtube' %}\n\n{% include gallery caption='G' %}\n\n"
                "{% capture box %}\n* item\n* other\n{% endcapture %}<div>{{ box | markdownify }}</div>\n"
            ),
            "assets/p.png": PIXEL,
        },
        "articles/a/index.md",
        (
            "Inline $a^2$ and gone text.",
            "![p](p.png) ![it][it]",
            "watch?v=one)\n\n[Watch on YouTube](https://www.youtube.com/watch?v=two)",
            "<!-- import: {% include gallery",
            "<div>\n\n* item\n* other\n\n</div>",
        ),
        ("{.btn",),
        {"{% include %}": "dropped"},
    ),
    Case(
        "mkdocs-material",
        {
            "mkdocs.yml": "site_name: Docs\nplugins: [include-markdown, literate-nav]\n",
            "docs/a.md": '# A\n\n{%\n  include-markdown "b.md"\n  start="<!--s-->"\n  end="<!--e-->"\n%}\n',
            "docs/b.md": "# B\n\n<!--s-->Only *this*.<!--e--> Not this.\n",
            "docs/SUMMARY.md": "* [A](a.md)\n",
        },
        "articles/a.md",
        ("\nOnly *this*.\n",),
        ("Not this", "import:"),
    ),
    Case(
        "docusaurus",
        DOCUSAURUS
        | {
            "docs/setup.md": "# Set up\n\nText.\n",
            "blog/2024-01-02-a.mdx": (
                "---\ntitle: A\ntags: [release]\n---\nimport Part from './_part.mdx';\n\nAll of {frontMatter.title}.\n\n"
                '```js title="a.js"\nconst a = 1;\n// highlight-next-line\nconst b = 2;\n// highlight-start\nconst c = 3;\n'
                "// highlight-end\nconst d = 4; // [!code ++]\n```\n\n![logo](@site/static/img/../logo.png)\n\n<Part name='Z' />\n\n"
                "<ThemedImage alt='Two' sources={{light: useBaseUrl('/logo.png'), dark: useBaseUrl('/b.png')}} />\n\n"
                "```mdx-code-block\n<Highlight color='red'>red</Highlight>\n```\n\n```js showLineNumbers=5\nx\n```\n\n"
                '<head>\n  <meta name="x" content="y" />\n</head>\n\n$\\frac{a}{b}$\n'
            ),
            "blog/_part.mdx": "For {props.name}.\n",
        },
        "articles/a/index.md",
        (
            "- Releases\n",
            "All of A.",
            '```js title="a.js" hl="2-3" ins="4"\nconst a = 1;\nconst b = 2;\nconst c = 3;\nconst d = 4;\n```',
            "![logo](logo.png)",
            "For Z.",
            "![Two](logo.png)",
            "<mark>red</mark>",
            "```js numbers=5\nx\n```",
            "$\\frac{a}{b}$",
        ),
        ("highlight-", "<head>", "mdx-code-block"),
        {"redirect to nothing": "dropped"},
    ),
    Case(
        "docusaurus",
        DOCUSAURUS | {"docs/setup.md": "# Set up\n\nText.\n"},
        "articles/setup.md",
        ("- /manual/setup\n", "- /start\n", "- /lost\n"),
    ),
    Case(
        "eleventy",
        {
            "eleventy.config.js": "export default function () {}\n",
            "posts/2024-01-02-a.md": (
                "---\ntitle: A\npermalink: \"/{{ page.date | date: '%Y' }}/a.html\"\n---\n{#- hidden -#}\nShown text.\n"
            ),
            "posts/b.md": "---\ntitle: B\npermalink: '/{{ pagination.pageNumber }}/'\n---\nb\n",
            "posts/posts.11tydata.js": "export default { permalink: (data) => `/p/${data.x}/` }\n",
            "about.njk": "---\ntitle: About\n---\n<p>About the site</p>\n",
        },
        "articles/a.md",
        ("- /2024/a.html\n", "\nShown text.\n"),
        ("hidden", '<a id="'),
        {
            "permalink that a template makes": "dropped",
            "data that a program makes": "dropped",
            "page that is no Markdown": "dropped",
        },
    ),
    Case(
        "eleventy",
        {
            "eleventy.config.js": (
                "export default function (config) {}\n"
                'export const config = { dir: { input: "content", includes: "../_includes", data: "../_data" } };\n'
            ),
            "_data/metadata.js": 'export default { title: "Mine", url: "https://example.org/" }\n',
            "content/blog/one/one.md": "---\ntitle: One\ndate: 2024-01-02\n---\nIn {{ metadata.title }}, {{ m.x('y') }}.\n",
        },
        "articles/one.md",
        ("- /blog/one/\n", "In Mine, <!--"),
    ),
    Case(
        "astro",
        ASTRO
        | {
            "src/content/blog/one.mdx": (
                "---\ntitle: One\npubDate: 2024-01-02\ntags: [docs]\n---\nimport code from '../../assets/x.js?raw';\n\n"
                '## Table of contents\n\n## First\n\n::github{repo="x/y"}\n\n:spoiler[words] here\n\n<>\nin a fragment\n</>\n\n'
                "<Image src={import('../../assets/p.png')} alt=\"Moved\" />\n\n"
                '<Code code={code} lang="js" title="x.js" />\n\n![p](~/assets/p.png) ![p](@/assets/p.png)\n'
            ),
            "src/content/blog/two.mdoc": "---\ntitle: Two\n---\nx\n",
        },
        "articles/one/index.md",
        (
            "tags:\n- docs\n",
            "[x/y on GitHub](https://github.com/x/y)",
            "\nwords here\n",
            "![Moved](p.png)",
            "- /was\n",
            '```js title="x.js" include="included/src/assets/x.js"\n',
            "![p](p.png) ![p](p.png)",
        ),
        ("<Code", "<>", "Table of contents", "::"),
        {"Markdoc": "dropped", "redirect": "dropped"},
    ),
    Case(
        "pelican",
        PELICAN
        | {
            "content/a.md": (
                "Title: A\nDate: 2024-01-02\nTags: Two Words\nAuthor: Ada\n\n"
                "[home]({index}) [tag]({tag}two-words) [who]({author}ada)\n\n    :::python\n    print(1)\n\n    more\n\nText.\n"
            ),
            "content/b.html": "<html><head><title>B</title></head><body>Text of it</body></html>",
        },
        "articles/a.md",
        (
            "[home](/) [tag](/tags/two-words/) [who](/authors/ada/)",
            "```python\nprint(1)\n\nmore\n```\n\nText.",
        ),
        (":::",),
        {"page that is no Markdown": "dropped"},
    ),
    Case(
        "pelican",
        PELICAN
        | {
            "content/c.rst": (
                "C\n#\n\n:date: 2024-01-02\n\nH\\ :sub:`2`\\ O and :kbd:`Ctrl` and :ref:`words <x>`.\n\n.. code-block:: python\n"
                "   :linenos:\n   :emphasize-lines: 1\n\n   print(1)\n\n.. raw:: html\n\n   <b>raw</b>\n\n"
                ".. youtube:: abc\n\n.. epigraph::\n\n   Quoted.\n\n   -- Someone\n"
            )
        },
        "articles/c.md",
        (
            "H<sub>2</sub>O and <kbd>Ctrl</kbd> and words.",
            '```python hl="1" numbers\n',
            "\n<b>raw</b>\n",
            "[Watch on YouTube](https://www.youtube.com/watch?v=abc)",
            "> — Someone",
        ),
    ),
    Case(
        "zola",
        ZOLA
        | {
            "content/blog/a.md": (
                '+++\ntitle = "A"\ndate = 2024-01-02\n[extra]\nmood = "calm"\n+++\n{{ own(text="Hi") }} {{ katex(body="x^2") }}\n\n'
                "{% cite() %}\nSaid *so*\n{% end %}\n\n"
                "```rust,linenos,hl_lines=1 3,linenostart=5,name=main.rs\na\nb\nc\n```\n"
            ),
            "templates/shortcodes/own.html": "<b>{{ text }} {{ n | default(value=1) }}</b>\n",
            "templates/shortcodes/cite.md": "> {{ body }}\n",
        },
        "articles/a.md",
        (
            "extra:\n  mood: calm\n",
            "<b>Hi 1</b> $x^2$",
            "> Said *so*\n",
            '```rust title="main.rs" hl="1,3" numbers=5\n',
        ),
    ),
    Case(
        "markdown",
        {
            "README.md": "# Mine <!-- omit in toc -->\n\nText $`x^2`$.\n",
            "notes/a.md": (
                "# A\n\n> **Warning**\n> Mind it.\n\n![x](deep.png =10x20) ![[deep.png|Far down|20]]\n\n::: code-group\n\n```sh [npm]\nnpm i\n```\n\n:::\n\n"
                "{{#title T}}\n{{#playground x.rs}}\n{{#include ../files/x.rs:2:2}}\n\n```rust\n{{#include ../files/x.rs:part}}\n```\n\n![[deep.png|300]] ![[Other Note]] ==seen== %%for me%% end ^block-1\n\n%%\nlines\nfor me\n%%\n"
            ),
            "notes/Other Note.md": "Other.\n",
            "files/deep.png": PIXEL,
            "notes/deep.png": PIXEL,
            "files/x.rs": "fn a() {}\nSecond line.\n// ANCHOR: part\nfn b() {}\n// ANCHOR_END: part\n",
        },
        "articles/a/index.md",
        (
            "> [!WARNING]\n> Mind it.",
            "![x](deep.png){width=10 height=20} ![Far down](deep.png){width=20}",
            '```sh title="npm"\n',
            '\nSecond line.\n\n```rust include="included/files/x.rs#part"\n```',
            "![deep](deep.png){width=300} [Other Note](/articles/other-note/) <mark>seen</mark>  end\n",
        ),
        ("{{#in", "%%", "for me", "^block"),
        {"a template expression": "left", "%%comment%%": "dropped", "^block": "dropped"},
    ),
]


def imported(case: Case, folder: Path) -> Result:
    """The import of the source of ``case``."""
    source = write_site(folder / "source", case.files)
    return import_site(Job(case.kind, source, folder / "content", NOW))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}-{case.article}")
def test_constructs_arrive_and_what_does_not_is_reported(case: Case, tmp_path: Path) -> None:
    found = {(one.construct, one.outcome) for one in imported(case, tmp_path).findings.found}
    text = (tmp_path / "content" / case.article).read_text()
    assert [one for one in case.has if one not in text] == [], text
    assert [one for one in case.lacks if one in text] == [], text
    assert set(case.reported.items()) - found == set()


def test_title_of_a_site_has_no_comment_in_it(tmp_path: Path) -> None:
    case = CASES[-1]
    imported(case, tmp_path)
    assert 'title = "Mine"\n' in (tmp_path / "content/site.toml").read_text()
    assert "Text $x^2$." in (tmp_path / "content/articles/home.md").read_text()
