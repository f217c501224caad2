"""What authors wrote, made safe to show: their Markdown counts, their HTML and odd links do not."""

from __future__ import annotations

import html
import re

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "hr",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_PUNCTUATION = re.compile(r"([\\`*_\[\]|~$])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What a link could call by; looked for after entities and blanks are taken away.
_ODD_SCHEME = re.compile(r"(?:javascript|vbscript|data|file|blob|about)\s*:", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\x00-\x20\u200b-\u200f\u2028-\u202f]+")


def as_html(text: str) -> str:
    """The author's Markdown as HTML of a few harmless tags; links go to the web or to people."""
    rendered = _MARKDOWN.render(text)
    return nh3.clean(
        rendered,
        tags=TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def as_markdown(text: str) -> str:
    """The author's Markdown for another reader: without HTML, pictures or odd links.

    Where a link might call a script, all of the text is only words.
    """
    bare = _BLANKS.sub("", html.unescape(html.unescape(text)))
    if _ODD_SCHEME.search(bare):
        return escaped(text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("![", "!\\[").strip()


def escaped(text: str) -> str:
    """Any text as words of one line of Markdown, in tables too."""
    line = "".join(_ENTITIES.get(letter, letter) for letter in " ".join(text.split()))
    return _PUNCTUATION.sub(r"\\\1", line)


def as_plain(text: str) -> str:
    """What one reads of the author's Markdown, without its marks."""
    stripped = nh3.clean(_MARKDOWN.render(text), tags=set(), attributes={})
    return html.unescape(stripped).strip()


def fence_for(text: str) -> str:
    """A code fence that the text cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
