"""The Celery application as the product has it, whose processes can be told to die at one place.

A test writes `{"target": "package.module.function", "moment": "before" | "after", "whole": bool}`
into `crash.json` in WORKER_FOLDER. The next process to reach the function kills itself as `kill -9`
does, or with `whole` the worker and all its processes, and the order is void. A process that works
on a task has a file `<its number>.busy` there.
"""

from __future__ import annotations

import functools
import json
import os
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from celery.signals import task_postrun, task_prerun

from semantic_layer.celery import app

__all__ = ["app"]

FOLDER = Path(os.environ["WORKER_FOLDER"])
ORDER = FOLDER / "crash.json"

_wrapped: set[str] = set()


def _order() -> dict[str, Any] | None:
    try:
        order: dict[str, Any] = json.loads(ORDER.read_text())
    except FileNotFoundError:
        return None
    return order


def _die(order: dict[str, Any]) -> None:
    ORDER.unlink(missing_ok=True)
    if order["whole"]:
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _mortal(target: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        order = _order()
        due = order is not None and order["target"] == target
        if due and order["moment"] == "before":
            _die(order)
        answer = function(*args, **kwargs)
        if due:
            _die(order)
        return answer

    return wrapper


@task_prerun.connect
def _obey(**kwargs: Any) -> None:
    """Before each task, since the order may be younger than the process."""
    _busy().touch()
    order = _order()
    if order is None or order["target"] in _wrapped:
        return
    place, _, name = order["target"].rpartition(".")
    module = import_module(place)
    setattr(module, name, _mortal(order["target"], getattr(module, name)))
    _wrapped.add(order["target"])


@task_postrun.connect
def _rest(**kwargs: Any) -> None:
    _busy().unlink(missing_ok=True)


def _busy() -> Path:
    return FOLDER / f"{os.getpid()}.busy"
