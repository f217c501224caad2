"""Multipart bodies held in memory, and given up as soon as they are too large."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.parsers import BaseParser, DataAndFiles

from semantic_layer.errors import Malformed, TooLarge


class _Bounded(FileUploadHandler):
    """Keeps a file in memory up to the limit, over all files of the request."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit
        self._limit = limit
        self._buffer = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._left -= len(raw_data)
        if self._left < 0:
            raise TooLarge(f"The file is larger than {self._limit // 1024**2} MB: split it.")
        self._buffer.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._buffer.seek(0)
        return InMemoryUploadedFile(
            self._buffer, self.field_name, self.file_name or "", self.content_type, file_size,
            self.charset, self.content_type_extra,
        )  # fmt: skip


class ModelFileParser(BaseParser):
    """multipart/form-data with model files of at most MODEL_MAX_BYTES together.

    Raises TooLarge while reading, so that no temporary file ever grows; Malformed for a body that
    is no multipart.
    """

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        request = (parser_context or {})["request"]
        meta = {**request.META, "CONTENT_TYPE": media_type}
        handlers: list[FileUploadHandler] = [_Bounded(settings.MODEL_MAX_BYTES)]
        try:
            parser = MultiPartParser(meta, cast(Any, stream), handlers, "utf-8")
            data, files = parser.parse()
        except (MultiPartParserError, TooManyFilesSent) as error:
            message = f"The body is no multipart form: {error}."
            raise Malformed(message, code="MALFORMED_BODY") from error
        except RequestDataTooBig as error:
            raise TooLarge("The form's fields are too large.") from error
        return DataAndFiles(data, files)
