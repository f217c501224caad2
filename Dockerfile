# One image for web, worker, beat and the one-shot migration; see docker-compose.yml.
# What is compiled or fetched stays in the first stage; the second has no installer and no compiler.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-compile -r requirements.txt \
    && /venv/bin/python -m compileall -q -j 0 /venv \
    && /venv/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/semantic-layer \
    PROMETHEUS_MULTIPROC_DIR=/tmp/figures
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
RUN python -m compileall -q -j 0 /app
USER 10001
VOLUME /var/lib/semantic-layer
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health/', timeout=4)"]
CMD ["gunicorn", "semantic_layer.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "semantic_layer.http_server.ApiWorker", "--limit-request-line", "8190", "--keep-alive", "75", "--workers", "2", "--threads", "8", "--preload", "--no-control-socket", "--worker-tmp-dir", "/tmp", "--graceful-timeout", "30"]
