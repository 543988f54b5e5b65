#!/usr/bin/env python3
"""shared_cache.py IBUILD [--delay MS]... [--steps N] [--seconds S] [--s3 URL]: what a cold machine
pays with a shared cache.

A registry on loopback stands behind a proxy that delays every piece of data by half the given time
each way, and counts. Measured in one run, so that ratios hold: building without a cache and with an
export, a warm rebuild, a cold build of an unchanged project, one with one file changed, each from a
registry, from a directory and, with --s3, from the bucket URL/BUCKET of a server on loopback that
takes AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; and what an export to each adds to a build
that has work for --seconds, by turns. Needs docker-registry; run as root or as a user who can build.
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
    def __init__(self, ibuild, steps, s3):
        self.ibuild, self.steps = ibuild, steps
        self.work = Path(tempfile.mkdtemp(prefix="ibuild-bench-"))
        self.registry_port = free_port()
        self.registry = self.start_registry()
        self.proxy = Proxy(self.registry_port)
        self.place = f"localhost:{self.proxy.port}/bench"
        self.home = self.work / "home"
        self.home.mkdir()
        self.places = {"registry": ("type=registry,ref={place}/app:cache", self.proxy),
                       "directory": ("type=local,{end}={work}/directory", self.proxy)}
        if s3:
            server, bucket = s3.removeprefix("http://").rstrip("/").split("/")
            far = Proxy(int(server.split(":")[1]))
            self.places["bucket"] = (
                f"type=s3,bucket={bucket},region=us-east-1,prefix={self.work.name}/,"
                f"endpoint_url=http://127.0.0.1:{far.port}", far)

    # For --cache-from (end "src") or --cache-to ("dest").
    def cache(self, name, end, more=""):
        spec = self.places[name][0].format(place=self.place, work=self.work, end=end)
        return spec + (",mode=max" if end == "dest" else "") + more

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
        environment |= {name: os.environ[name] for name in os.environ if name.startswith("AWS_")}
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

    # All are far away, and the requests to one of them are counted.
    def measure(self, what, delay, place, store, *arguments):
        for _, proxy in self.places.values():
            proxy.reset(delay)
        seconds, text = self.run(store, *arguments)
        print(json.dumps({"what": what, "delay_ms": round(delay * 1000),
                          "seconds": round(seconds, 3), **self.places[place][1].counts(),
                          "ran": text.count(" DONE ") if "DONE" in text else None}), flush=True)
        return seconds

    def main(self, delays, seconds):
        context = self.make_project()
        self.measure("build, no cache", 0, "registry", "plain", "build", "-t", "app", context)
        self.forget("plain")
        exports = [word for name in self.places
                   for word in ("--cache-to", self.cache(name, "dest"))]
        self.measure("build and export", 0, "registry", "main", "build", "-t", "app", *exports,
                     context)
        warm = min(self.measure("warm rebuild", 0, "registry", "main", "build", "-t", "app",
                                context) for _ in range(3))
        for delay in delays:
            for name in self.places:
                self.cold(delay / 1000, context, name, warm)
        if seconds:
            self.export_share(seconds)

    def cold(self, delay, context, name, warm):
        build = ["build", "-t", "app", "--cache-from", self.cache(name, "src"), context]
        cold = self.measure(f"cold, unchanged, {name}", delay, name, "cold", *build)
        print(json.dumps({"cold_of_3_round_trips_and_warm": round(cold / (3 * delay + warm), 2)}))
        self.forget("cold")
        (context / "file").write_text(str(time.time()))
        self.measure(f"cold, one file changed, {name}", delay, name, "cold", *build)
        (context / "file").write_text("1")
        self.forget("cold")

    # Steps that each have work for about a second of a free processor, whatever goes on beside
    # them, and leave a megabyte that does not compress.
    def export_share(self, seconds):
        context = self.work / "busy-context"
        context.mkdir()
        step = ("RUN head -c 1000000 /dev/urandom >/big{0}; i=0; "
                "while [ $i -lt 900000 ]; do i=$((i + 1)); done")
        (context / "Dockerfile").write_text("\n".join(
            [f"FROM {self.place}/base:1", *(step.format(i) for i in range(seconds))]) + "\n")
        took = {}
        for turn in range(2):
            for name in ("none", *self.places):
                more = ",name=busy" if name == "bucket" else ""
                to = [] if name == "none" else ["--cache-to", self.cache(name, "dest", more)]
                what = f"work for {seconds} s, export to {name}"
                one = self.measure(what, 0.02, "registry" if name == "none" else name, "busy",
                                   "build", "-t", "app", "--no-cache", *to, context)
                took[name] = min(one, took.get(name, one))
                self.forget("busy")
        print(json.dumps({f"export_share_{name}": round(took[name] / took["none"] - 1, 3)
                          for name in self.places}))

    def close(self):
        self.registry.terminate()
        self.registry.wait()
        for store in ("main", "plain", "cold", "busy"):
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
    parser.add_argument("--seconds", type=int, default=10, help="of the busy build; 0: none")
    parser.add_argument("--s3", metavar="URL/BUCKET")
    arguments = parser.parse_args()
    bench = Bench(os.path.abspath(arguments.ibuild), arguments.steps, arguments.s3)
    try:
        bench.main(arguments.delay or [1, 20, 100], arguments.seconds)
    finally:
        bench.close()


if __name__ == "__main__":
    sys.exit(main())
