"""DependentsSource: documentation that would tell of a model that is gone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max

from models_registry.models import Documentation, DocumentationState, DocumentKind
from semantic_layer.ports import Dependent, UsedNames


class DocumentationDependents:
    """One entry per format, with when it was written last; never what it says."""

    def dependents(self, names: UsedNames) -> Iterable[Dependent]:
        """See the port."""
        found = (
            Documentation.objects.filter(
                document__category=names.category,
                document__name=names.model,
                document__kind=DocumentKind.SEMANTIC_MODEL,
                state=DocumentationState.COMPLETED,
            )
            .values("format")
            .annotate(last=Max("generated_at"))
            .order_by("format")
        )
        for row in found:
            last = row["last"].isoformat().replace("+00:00", "Z")
            yield Dependent(
                "documentation", row["format"], names.model, (names.model,), {"last": last}
            )
