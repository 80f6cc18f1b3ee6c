"""A body that is kept packed is the body that was parsed."""

from __future__ import annotations

from shared.content.article import PlainBody
from shared.content.folder.packed_body import pack_article, pack_body, unpack_body
from tests.content.articles import article

TEXT = """
Lead with `code`.

## Heading {#here}

[a link](https://example.org) ![picture](/static/x.png)

```python run
print("Grüße, 🦉")
```
"""


def test_a_packed_body_gives_what_the_parse_gave() -> None:
    one = article("a", TEXT)
    assert isinstance(one.body, PlainBody)
    packed = pack_article(one)
    for name in ("html", "sections", "headings", "links", "pictures", "samples"):
        assert getattr(packed, name) == getattr(one, name)
    assert (packed.url, packed.digest, packed.problems) == (one.url, one.digest, one.problems)


def test_half_a_surrogate_survives_packing() -> None:
    body = PlainBody(html="<p>\ud800</p>")
    assert unpack_body(pack_body(body)) == body
