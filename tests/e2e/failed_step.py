#!/usr/bin/env python3
"""Drives `ibuild build` at a terminal where a step fails. Arguments: the program, a folder,
and `copies` where steps run on copies of their files."""
import os
import pty
import re
import select
import sys
import time

PROGRAM, FOLDER = sys.argv[1:3]
# What the failed step wrote into a bind mount is there again, but for steps that run on copies.
BOUND = "wanted" if sys.argv[3:] == ["copies"] else "wanted more"
QUESTION = "[q]uit: "


class Terminal:
    """A command on a terminal of its own; what it shows is read piece by piece."""

    def __init__(self, *command):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.environ.pop("CI", None)
            os.execv(command[0], command)
        self.shown = ""  # since the last thing that was waited for

    def wait_for(self, text):
        end = time.monotonic() + 90
        while text not in self.shown:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.monotonic()))
            if not ready:
                sys.exit(f"FAILED: no {text!r} in: {self.shown!r}")
            try:
                self.shown += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                sys.exit(f"FAILED: ended without {text!r}: {self.shown!r}")
        before, self.shown = self.shown.split(text, 1)
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """The rest of what it shows, and its exit code."""
        while True:
            try:
                piece = os.read(self.fd, 65536)
            except OSError:
                piece = b""
            if not piece:
                break
            self.shown += piece.decode(errors="replace")
        return self.shown, os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def expect(fact, what):
    if not fact:
        sys.exit(f"FAILED: {what}")


def write(name, text):
    with open(os.path.join(FOLDER, name), "w") as file:
        file.write(text)


def build(*options):
    return Terminal(PROGRAM, "build", *options, FOLDER)


FAILS = "echo left > left && echo more >> /ctx/wanted && echo kept > /cache/c && echo said so && chown 5:6 left && exit 7"
DOCKERFILE = """FROM test/busybox:1
WORKDIR /work
ENV COLOUR=green
RUN echo first > first
RUN --mount=type=secret,id=s --mount=type=cache,target=/cache --mount=type=bind,target=/ctx,rw {}
RUN echo after > after
"""


def look_around(terminal, prompt):
    """From the question into the shell, and back to the question."""
    terminal.type("s\n")
    terminal.wait_for(prompt)
    terminal.type('echo "<$COLOUR:$(pwd):$(cat first left):$(cat /run/secrets/s):$(cat /cache/c)'
                  ':$(cat /ctx/wanted):$(id -u):$(stat -c %u.%g left)>"\n')
    terminal.wait_for("<green:/work:first")
    seen = terminal.wait_for(">")
    expect(re.sub(r"\s+", " ", seen) == f" left:hush:kept:{BOUND}:0:5.6", f"the shell saw {seen!r}")
    terminal.type("echo mine > mine; echo mine >> /ctx/wanted; exit 3\n")
    terminal.wait_for(QUESTION)


def retried(prompt):
    write("Dockerfile", DOCKERFILE.format(FAILS))
    output = os.path.join(FOLDER, "..", "out.tar")
    terminal = build("--secret", f"id=s,src={FOLDER}/../secret", "-o", f"type=tar,dest={output}")
    shown = terminal.wait_for(QUESTION)
    expect("said so" in shown and "exit code: 7" in shown, f"the failure was not shown: {shown!r}")
    look_around(terminal, prompt)
    look_around(terminal, prompt)  # what the first shell changed is gone
    terminal.type("what?\n")
    terminal.wait_for(QUESTION)
    write("Dockerfile", DOCKERFILE.format("test ! -e mine && test ! -e left && cat /cache/c > got"))
    terminal.type("r\n")
    shown, code = terminal.end()
    expect(code == 0, f"exit code {code} after retry: {shown!r}")
    expect(re.search(r"CACHED\S* \[3/\d+\] RUN echo first", shown), f"not resumed: {shown!r}")


def quits():
    write("Dockerfile", DOCKERFILE.format(FAILS))
    for key, wanted in (("q\n", 1), ("\x04", 1), ("\x03", 130)):
        terminal = build("--secret", f"id=s,src={FOLDER}/../secret")
        terminal.wait_for(QUESTION)
        terminal.type(key)
        shown, code = terminal.end()
        expect(code == wanted, f"exit code {code} after {key!r}: {shown!r}")
        expect(wanted != 1 or "did not complete successfully: exit code: 7" in shown, shown)


def goes_straight_into_the_shell(prompt):
    terminal = build("--on-error=shell", "--secret", f"id=s,src={FOLDER}/../secret")
    terminal.wait_for(prompt)
    terminal.type("exit\n")
    terminal.wait_for(QUESTION)
    terminal.type("q\n")
    expect(terminal.end()[1] == 1, "the exit code after q")


def is_not_asked():
    for options in (["--on-error=fail"], ["--progress=plain"], ["--quiet"]):
        shown, code = build(*options, "--secret", f"id=s,src={FOLDER}/../secret").end()
        expect(code == 1 and QUESTION not in shown, f"asked with {options}: {shown!r}")
    for line in ('CI=true "$@"', '"$@" >/dev/null', '"$@" | cat; exit ${PIPESTATUS[0]}'):
        shown, code = Terminal("/bin/bash", "-c", line, "bash", PROGRAM, "build", "--secret",
                               f"id=s,src={FOLDER}/../secret", FOLDER).end()
        expect(code == 1 and QUESTION not in shown, f"asked by {line}: {shown!r}")
    shown, code = build("--on-error=shell", "--progress=plain").end()
    expect(code == 125 and "cannot ask" in shown, f"--on-error with plain progress: {shown!r}")


def another_stage_that_fails_ends_no_question():
    write("Dockerfile", "FROM test/busybox:1 AS beside\nRUN sleep 2\nCOPY --from=test/busybox:1 /nope /\n"
          "FROM test/busybox:1\nRUN exit 7\nCOPY --from=beside / /beside\n")
    terminal = build()
    terminal.wait_for(QUESTION)
    time.sleep(4)
    write("Dockerfile", "FROM test/busybox:1\nRUN echo mended\n")
    terminal.type("r\n")
    shown, code = terminal.end()
    expect(code == 0, f"exit code {code} after a retry beside a stage that failed: {shown!r}")


def is_not_asked_in_the_background():
    terminal = Terminal("/bin/bash", "-c", 'set -m; "$@" & wait $!', "bash", PROGRAM, "build",
                        "--secret", f"id=s,src={FOLDER}/../secret", FOLDER)
    shown, code = terminal.end()
    expect(code == 1 and QUESTION not in shown, f"asked in the background: {code} {shown!r}")


def lives_without_a_shell():
    write("Dockerfile", "FROM scratch\nCOPY --from=test/busybox:1 /bin/busybox /b\nRUN [\"/b\", \"false\"]\n")
    terminal = build()
    terminal.wait_for(QUESTION)
    terminal.type("s\n")
    shown = terminal.wait_for(QUESTION)
    expect("/bin/sh" in shown and "error" in shown, f"no reason: {shown!r}")
    terminal.type("q\n")
    expect(terminal.end()[1] == 1, "the exit code after q")


def asks_once():
    write("Dockerfile", "FROM test/busybox:1 AS one\nRUN sleep 1; exit 3\n"
          "FROM test/busybox:1 AS two\nRUN sleep 1; exit 4\n"
          "FROM scratch\nCOPY --from=one / /\nCOPY --from=two / /\n")
    terminal = build()
    terminal.wait_for(QUESTION)
    time.sleep(2)
    terminal.type("q\n")
    shown, code = terminal.end()
    expect(code == 1 and QUESTION not in shown, f"asked again: {shown!r}")


PROMPT = "# "
write("wanted", "wanted\n")
retried(PROMPT)
quits()
goes_straight_into_the_shell(PROMPT)
is_not_asked()
is_not_asked_in_the_background()
lives_without_a_shell()
asks_once()
another_stage_that_fails_ends_no_question()
