#!/usr/bin/env python3
"""hidden_secrets.py HITS WORD...: until killed, looks for the words in the arguments and the
environment of every process that can be read, and writes what it finds to the file HITS. The
environment of programs named in IGNORE (separated by blanks) is theirs to have."""
import os
import sys
import time

hits, words = sys.argv[1], [word.encode() for word in sys.argv[2:]]
ignored = os.environ.get("IGNORE", "").split()
found = set()


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


while True:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        for kind in "cmdline", "environ":
            text = read(f"/proc/{pid}/{kind}")
            if not any(word in text for word in words):
                continue
            name = read(f"/proc/{pid}/comm").decode(errors="replace").strip()
            if kind == "environ" and name in ignored:
                continue
            if (name, kind) not in found:
                found.add((name, kind))
                with open(hits, "a") as file:
                    file.write(f"{kind} of {name}\n")
    time.sleep(0.001)
