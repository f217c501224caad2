"""The list of versions that wait for somebody."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from models_registry.reviews import OPEN_STATES
from models_registry.stewards.visible import waiting_versions
from semantic_layer.accounts.pages import StewardPage


class ReviewsPage(StewardPage):
    """Versions in review first, then drafts."""

    template_name = "stewards/reviews.html"
    title = "Reviews"

    def get(self, request: HttpRequest) -> HttpResponse:
        found = waiting_versions(self.actor, OPEN_STATES)
        context = {
            "reviews": [version for version in found if version.state == OPEN_STATES[1]],
            "drafts": [version for version in found if version.state == OPEN_STATES[0]],
            "review_categories": settings.MODEL_REVIEW_CATEGORIES,
        }
        return self.show(context)
