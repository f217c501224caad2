"""Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; else nothing of it
is even imported.

One trace goes from the request through Celery to the warehouse. Spans carry ids, kinds and codes;
never SQL, values, people or tokens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest

SERVICE = "semantic-layer"
_UNTRACED = "/api/health.*,/health/?$,/metrics/?$"
_ADDRESSES = ("http.url", "http.target", "url.full", "url.query")

_tracer: Any = None


def start() -> None:
    """Trace this process and those forked from it. Side effect: a thread that sends spans."""
    global _tracer
    if _tracer is not None or not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.celery import CeleryInstrumentor
    from opentelemetry.instrumentation.django import DjangoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": SERVICE, "service.version": settings.VERSION})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(response_hook=_told, excluded_urls=_UNTRACED)
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    _tracer = trace.get_tracer(SERVICE)


@contextmanager
def span(name: str, **attributes: str | int | float | bool) -> Iterator[None]:
    """The block as a span of the trace under way; nothing where there is no tracing."""
    if _tracer is None:
        yield
        return
    with _tracer.start_as_current_span(name, attributes=attributes, record_exception=False):
        yield


def _told(traced: Any, request: HttpRequest, response: Any) -> None:
    """Add the request's id; take out what follows `?`: links to downloads carry a signature."""
    if not traced.is_recording():
        return
    traced.set_attribute("request_id", response.get("X-Request-ID", ""))
    for name in _ADDRESSES:
        if name in traced.attributes:
            traced.set_attribute(name, request.path)
