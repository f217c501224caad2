"""Authors' texts are shown as texts: no markup, no script, no odd link comes through."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from models_registry.documentation.wording import (
    TAGS,
    as_html,
    as_markdown,
    as_plain,
    escaped,
    fence_for,
)

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&#58;alert(1))",
    "[x](&amp;#106;avascript:alert(1))",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](<javascript:alert(1)>)",
    "<javascript:alert(1)>",
    "![x](http://evil.example/pixel.png)",
    "![x][y]\n\n[y]: http://evil.example/pixel.png",
    '[x](http://a.example "onclick=alert(1)")',
    '<a href="javascript:alert(1)">x</a>',
    "<svg><a xlink:href=javascript:alert(1)>",
    "<iframe srcdoc='<script>'>",
    "</pre></table><style>*{display:none}</style>",
    "`` ` `` <b onmouseover=alert(1)>",
    "| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [y](javascript:alert(1)) |",
    "\u200bjava\u200bscript:alert(1)",
]


class Seen(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def assert_harmless(page: str) -> None:
    seen = Seen(page)
    assert set(seen.tags) <= TAGS, seen.tags
    for name, value in seen.attributes:
        assert name in ("href", "title", "rel"), name
        if name == "href":
            # Without a scheme it is a place on the same site.
            assert re.match(r"(https?|mailto):|[^:]*\Z|[^:]*[/?#]", value or ""), value


@pytest.mark.parametrize("text", ATTACKS)
def test_attacks_are_words(text: str) -> None:
    assert_harmless(as_html(text))
    # Another reader of our Markdown, which lets links through that ours refuses.
    lenient = MarkdownIt("commonmark", {"html": True})
    lenient.validateLink = lambda url: True  # type: ignore[method-assign]
    page = Seen(lenient.render(as_markdown(text)))
    assert not {"script", "img", "svg", "iframe", "style", "b"} & set(page.tags)
    for _, value in page.attributes:
        assert not re.match(r"\s*(javascript|vbscript|data)\s*:", value or "", re.IGNORECASE)


def test_what_authors_mean_stays() -> None:
    page = as_html("**Net** of [returns](https://wiki.example/returns), see `amount`.\n\n- a\n- b")
    assert "<strong>Net</strong>" in page
    assert 'href="https://wiki.example/returns"' in page
    assert "<li>a</li>" in page
    assert as_markdown("**Net** & more") == "**Net** &amp; more"
    assert as_plain("**Net** of `x` & [y](https://a.example)") == "Net of x & y"


def test_names_cannot_leave_their_cell_or_fence() -> None:
    assert escaped("a|b\n\n# c") == "a\\|b # c"
    assert fence_for("SELECT '```'") == "````"


@settings(max_examples=200)
@given(st.text(alphabet="<>&[]()!`*_|:;#\"'/\\ \njavscript=xhttp.1", max_size=60))
def test_no_text_is_markup(text: str) -> None:
    assert_harmless(as_html(text))
