#!/usr/bin/env python
"""Django's command line: `manage.py up` starts the whole service, `manage.py help` the rest."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "semantic_layer.settings")
    execute_from_command_line(sys.argv)
