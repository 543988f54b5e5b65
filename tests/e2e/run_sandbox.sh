# as: root user
# What a RUN step sees of the machine: its own processes, few capabilities, no way out.
source "$(dirname "$0")/lib.sh"
make_base
cat >Dockerfile <<'D'
FROM test/busybox:1
RUN test "$(ls /proc | grep -c '^[0-9]')" -le 6
RUN grep -q 'CapEff:.00000000a80425fb' /proc/self/status
RUN grep -q 'Seccomp:.2' /proc/self/status
RUN ! (echo x > /proc/sys/kernel/hostname) 2>/dev/null
RUN ! (echo x >> /etc/hosts) 2>/dev/null
RUN test "$(hostname)" = buildkitsandbox
RUN test ! -s /proc/kcore || ! head -c 1 /proc/kcore 2>/dev/null | grep -q .
RUN ! mount -t tmpfs none /mnt 2>/dev/null
RUN ! unshare -U true 2>/dev/null
RUN --network=none test "$(ls /sys/class/net)" = lo
RUN test ! -t 0 && test "$(ls /proc/self/fd | wc -l)" -le 6
RUN test "$(umask)" = 0022
D
ib build -q -t t/sandbox . >/dev/null
# Steps that change nothing make layers with nothing in them.
printf 'FROM test/busybox:1\nRUN true\n' >Dockerfile
ib build -q -o type=oci,dest=o.tar . >/dev/null
layers=$(tar xOf o.tar index.json | python3 -c '
import json, sys, subprocess
digest = json.load(sys.stdin)["manifests"][0]["digest"].replace(":", "/")
manifest = json.loads(subprocess.check_output(["tar", "xOf", "o.tar", "blobs/" + digest]))
print(manifest["layers"][-1]["digest"].replace(":", "/"))')
assert_equal "$(tar xOf o.tar "blobs/$layers" | tar tzf - | wc -l)" 0 "entries of an empty layer"
