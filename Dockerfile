# One image for web, worker, beat and the one-shot migration; see docker-compose.yml.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VAR_DIR=/var/lib/semantic-layer
RUN useradd --system --uid 10001 --home-dir /var/lib/semantic-layer --create-home service
COPY --from=build /venv /venv
WORKDIR /app
COPY manage.py ./
COPY semantic_layer ./semantic_layer
COPY catalog ./catalog
COPY models_registry ./models_registry
COPY queries ./queries
COPY lineage ./lineage
COPY genie ./genie
COPY templates ./templates
COPY semantic-models ./semantic-models
USER service
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health/', timeout=4)"]
CMD ["gunicorn", "semantic_layer.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "semantic_layer.http_server.ApiWorker", "--limit-request-line", "8190", "--workers", "2", "--threads", "8"]
