#!/usr/bin/env python3
"""Types into files of a real project and measures how long the diagnostics take.

    tests/server/latency.py target/release/unhang ~/code/project [--keys 400] [--limit 30]

Each key is one `textDocument/didChange`; its time ends with the `publishDiagnostics` of that version.
Keys come in bursts, as people type, so that some of them meet the judging of the whole project.
Exits with 1 when the 95th percentile is above the limit, in milliseconds. On Linux it also tells how
long the server computed, on all its threads, which says more on a busy machine.
"""

import argparse
import json
import pathlib
import queue
import random
import re
import subprocess
import sys
import threading
import time


class Server:
    """A server and what it says."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
        )
        self.said = queue.Queue()
        self.asked = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        out = self.process.stdout
        while header := out.readline():
            length = int(header.split(b":")[1])
            while out.readline().strip():
                pass
            message = json.loads(out.read(length))
            self.said.put((time.perf_counter(), message))

    def send(self, method, params, **more):
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def ask(self, method, params):
        self.asked += 1
        self.send(method, params, id=self.asked)
        return self.wait(lambda it: it.get("id") == self.asked and "method" not in it)

    def computed(self):
        """How long its threads have run, in milliseconds; 0 where nobody says."""
        threads = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(it.read_text().split()[0]) for it in threads) / 1e6

    def wait(self, wanted):
        """The time and the first message that is wanted."""
        while True:
            at, message = self.said.get(timeout=60)
            if wanted(message):
                return at, message


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("project", type=pathlib.Path)
    parser.add_argument("--keys", type=int, default=400, help="how many keys are typed")
    parser.add_argument("--files", type=int, default=8, help="into how many files")
    parser.add_argument("--limit", type=float, default=30, help="for the 95th percentile, in ms")
    return parser.parse_args()


def interesting(folder, count):
    """Files that build clients or agents, spread over the project."""
    names = re.compile(r"\b(Chat[A-Z]\w+|init_chat_model|create_react_agent|create_agent|invoke)\(")
    found = []
    for path in sorted(folder.rglob("*.py")):
        if "test" in str(path.relative_to(folder)):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, OSError):
            continue
        if names.search(text):
            found.append((path, text))
    step = max(1, len(found) // count)
    return found[::step][:count]


def type_into(server, path, text, keys, chance):
    """Types a line of code in the middle of a file; the time of each key, in milliseconds."""
    uri, version = path.as_uri(), 1
    document = {"uri": uri, "languageId": "python", "version": version, "text": text}
    server.send("textDocument/didOpen", {"textDocument": document})
    server.wait(lambda it: published(it, uri, version))
    lines = text.split("\n")
    # A statement at the top level: there a new line is a statement of its own.
    tops = [at for at, line in enumerate(lines) if re.match(r"(def|class|async def) ", line)]
    line = tops[len(tops) // 2] if tops else 0
    typed = 'timeout_s = make_client(model="x", timeout=30)  # why\n'
    times, computed = [], []
    column = 0
    for key in (typed * keys)[:keys]:
        version += 1
        place = {"line": line, "character": column}
        change = {"range": {"start": place, "end": place}, "text": key}
        document = {"uri": uri, "version": version}
        before = server.computed()
        start = time.perf_counter()
        server.send(
            "textDocument/didChange", {"textDocument": document, "contentChanges": [change]}
        )
        end, _ = server.wait(lambda it: published(it, uri, version))
        times.append((end - start) * 1000)
        computed.append(server.computed() - before)
        line, column = (line + 1, 0) if key == "\n" else (line, column + 1)
        # Mostly a fast typist, now and then somebody who thinks.
        time.sleep(chance.uniform(0.2, 0.9) if chance.random() < 0.15 else chance.uniform(0.04, 0.16))
    server.send("textDocument/didClose", {"textDocument": {"uri": uri}})
    return times, computed


def percentiles(times):
    times = sorted(times)
    p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, longest {times[-1]:.1f} ms", p95


def published(message, uri, version):
    if message.get("method") != "textDocument/publishDiagnostics":
        return False
    params = message["params"]
    return params["uri"] == uri and params.get("version") == version


def main():
    wanted = arguments()
    folder = wanted.project.resolve()
    files = interesting(folder, wanted.files)
    count = sum(1 for _ in folder.rglob("*.py"))
    print(f"{folder.name}: {count} Python files, typing into {len(files)} of them")
    server = Server(wanted.program.resolve(), folder)
    server.ask(
        "initialize",
        {"capabilities": {}, "workspaceFolders": [{"uri": folder.as_uri(), "name": "it"}]},
    )
    start = time.perf_counter()
    server.send("initialized", {})
    server.ask("textDocument/hover", {
        "textDocument": {"uri": folder.as_uri()}, "position": {"line": 0, "character": 0},
    })
    print(f"opened after {(time.perf_counter() - start) * 1000:.0f} ms")
    chance = random.Random(8)
    times, computed = [], []
    for path, text in files:
        own, computing = type_into(server, path, text, wanted.keys // len(files), chance)
        computed += computing
        print(f"  {sorted(own)[len(own) // 2]:6.1f} ms  {path.relative_to(folder)}")
        times += own
    server.ask("shutdown", None)
    server.send("exit", None)
    text, p95 = percentiles(times)
    print(f"{len(times)} keys: {text}")
    if any(computed):
        print(f"the server computed: {percentiles(computed)[0]}")
    return int(p95 > wanted.limit)


if __name__ == "__main__":
    sys.exit(main())
