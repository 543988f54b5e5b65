#!/usr/bin/env python3
"""counting_proxy.py PORT DELAY_MS PORT_FILE COUNT_FILE: forwards to a server on loopback, each way with
half the delay of a round trip, and writes after every request what it counted, as JSON.

requests: all; in_sequence: those that came after another was answered, so that each cost a round trip;
blobs: GETs of blobs; up, down: bytes each way.
"""
import json
import queue
import re
import socket
import sys
import threading
import time
from pathlib import Path

REQUEST = re.compile(rb"(GET|HEAD|PUT|POST|PATCH|DELETE) (\S+) HTTP/1\.1\r\n")


class Proxy:
    def __init__(self, target, delay=0.0, count_file=None):
        self.target, self.delay, self.count_file = target, delay, count_file
        self.lock = threading.Lock()
        self.reset(delay)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def reset(self, delay):
        with self.lock:
            self.delay = delay
            self.requests, self.in_sequence, self.blobs, self.up, self.down = 0, 0, 0, 0, 0
            self.answered = True  # whether something came back since the last request

    def counts(self):
        return {"requests": self.requests, "in_sequence": self.in_sequence, "blobs": self.blobs,
                "up": self.up, "down": self.down}

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
            for source, sink, up in ((client, server, True), (server, client, False)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                waiting = queue.Queue()
                threading.Thread(target=self.read, args=(source, waiting, up), daemon=True).start()
                threading.Thread(target=self.write, args=(waiting, sink), daemon=True).start()

    def read(self, source, waiting, up):
        try:
            while data := source.recv(1 << 16):
                self.count(data, up)
                waiting.put((time.monotonic() + self.delay / 2, data))
        except OSError:
            pass
        waiting.put((time.monotonic() + self.delay / 2, b""))

    # What was sent together arrives together: a delay, not a narrow line.
    def write(self, waiting, sink):
        try:
            while True:
                due, data = waiting.get()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    break
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def count(self, data, up):
        with self.lock:
            if not up:
                self.down += len(data)
                self.answered = True
            else:
                self.up += len(data)
                for method, path in REQUEST.findall(data):
                    self.requests += 1
                    self.in_sequence += self.answered
                    self.answered = False
                    self.blobs += method == b"GET" and b"/blobs/sha256:" in path
            if self.count_file:
                self.count_file.write_text(json.dumps(self.counts()))


def main():
    port, delay, port_file, count_file = sys.argv[1:]
    proxy = Proxy(int(port), int(delay) / 1000, Path(count_file))
    Path(port_file).write_text(str(proxy.port))
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
