"""Processes of a lab: started so that they cannot outlive it, ended by recorded pid only."""

import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent():
    """In a new child: be ended by the kernel when the lab's process is, however that ends."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start_time(pid):
    """When `pid` began (clock ticks since boot), None when there is no such process. With the pid it
    names one process for good: pids are used again, pairs are not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def alive(record):
    return record is not None and record["start"] is not None and start_time(record["pid"]) == record["start"]


def record_of(pid):
    return {"pid": pid, "start": start_time(pid)}


def end(record, grace=3.0):
    """Asks a recorded process to end, and ends it after `grace` seconds."""
    if not alive(record):
        return
    for number, wait in ((signal.SIGTERM, grace), (signal.SIGKILL, 5.0)):
        try:
            os.kill(record["pid"], number)
        except ProcessLookupError:
            return
        limit = time.monotonic() + wait
        while time.monotonic() < limit:
            try:
                os.waitpid(record["pid"], os.WNOHANG)  # ours, perhaps: do not leave it a zombie
            except ChildProcessError:
                pass
            if not alive(record):
                return
            time.sleep(0.02)


def run(command, *, check=True, timeout=60, stdin_text=None, env=None):
    """Runs a command to its end; its output is text. With `check` a failure tells what it said."""
    done = subprocess.run(command, input=stdin_text, stdin=None if stdin_text else subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                          timeout=timeout, check=False, env=env)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}: "
                           f"{done.stderr.strip() or done.stdout.strip()}")
    return done


def start(command, log, stdin=subprocess.DEVNULL, env=None):
    """Starts a command in the background with its output in the file `log`."""
    with open(log, "ab") as output:
        return subprocess.Popen(command, stdin=stdin, stdout=output, stderr=subprocess.STDOUT,
                                preexec_fn=end_with_parent, env=env)
