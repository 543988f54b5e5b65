#!/usr/bin/env python3
"""shared_cache.py IBUILD [--delay MS]... [--steps N]: what a cold machine pays with a shared cache.

A registry on loopback stands behind a proxy that delays every piece of data by half the given time
each way, and counts. Measured in one run, so that ratios hold: building without a cache and with an
export, a warm rebuild, a cold build of an unchanged project, one with one file changed, each from a
registry and from a directory. Needs docker-registry; run as root or as a user who can build.
"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
from counting_proxy import Proxy


class Bench:
    def __init__(self, ibuild, steps):
        self.ibuild, self.steps = ibuild, steps
        self.work = Path(tempfile.mkdtemp(prefix="ibuild-bench-"))
        self.registry_port = free_port()
        self.registry = self.start_registry()
        self.proxy = Proxy(self.registry_port)
        self.place = f"localhost:{self.proxy.port}/bench"
        self.home = self.work / "home"
        self.home.mkdir()

    def start_registry(self):
        config = self.work / "registry.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.work}/registry}}}}\n"
            f"http:\n  addr: 127.0.0.1:{self.registry_port}\n")
        process = subprocess.Popen(["docker-registry", "serve", config],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.registry_port)).close()
                return process
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the registry does not start")

    def run(self, store, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home),
                       "IBUILD_ROOT": str(self.work / store)}
        start = time.monotonic()
        done = subprocess.run([self.ibuild, *arguments], env=environment, capture_output=True,
                              text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, arguments))}:\n{done.stderr}")
        return time.monotonic() - start, done.stderr

    def forget(self, store):
        self.run(store, "prune", "--everything", "--force")
        shutil.rmtree(self.work / store, ignore_errors=True)

    def make_project(self):
        base = self.work / "base"
        base.mkdir()
        subprocess.run([HERE.parents[1] / "examples/hello/make-rootfs.sh", base / "rootfs.tar.zst"],
                       check=True, stdout=subprocess.DEVNULL)
        shutil.copy(HERE.parents[1] / "examples/hello/Dockerfile.base", base / "Dockerfile")
        self.run("main", "build", "-t", f"{self.place}/base:1", "--push", base)
        context = self.work / "context"
        context.mkdir()
        (context / "file").write_text("1")
        lines = [f"FROM {self.place}/base:1 AS build"]
        half = self.steps // 2
        lines += [f"RUN echo {i} >/file{i}" for i in range(half)]
        lines += ["COPY file /file", f"FROM {self.place}/base:1"]
        lines += ["COPY --from=build /file /file"]
        lines += [f"RUN echo {i} >/other{i}" for i in range(self.steps - half - 3)]
        (context / "Dockerfile").write_text("\n".join(lines) + "\n")
        return context

    def measure(self, name, delay, store, *arguments):
        self.proxy.reset(delay)
        seconds, text = self.run(store, *arguments)
        print(json.dumps({"what": name, "delay_ms": round(delay * 1000), "seconds": round(seconds, 3),
                          **self.proxy.counts(),
                          "ran": text.count(" DONE ") if "DONE" in text else None}), flush=True)
        return seconds

    def main(self, delays):
        context = self.make_project()
        cache = f"{self.place}/app:cache"
        plain = self.measure("build, no cache", 0, "plain", "build", "-t", "app", context)
        self.forget("plain")
        export = self.measure("build and export", 0, "main", "build", "-t", "app", "--cache-to",
                              cache + ",mode=max", "--cache-to",
                              f"type=local,dest={self.work}/directory,mode=max", context)
        warm = self.measure("warm rebuild", 0, "main", "build", "-t", "app", context)
        for delay in delays:
            self.cold(delay / 1000, context, cache, warm)
        print(json.dumps({"export_share": round(export / plain - 1, 3)}))

    def cold(self, delay, context, cache, warm):
        for name, source in (("registry", cache), ("directory", f"type=local,src={self.work}/directory")):
            cold = self.measure(f"cold, unchanged, {name}", delay, "cold", "build", "-t", "app",
                                "--cache-from", source, context)
            print(json.dumps({"cold_of_3_round_trips_and_warm": round(cold / (3 * delay + warm), 2)}))
            self.forget("cold")
        (context / "file").write_text(str(time.time()))
        self.measure("cold, one file changed, registry", delay, "cold", "build", "-t", "app",
                     "--cache-from", cache, context)
        (context / "file").write_text("1")
        self.forget("cold")

    def close(self):
        self.registry.terminate()
        self.registry.wait()
        for store in ("main", "plain", "cold"):
            if (self.work / store).exists():
                self.forget(store)
        shutil.rmtree(self.work, ignore_errors=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ibuild")
    parser.add_argument("--delay", type=int, action="append", help="of a round trip, ms")
    parser.add_argument("--steps", type=int, default=69)
    arguments = parser.parse_args()
    bench = Bench(os.path.abspath(arguments.ibuild), arguments.steps)
    try:
        bench.main(arguments.delay or [1, 20, 100])
    finally:
        bench.close()


if __name__ == "__main__":
    sys.exit(main())
