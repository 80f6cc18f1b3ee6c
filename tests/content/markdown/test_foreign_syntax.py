"""Foreign syntax is named in any text that has it: the quick search leaves no kind out."""

from __future__ import annotations

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.content.markdown.dialect import dialect
from shared.content.markdown.faults import foreign
from shared.content.markdown.faults.foreign import KINDS, UNFINISHED, find_foreign

_PIECES = (
    *("{{< x >}}", "{{% x %}}", "{% x %}", "{{ x }}", "{/* x */}", "import a from 'b'", "import 'b'", "export const a"),
    *("::: note", ":::{tip}", "=== ", "===! ", "--8<-- ", "{: .a}", "{::}", "[[a b]]", ":material-home:", ":smile:"),
    *("==a b==", "[^a]", "[a][b]", "[a](b c)", "|a|b|\n", "|-|-", "|", "==", "][", "](", "[^"),
    *("++ctrl+c++", "a", " ", "\n", ":", "{", "}", "[", "]", "+", "=", "-", "import", "export"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=6).map("".join) | st.text(max_size=30))
@example("".join(_PIECES))
def test_a_text_with_any_kind_passes_the_quick_search(text: str) -> None:
    if any(kind.looks.search(text) for kind in (*KINDS, *UNFINISHED)):
        assert foreign.may_be(text)


def _named(text: str) -> list[str]:
    return [problem.message for problem in find_foreign(dialect().parse(text), text, "articles/a.md", 1)]


@example(["&#123;", "&#123; x }}"])
@example(["\\[\\[a b]]"])
@given(st.lists(st.sampled_from((*_PIECES, "&#123;", "&#58;smile:", "\\[", "\\+", "`x`", "*y*")), max_size=6))
def test_the_quick_search_in_the_source_leaves_no_text_out(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = _named(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(foreign, "may_be", lambda _text: True)
        assert found == _named(text)


@pytest.mark.parametrize("piece", [":::note\nx\n:::\n", "[^a] ", "{{ x }}\n", "[[a]] ", "==a== :smile:\n"])
def test_work_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    def calls(count: int) -> int:
        """The calls, of generators and of the interpreter's own functions too, for ``count`` pieces in a paragraph."""
        text = piece * count
        tokens, made = dialect().parse(text), [0]

        def count_call(_frame: object, event: str, _argument: object) -> None:
            made[0] += event in {"call", "c_call"}

        before = sys.getprofile()
        sys.setprofile(count_call)
        try:
            assert len(list(find_foreign(tokens, text, "articles/a.md", 1))) >= 1
        finally:
            sys.setprofile(before)
        return made[0]

    assert calls(800) < 3 * calls(400)
