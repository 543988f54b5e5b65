#!/usr/bin/env python3
"""Random Dockerfiles and edits: what an incremental build makes is what a fresh one makes.

  random_builds.py --builder PROGRAM --base IMAGE --seed N --edits N     a fixed number of edits
  random_builds.py --builder PROGRAM --base IMAGE --minutes N            an open end: seeds from N on

One store sees every state of a project, one edit after the other, and answers from its cache what
it can. After each edit the same project is built again in another store without any cache. Both
must succeed with the same image id, or both must fail. With --reproducible every time is the same,
so equal files are equal images. A difference prints the seed, the edit and what was built, and
keeps the project.
"""
import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

NAMES = ["a", "b", "c.txt", "d.sh", ".hidden", "with space", "lib"]
DIRECTORIES = ["", "src", "src/deep", "etc", "data"]
MODES = [0o644, 0o755, 0o600, 0o444, 0o4755]


class Context:
    """Files by path; what is there is rewritten by every edit, so that no time says anything."""

    def __init__(self, rng):
        self.rng = rng
        self.files = {}
        for _ in range(rng.randint(4, 9)):
            self.add()

    def some_path(self):
        return os.path.join(self.rng.choice(DIRECTORIES), self.rng.choice(NAMES))

    def add(self):
        path, rng = self.some_path(), self.rng
        kind = rng.choice(["file"] * 6 + ["link", "hard", "large"])
        if kind == "link":
            self.files[path] = ("link", rng.choice(["a", "src", "../a", "/src/a", "nowhere"]))
        elif kind == "hard" and self.regular():
            self.files[path] = ("hard", rng.choice(self.regular()))
        else:
            size = 200_000 if kind == "large" else rng.randint(0, 30)
            text = "".join(rng.choice("xyz\n") for _ in range(min(size, 50))) * max(1, size // 50)
            self.files[path] = ("file", text, rng.choice(MODES))

    def regular(self):
        return sorted(p for p, what in self.files.items() if what[0] == "file")

    def edit(self):
        rng, paths = self.rng, sorted(self.files)
        what = rng.choice(["add", "remove", "write", "write", "mode", "rename", "touch"])
        if what == "remove" and len(paths) > 2:
            del self.files[rng.choice(paths)]
        elif what == "rename" and paths:
            self.files[self.some_path()] = self.files.pop(rng.choice(paths))
        elif what in ("write", "mode") and self.regular():
            path = rng.choice(self.regular())
            _, text, mode = self.files[path]
            self.files[path] = (("file", text + rng.choice("12"), mode) if what == "write"
                                else ("file", text, rng.choice(MODES)))
        elif what == "add":
            self.add()
        return "context: " + what

    def write(self, directory):
        shutil.rmtree(directory, ignore_errors=True)
        os.makedirs(directory)
        for path in sorted(self.files, key=lambda p: self.files[p][0] == "hard"):
            place, what = os.path.join(directory, path), self.files[path]
            try:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                if what[0] == "link":
                    os.symlink(what[1], place)
                elif what[0] == "hard":
                    os.link(os.path.join(directory, what[1]), place)
                else:
                    with open(place, "w") as file:
                        file.write(what[1])
                    os.chmod(place, what[2])
            except OSError:
                pass  # a file is in the way of a directory, or its other name is gone


class Dockerfile:
    def __init__(self, rng, base, context):
        self.rng, self.base, self.context = rng, base, context
        self.ignore = []
        self.stages = []
        for index in range(rng.randint(1, 4)):
            self.stages.append(self.stage(index))

    def stage(self, index):
        bases = [self.base] * 3 + ["scratch"] + ["s%d" % i for i in range(index)]
        stage = [self.rng.choice(bases), []]
        for _ in range(self.rng.randint(1, 5)):
            stage[1].append(self.instruction(index, self.is_bare(stage[0])))
        return stage

    def is_bare(self, base):
        """Whether nothing of the base image is in it, so that no command can run."""
        while base.startswith("s") and base[1:].isdigit():
            base = self.stages[int(base[1:])][0]
        return base == "scratch"

    def source(self):
        """Mostly something that is there."""
        rng = self.rng
        if rng.random() < 0.1:
            return os.path.join(rng.choice(DIRECTORIES), rng.choice(NAMES[:5]))
        there = [p for p in self.context.regular() if " " not in p]
        folders = sorted({os.path.dirname(p) for p in there} - {""})
        return rng.choice([".", "*", "s*", "*/*", "lib*"] + there * 2 + folders * 2)

    def destination(self):
        return self.rng.choice(["/out/", "/out", "/deep/er/", "./", "/etc/", "/src", "/tmp/x"])

    def copy(self, index):
        rng = self.rng
        flags = ""
        if rng.random() < 0.25:
            flags += " --chown=%s" % rng.choice(["3:4", "7:0", "7"])
        if rng.random() < 0.25:
            flags += " --chmod=%s" % rng.choice(["600", "755", "u+x", "go-rwx"])
        if rng.random() < 0.2:
            flags += " --link"
        if rng.random() < 0.15:
            flags += " --exclude=" + rng.choice(["*.txt", "deep", "**/a"])
        if rng.random() < 0.1:
            return "COPY --parents%s %s /par/" % (
                flags, rng.choice(["s*/a", "./s*/./deep", "**/a", "s*/./deep", "*/a", "*/./*"]))
        if index > 0 and rng.random() < 0.4:
            flags += " --from=s%d" % rng.randrange(index)
            return "COPY%s %s %s" % (
                flags, rng.choice(["/", ".", "/o*", "/*", "/etc*", "/out"]), self.destination())
        return "COPY%s %s %s" % (flags, self.source(), self.destination())

    def run(self, index):
        rng = self.rng
        mount = ""
        if rng.random() < 0.3:
            source = "from=s%d," % rng.randrange(index) if index > 0 and rng.random() < 0.4 else ""
            mount = " --mount=%starget=/m%s" % (source, rng.choice([",rw", "", ",rw", "", ",source=src"]))
        elif rng.random() < 0.1:
            mount = " --mount=type=tmpfs,target=/m"
        return "RUN%s %s" % (mount, rng.choice([
            "echo $A$B >> /log", "mkdir -p /out/made && echo $A > /out/made/f", "rm -rf /out",
            "touch /etc/marker", "chmod 700 /etc", "cp -a /etc /copy", "ln -f /etc/passwd /pw",
            "find / -xdev -name '*a*' | sort > /found", "ls -R /m > /listed 2>&1; true",
            "mv /etc/passwd /etc/passwd2 || true", "rm -f /log; mkdir -p /log",
            "cat /m/a /out/* 2>/dev/null > /all; true", "chown -R 5:6 /out 2>/dev/null; true",
            "touch -d @1000000 /tmp", "echo x > /tmp/t && rm /tmp/t", "umask; id -u > /who",
            "test -e /out", "rm -rf /etc && mkdir /etc && echo new > /etc/new"]))

    def instruction(self, index, bare):
        rng = self.rng
        kinds = ["copy"] * 4 + ["env", "arg", "workdir", "user", "label"] + (
            [] if bare else ["run"] * 5)
        kind = rng.choice(kinds)
        if kind == "copy":
            return self.copy(index)
        if kind == "run":
            return self.run(index)
        return {
            "env": "ENV %s=%s" % (rng.choice("AB"), rng.choice(["1", "2", "$A$B"])),
            "arg": "ARG %s%s" % (rng.choice("AB"), rng.choice(["", "=0", "=${B:-x}"])),
            "workdir": "WORKDIR " + rng.choice(["/out", "w", "/deep/../src", "/"]),
            "user": "USER " + rng.choice(["root", "0:0", "root", "nobody"]),
            "label": "LABEL l=" + rng.choice(["1", "2"]),
        }[kind]

    def edit(self):
        rng = self.rng
        index = rng.randrange(len(self.stages))
        stage = self.stages[index]
        body, bare = stage[1], self.is_bare(stage[0])
        what = rng.choice(["insert", "remove", "replace", "swap", "base", "ignore", "stage"])
        if what == "insert":
            body.insert(rng.randint(0, len(body)), self.instruction(index, bare))
        elif what == "remove" and len(body) > 1:
            body.pop(rng.randrange(len(body)))
        elif what == "replace" and body:
            body[rng.randrange(len(body))] = self.instruction(index, bare)
        elif what == "swap" and len(body) > 1:
            at = rng.randrange(len(body) - 1)
            body[at], body[at + 1] = body[at + 1], body[at]
        elif what == "base":
            self.stages[index] = self.stage(index)
        elif what == "ignore":
            self.ignore = rng.sample(["src/deep", "*.txt", "**/a", "!src/a", "etc/*"],
                                     rng.randint(0, 2))
        elif what == "stage" and len(self.stages) < 5:
            self.stages.append(self.stage(len(self.stages)))
        return "Dockerfile: " + what

    def text(self):
        lines = ["ARG A=global"]
        for index, (base, body) in enumerate(self.stages):
            lines += ["FROM %s AS s%d" % (base, index)] + body
        return "\n".join(lines) + "\n"


class Project:
    def __init__(self, options, work, seed):
        self.options, self.work, self.seed = options, work, seed
        self.rng = random.Random(seed)
        self.context = Context(self.rng)
        self.dockerfile = Dockerfile(self.rng, options.base, self.context)
        self.arguments = []

    def edit(self):
        kind = self.rng.choice(["context"] * 5 + ["dockerfile"] * 4 + ["argument", "nothing"])
        if kind == "context":
            return self.context.edit()
        if kind == "dockerfile":
            return self.dockerfile.edit()
        if kind == "argument":
            self.arguments = self.rng.choice([[], ["--build-arg", "A=7"], ["--build-arg", "B=8"],
                                              ["--target", "s0"]])
        return kind

    def write(self):
        directory = os.path.join(self.work, "project")
        self.context.write(directory)
        with open(os.path.join(self.work, "Dockerfile"), "w") as file:
            file.write(self.dockerfile.text())
        with open(os.path.join(directory, ".dockerignore"), "w") as file:
            file.write("\n".join(self.dockerfile.ignore) + "\n")

    def build(self, store, *more):
        """The image id, or None and what was said."""
        image = os.path.join(self.work, "id")
        if os.path.exists(image):
            os.remove(image)
        command = [self.options.builder, "--root", os.path.join(self.work, store), "build", "-q",
                   "--reproducible", "--iidfile", image, "-o", "type=cacheonly",
                   "-f", os.path.join(self.work, "Dockerfile"),
                   *self.arguments, *more, os.path.join(self.work, "project")]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != 0:
            return None, done.stdout.decode(errors="replace")
        with open(image) as file:
            return file.read(), ""

    def check(self, edit):
        self.write()
        kept, kept_said = self.build("kept")
        fresh, fresh_said = self.build("fresh", "--no-cache")
        if kept == fresh:
            return kept is not None
        print("seed %d, after %s: the incremental build made %s, a fresh one %s"
              % (self.seed, edit, kept, fresh))
        print(kept_said or fresh_said)
        print(self.dockerfile.text())
        raise SystemExit("random_builds: the project and both stores are in " + self.work)


def prepare(options, work):
    for store in ("kept", "fresh"):
        subprocess.run([options.builder, "--root", os.path.join(work, store), "load", "-i",
                        options.base_archive], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)


def run_seed(options, seed, edits, until):
    work = tempfile.mkdtemp(prefix="random-builds-", dir=options.work)
    prepare(options, work)
    project = Project(options, work, seed)
    done = good = 0
    edit = "the start"
    while done < edits and time.monotonic() < until:
        good += project.check(edit)
        done += 1
        edit = project.edit()
    for store in ("kept", "fresh"):
        subprocess.run([options.builder, "--root", os.path.join(work, store), "prune",
                        "--everything"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(work, ignore_errors=True)
    return done, good


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--builder", required=True, help="the program")
    parser.add_argument("--base", required=True, help="name of an image with a shell")
    parser.add_argument("--base-archive", required=True, help="that image, as `save` wrote it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--edits", type=int, default=15, help="of each seed's project")
    parser.add_argument("--seeds", type=int, default=1, help="how many, from --seed on")
    parser.add_argument("--minutes", type=float, help="as many seeds as fit in")
    parser.add_argument("--work", help="where stores and projects go")
    options = parser.parse_args()
    until = time.monotonic() + (options.minutes * 60 if options.minutes else 1e9)
    done = good = seed = 0
    while time.monotonic() < until and (options.minutes or seed < options.seeds):
        counted = run_seed(options, options.seed + seed, options.edits, until)
        done, good, seed = done + counted[0], good + counted[1], seed + 1
    print("%d projects, %d builds compared, %d of them successful" % (seed, done, good))
    if good * 3 < done:
        sys.exit("random_builds: too few builds succeed for the comparison to mean much")


if __name__ == "__main__":
    main()
