"""WSGI entry: `gunicorn semantic_layer.wsgi`."""

import os

import django
from django.core.wsgi import get_wsgi_application

from semantic_layer.checks import refuse_to_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "semantic_layer.settings")

django.setup()
refuse_to_start()
application = get_wsgi_application()
