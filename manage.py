#!/usr/bin/env python
"""Django's command line: `manage.py up` starts the whole service, `manage.py help` the rest."""

import os
import sys

from django.core.management import execute_from_command_line

from semantic_layer.embedded.environment import fill
from semantic_layer.embedded.process import StartError

if __name__ == "__main__":
    try:
        fill(os.environ, sys.argv)
    except StartError as error:
        sys.exit(f"Cannot start: {error}")
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
