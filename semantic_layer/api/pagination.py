"""`page` and `page_size`, and the pagination object beside every list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from rest_framework.request import Request

from semantic_layer.errors import Malformed

T = TypeVar("T")

# Above it a page number is a mistake, and OFFSET would overflow PostgreSQL's bigint.
MAX_PAGE = 1_000_000
PAGE_SIZE, MAX_PAGE_SIZE = 50, 100


@dataclass(frozen=True)
class Page:
    """One page as asked: number from 1, and its size."""

    number: int
    size: int

    @property
    def start(self) -> int:
        return (self.number - 1) * self.size


def page_asked(request: Request, *, default: int = PAGE_SIZE, maximum: int = MAX_PAGE_SIZE) -> Page:
    """Read `page` and `page_size`; out of range is Malformed, never clamped."""
    number = _whole_number(request, "page", 1, MAX_PAGE)
    return Page(number, _whole_number(request, "page_size", default, maximum))


def paginate(
    items: Sequence[Any] | QuerySet[Any],
    request: Request,
    *,
    default: int = PAGE_SIZE,
    maximum: int = MAX_PAGE_SIZE,
) -> tuple[list[Any], dict[str, Any]]:
    """The asked page of `items` and its pagination object; a queryset costs two queries."""
    page = page_asked(request, default=default, maximum=maximum)
    total = items.count() if isinstance(items, QuerySet) else len(items)
    return list(items[page.start : page.start + page.size]), pagination(page, total)


def pagination(page: Page, total: int) -> dict[str, Any]:
    """The `pagination` object of a list that holds `total` items in all."""
    pages = -(-total // page.size)
    return {
        "total": total,
        "page": page.number,
        "page_size": page.size,
        "total_pages": pages,
        "has_next": page.number < pages,
        "has_previous": page.number > 1,
    }


def _whole_number(request: Request, name: str, default: int, maximum: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not 1 <= int(text) <= maximum:
        raise Malformed(
            f"{name} must be a whole number from 1 to {maximum}, not {text[:50]!r}.", parameter=name
        )
    return int(text)
