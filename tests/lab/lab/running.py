"""One application of `apps/` as it runs: its processes, what they say, and how it is asked."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Self

#: Seconds until an application has to listen; a busy machine imports LangChain slowly.
_START_LIMIT = 120

#: What a server writes when it is ready, by a word of the command; a server whose workers are of
#: uvicorn listens before they are.
_READY = {
    "celery": r"celery@\S+ ready",
    "uvicorn": "Application startup complete",
    "gunicorn": "Booting worker",
}

#: Seconds that a process has between being told to end and being ended.
_STOP_LIMIT = 3


class StartError(Exception):
    """An application that does not start, with its last words."""


@dataclass(frozen=True)
class Line:
    """A line that a process wrote: when, on the monotonic clock, and what."""

    at: float
    text: str


class Running:
    """The processes of a Procfile, from the making until the end of `with`."""

    def __init__(
        self, app: Path, ports: list[int], programs: Path, environ: dict[str, str]
    ) -> None:
        """Takes a copy of the application, and the programs of one environment."""
        self._ports = ports
        self._copy = tempfile.TemporaryDirectory(prefix="unhang-lab-")
        self.folder = Path(self._copy.name) / app.name
        shutil.copytree(app, self.folder)
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        home = {"HOME": self._copy.name, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
        self._environ = {"PATH": path, **home, **environ}
        self._lines: list[Line] = []
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        """Starts all processes.

        Raises `StartError` when a program is missing, or somebody else listens where they shall.
        """
        try:
            if busy := [str(it) for it in self._ports if _is_open(it)]:
                raise StartError(f"somebody listens already at port {', '.join(busy)}")
            for line in (self.folder / "Procfile").read_text(encoding="utf-8").splitlines():
                self.start(line.split(":", 1)[1])
        except OSError as error:
            self._end()
            raise StartError(str(error)) from error
        except StartError:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends all processes and what they have started."""
        self._end()

    def _end(self) -> None:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for process in self._processes:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
            deadline = time.monotonic() + _STOP_LIMIT
            for process in self._processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, deadline - time.monotonic()))
        self._copy.cleanup()

    def start(self, command: str) -> None:
        """Starts one more process and listens to it."""
        process = subprocess.Popen(
            shlex.split(command),
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._processes.append(process)
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for text in process.stdout or ():
            self._lines.append(Line(time.monotonic(), text.rstrip()))

    def said(self, pattern: str, since: float = 0.0) -> Line | None:
        """The first line since then in which a pattern is found."""
        lines = sorted(self._lines, key=lambda it: it.at)
        return next((it for it in lines if it.at >= since and re.search(pattern, it.text)), None)

    def wait_for_line(self, pattern: str, limit: float, since: float = 0.0) -> Line | None:
        """The same, waited for; None when it does not come within so many seconds."""
        deadline = time.monotonic() + limit
        while not (found := self.said(pattern, since)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def wait_until_ready(self) -> None:
        """Returns when the application listens at all of its ports and its workers are there.

        Raises `StartError` when that has not come after two minutes, or a process has ended.
        """
        commands = (self.folder / "Procfile").read_text(encoding="utf-8")
        pattern = next(line for word, line in _READY.items() if word in commands)
        deadline = time.monotonic() + _START_LIMIT
        while not (self.said(pattern) and all(_is_open(it) for it in self._ports)):
            ended = any(it.poll() is not None for it in self._processes)
            if ended or time.monotonic() > deadline:
                raise StartError(self.last_words())
            time.sleep(0.1)

    def last_words(self) -> str:
        """The end of what the processes said."""
        return "\n".join(it.text for it in self._lines[-20:]) or "it said nothing"


def ask(port: int, name: str, limit: float) -> str:
    """Asks a route, named as in `GET /ask`: the status it answers, or how it ends without one."""
    method, _, path = name.partition(" ")
    connection = HTTPConnection("127.0.0.1", port, timeout=limit)
    try:
        connection.request(method, path)
        return str(connection.getresponse().status)
    except TimeoutError:
        return "no answer"
    except (HTTPException, OSError):
        return "connection closed"
    finally:
        connection.close()


def _is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
