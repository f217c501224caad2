"""Become another program that cannot outlive its parent.

Usage: `python -I -S launch.py OPTIONS -- PROGRAM ARGS`.
Run as a file, standard library only, so that it costs milliseconds. It runs between fork and exec
in a process of its own because Python's `preexec_fn` is unsafe once the parent has threads.

The program gets its own session: Ctrl-C in the terminal reaches `manage.py up` alone, which then
stops everything in order. On Linux the kernel sends it a signal when the parent dies, even by kill
-9; elsewhere the next start finds it by its record (process.py).
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilityWord(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _searching_capability() -> int:
    """The narrowest capability we hold that lets a process walk through closed parent folders."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = next(int(line.split()[1], 16) for line in status.splitlines() if "CapPrm" in line)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if held >> capability & 1:
            return capability
    raise PermissionError("this root user may not read folders of others")


def _become(user: str, *, through_closed_folders: bool) -> None:
    """Drop root for good; keep at most the right to walk through folders closed to `user`."""
    entry = pwd.getpwnam(user)
    capability = _searching_capability() if through_closed_folders else None
    if capability is not None:
        # Without it, access(2) answers as if the capability were not there, and initdb asks it.
        # With it the change of user drops no capability: capset below does.
        _checked(_libc().prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0), "prctl")
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    if capability is not None:
        bit = 1 << capability
        words = (_CapabilityWord * 2)(_CapabilityWord(bit, bit, bit), _CapabilityWord(0, 0, 0))
        header = _CapabilityHeader(CAPABILITY_VERSION_3, 0)
        _checked(_libc().capset(ctypes.byref(header), words), "capset")
        _checked(_libc().prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "prctl")


def _die_with(parent: int, death_signal: int) -> None:
    if sys.platform == "linux":
        # After the change of user: that change would clear it.
        _checked(_libc().prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0), "prctl")
    if os.getppid() != parent:  # it died before we asked to be told
        sys.exit(1)


def main() -> None:
    """Apply the options and exec; every failure is one line on stderr and exit code 126."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--user")
    parser.add_argument("--through-closed-folders", action="store_true")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    try:
        os.setsid()
        if options.user:
            _become(options.user, through_closed_folders=options.through_closed_folders)
        _die_with(options.parent, options.death_signal)
        os.execv(options.program[0], options.program)  # noqa: S606  that is its job
    except (OSError, KeyError) as error:
        sys.stderr.write(f"cannot start {options.program[0]}: {error}\n")
        sys.exit(126)


if __name__ == "__main__":
    main()
