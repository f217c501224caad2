"""Many models at once: a YAML file, a manifest or a zip of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from models_registry.models import Category
from models_registry.stewards.dry_runs import dry_run
from models_registry.uploads import Uploaded, upload_documents
from semantic_layer.accounts.pages import StewardPage
from semantic_layer.api.exceptions import describe
from semantic_layer.errors import Malformed, TooLarge, UserError
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class Upload:
    """The form as it was sent."""

    name: str
    data: bytes
    category: str
    overwrite: bool
    message: str

    @classmethod
    def of(cls, request: HttpRequest) -> Upload:
        file = request.FILES.get("file")
        category = request.POST.get("category", "")
        if file is None or file.size is None:
            raise Malformed("Choose a file.")
        if file.size > settings.MODEL_MAX_BYTES:
            raise TooLarge(f"The file is larger than {settings.MODEL_MAX_BYTES // 1024**2} MB.")
        if category not in Category.values:
            raise Malformed(f"category must be one of {', '.join(Category.values)}.")
        said = request.POST
        return cls(
            file.name or "", file.read(), category, "overwrite" in said, said.get("message", "")
        )

    def write(self, actor: Actor) -> Uploaded:
        return upload_documents(
            actor=actor,
            category=self.category,
            files=[(self.name, self.data)],
            overwrite=self.overwrite,
            message=self.message,
        )


class UploadPage(StewardPage):
    """All or nothing; `intent=check` only tells what would happen."""

    permission = "write"
    template_name = "stewards/upload.html"
    title = "Upload models"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page()

    def post(self, request: HttpRequest) -> HttpResponse:
        is_dry = request.POST.get("intent") != "do"
        try:
            upload = Upload.of(request)
            write = partial(upload.write, self.actor)
            found = dry_run(write) if is_dry else write()
        except UserError as error:
            return self._page(error=describe(error)[0])
        if not is_dry:
            messages.success(request, f"{upload.name}: {len(found.documents)} documents.")
        return self._page(found=found, is_dry=is_dry)

    def _page(self, error: dict[str, Any] | None = None, **context: Any) -> HttpResponse:
        said = self.request.POST
        shown = {"categories": Category.choices, "said": said, "error": error, **context}
        return self.show(shown, status=error["status_code"] if error else 200)
