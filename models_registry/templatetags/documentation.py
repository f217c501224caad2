"""Filters for the templates of documentation. Markdown templates turn Django's escaping off and
use `words` for names and `prose` for descriptions.
"""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from models_registry.documentation import wording

register = template.Library()


@register.filter
def words(value: object) -> str:
    """Any value as words of one line of Markdown."""
    return wording.escaped("" if value is None else str(value))


@register.filter
def prose(value: object) -> str:
    """An author's text in Markdown."""
    return wording.as_markdown("" if value is None else str(value))


@register.filter
def rendered(value: object) -> SafeString:
    """An author's text as HTML."""
    return mark_safe(wording.as_html("" if value is None else str(value)))  # noqa: S308  cleaned


@register.filter
def drawn(value: str) -> SafeString:
    """An SVG of ours: its texts were put in as texts."""
    return mark_safe(value)  # noqa: S308  built as a tree


@register.filter
def code(value: object, language: str = "") -> str:
    """A code block of Markdown."""
    text = str(value)
    fence = wording.fence_for(text)
    return f"{fence}{language}\n{text}\n{fence}"
