#!/usr/bin/env python3
"""Command lines of docker, buildx, podman, buildah, kaniko, skopeo and crane, as they stand in CI files, scripts and
documentation, run by this program under those names.

    command_lines.py FILE [ID...]        ID: "12", the twelfth case of the file

A case of FILE ends at an empty line: `# TOOL, KIND` and then lines of

    env NAME=VALUE...      the surroundings (in double quotes of the shell)
    setup COMMAND          before; has to succeed
    line COMMAND           what is tried, all `line`s as one script
    check COMMAND          has to succeed afterwards
    exit N|nonzero         how the script ends; 0 without

Each case has a HOME, a store and a context of its own. Its commands know CTX (the context, the current folder), FILES
(archives of the base image), OUT (OUT/out and OUT/err are what the script said), REG and AREG (registries; the second
wants RUSER and RPASS), BASE and MULTI (images of REG; the second for amd64 and arm64), AREG_BASE, and the functions
below. From the environment: IBUILD, WORK, REG, AREG, FILES.
"""
import os, shutil, signal, subprocess, sys

TOOLS = ["ibuild", "docker", "podman", "buildah", "executor", "skopeo", "crane"]
LIMIT = 120

FUNCTIONS = r'''
_types='application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json'
_ask() { local to=$1; shift; if [ "$to" = "$AREG" ]; then set -- -u "$RUSER:$RPASS" "$@"; fi; curl -sf -H "Accept: $_types" "$@"; }
# NAME TAG [REGISTRY]
manifest() { _ask "${3:-$REG}" "http://${3:-$REG}/v2/$1/manifests/$2"; }
has_tag() { manifest "$@" >/dev/null; }
digest() { _ask "${3:-$REG}" -I "http://${3:-$REG}/v2/$1/manifests/$2" | tr -d '\r' | sed -n 's/^[Dd]ocker-[Cc]ontent-[Dd]igest: //p'; }
config() { _ask "${3:-$REG}" "http://${3:-$REG}/v2/$1/blobs/$(manifest "$@" | jq -r .config.digest)"; }
# NAME TAG [multi]: the base image under another name
seed() { IBUILD_ROOT=$HOME/seeds ibuild copy "docker://$REG/${3:-base}:1" "docker://$REG/$1:$2" >/dev/null; }
git_repo() { git init -q .; git add -A; git -c user.name=ci -c user.email=ci@example.org commit -qm first; }
'''

DOCKERFILE = '''FROM {base} AS build
ARG VERSION=dev
WORKDIR /src
COPY hello.txt .
RUN echo "version $VERSION" > version.txt
FROM {base} AS final
ARG VERSION=dev
LABEL org.example.version=$VERSION
ENV APP_VERSION=$VERSION
WORKDIR /app
COPY --from=build /src/version.txt /app/version.txt
CMD ["cat", "/app/version.txt"]
'''
CONTEXT = {
    "Dockerfile": DOCKERFILE,
    "Dockerfile.cross": 'FROM {multi}\nARG VERSION=dev\nLABEL org.example.version=$VERSION\nCOPY hello.txt /hello.txt\n',
    "docker/app.Dockerfile": 'FROM {base}\nARG VERSION=dev\nENV APP_VERSION=$VERSION\nCOPY src /app/src\n',
    "Dockerfile.secret": "FROM {base}\nRUN --mount=type=secret,id=token cat /run/secrets/token | wc -c > /token.sum\n",
    "hello.txt": "hello\n", "src/main.txt": "main\n", ".dockerignore": ".git\n*.tar\n*.gz\n",
}


def read_cases(path):
    cases = []
    for number, block in enumerate(open(path).read().strip().split("\n\n"), 1):
        head, *rest = block.strip("\n").split("\n")
        case = {"id": str(number), "head": head[2:], "env": [], "setup": [], "line": [], "check": [], "exit": ["0"]}
        for line in rest:
            word, _, text = line.partition(" ")
            if word == "exit":
                case["exit"] = [text]
            else:
                case[word].append(text)
        cases.append(case)
    return cases


def shell(script, env, folder, output):
    with open(output, "wb") as log:
        process = subprocess.Popen(["bash", "-e", "-c", FUNCTIONS + script], env=env, cwd=folder, stdout=log,
                                   stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            return process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return "more than %d s" % LIMIT


def surroundings(top):
    env = {name: os.environ[name] for name in ("REG", "AREG", "FILES")}
    env |= {"HOME": top + "/home", "TMPDIR": top + "/tmp", "XDG_RUNTIME_DIR": top + "/run", "IBUILD_ROOT": top + "/store",
            "PATH": top + "/bin:" + os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb", "CTX": top + "/ctx",
            "OUT": top + "/out", "RUSER": "ci", "RPASS": "open sesame", "BASE": env["REG"] + "/base:1",
            "MULTI": env["REG"] + "/multi:1", "AREG_BASE": env["AREG"] + "/base:1"}
    return env


def prepare(top, env):
    for folder in ("bin", "home", "tmp", "run", "out", "ctx/src", "ctx/docker"):
        os.makedirs(top + "/" + folder)
    os.chmod(top + "/run", 0o700)
    for tool in TOOLS:
        os.symlink(os.path.abspath(os.environ["IBUILD"]), top + "/bin/" + tool)
    for name, text in CONTEXT.items():
        with open(top + "/ctx/" + name, "w") as file:
            file.write(text.replace("{base}", env["BASE"]).replace("{multi}", env["MULTI"]))


def judge(case, top, env):
    """What is wrong; empty: nothing."""
    exports = "".join('export %s="%s"\n' % tuple(each.split("=", 1)) for text in case["env"] for each in text.split(" "))
    code = shell(exports + "\n".join(case["setup"]), env, env["CTX"], top + "/out/setup")
    if code != 0:
        return "setup: %s: %s" % (code, open(top + "/out/setup", errors="replace").read()[-800:])
    said = 'exec >"$OUT/out" 2>"$OUT/err"\n'
    code = shell(exports + said + "\n".join(case["line"]), env, env["CTX"], top + "/out/shell")
    errors = open(top + "/out/err", errors="replace").read()[-800:]
    wanted = case["exit"][0]
    # Not by a signal, and not by our limit.
    fits = isinstance(code, int) and 0 < code < 128 if wanted == "nonzero" else str(code) == wanted
    if not fits:
        return "exit %s: %s" % (code, errors)
    for check in case["check"]:
        if shell(exports + check, env, env["CTX"], top + "/out/check") != 0:
            return "`%s` fails: %s" % (check, errors)
    return ""


def clean(top, env):
    shell("ibuild rm -f --all; ibuild volume prune --all; ibuild prune --everything", env, top, top + "/out/clean")
    shutil.rmtree(top, ignore_errors=True)


def main():
    failed = 0
    cases = [case for case in read_cases(sys.argv[1]) if not sys.argv[2:] or case["id"] in sys.argv[2:]]
    for case in cases:
        top = os.environ["WORK"] + "/case-" + case["id"]
        env = surroundings(top)
        prepare(top, env)
        wrong = judge(case, top, env)
        if wrong:
            failed += 1
            print("FAILED: case %s (%s): %s" % (case["id"], case["head"], wrong), flush=True)
        clean(top, env)
    print("%d of %d cases pass" % (len(cases) - failed, len(cases)))
    sys.exit(1 if failed or not cases else 0)


main()
