"""A kernel that refuses a call, as old ones and the profiles of containers do."""

import ctypes
import os
import struct
import subprocess
import sys
from collections.abc import Sequence

from harness.system.paths import ROOT

# The numbers are the same on every processor.
PIDFD_OPEN, PIDFD_GETFD = 434, 438
# From linux/prctl.h and linux/seccomp.h.
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
# From linux/filter.h: load a word, jump where equal, return.
_LOAD, _JUMP, _RETURN = 0x20, 0x15, 0x06


def run_refused(call: int, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command for which a call fails with EPERM; its children inherit that."""
    wrapped = [sys.executable, "-m", "tests.unit.harness.seccomp", str(call), *command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        wrapped, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def refuse(call: int) -> None:
    """Make a call fail with EPERM for this process from now on."""
    steps = (
        (_LOAD, 0, 0, 0),
        (_JUMP, 0, 1, call),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HL", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_NO_NEW_PRIVS, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, program, 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    refuse(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
