# as: root user
# Every config instruction reaches the image's config, as `inspect` shows it.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx
cat >ctx/Dockerfile <<'D'
ARG TAG=1
FROM test/busybox:${TAG}
MAINTAINER somebody
ARG WHO=world
ENV GREETING="hello ${WHO}" EMPTY=
LABEL a=b "c d"="e f"
EXPOSE 80 53/udp
VOLUME /data
VOLUME ["/more"]
USER nobody
WORKDIR /w
HEALTHCHECK --interval=5m --retries=3 CMD test -e /tmp
STOPSIGNAL SIGINT
SHELL ["/bin/sh", "-e", "-c"]
ONBUILD RUN echo triggered > /tmp/triggered
ENTRYPOINT ["echo"]
CMD ["from", "cmd"]
D
ib build -q --build-arg WHO=you --label extra=1 -t t/config ctx >/dev/null
python3 - <(ib inspect t/config) <<'P'
import json, sys
image = json.load(open(sys.argv[1]))
image = image[0] if isinstance(image, list) else image
config = image["Config"] if "Config" in image else image["config"]
def check(key, wanted):
    assert config.get(key) == wanted, (key, config.get(key), wanted)
assert "GREETING=hello you" in config["Env"] and "EMPTY=" in config["Env"], config["Env"]
check("Labels", {"a": "b", "c d": "e f", "extra": "1"})
check("ExposedPorts", {"80/tcp": {}, "53/udp": {}})
check("User", "nobody")
check("WorkingDir", "/w")
check("StopSignal", "SIGINT")
check("Shell", ["/bin/sh", "-e", "-c"])
check("OnBuild", ["RUN echo triggered > /tmp/triggered"])
check("Entrypoint", ["echo"])
check("Cmd", ["from", "cmd"])
assert config["Healthcheck"] == {"Test": ["CMD-SHELL", "test -e /tmp"], "Interval": 300000000000, "Retries": 3}
P
assert_equal "$(ib run t/config)" "from cmd"
assert_equal "$(ib run t/config other words)" "other words"
printf 'FROM t/config\nENTRYPOINT []\nUSER root\nCMD cat /tmp/triggered\n' >ctx/Dockerfile
ib build -q -t t/child ctx >/dev/null
assert_equal "$(ib run t/child)" triggered
assert_has "$(ib history t/child)" "echo triggered"
