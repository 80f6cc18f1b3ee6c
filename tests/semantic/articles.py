"""Articles that questions find by their meaning."""

from __future__ import annotations

from tests.search_service.articles import make_article

#: "fast car" has no word of `automobiles`, which means just that; `pens` has a word of it and means something else.
ARTICLES = (
    make_article("automobiles", sections=(("Weather", "Rain."), ("Speed", "A quick vehicle, a swift automobile."))),
    make_article("pens", text="This pen writes in one go, and fast.", sections=(("Ink", "Blue."),)),
    make_article("dinner", text="A meal.", sections=(("Cooking", "Food and a meal."),)),
    make_article("gardens", text="Roses grow here and there."),
)
