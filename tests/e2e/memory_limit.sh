# as: root
# A limit holds: a step or container over its memory is killed, and that is what we say.
source "$(dirname "$0")/lib.sh"
make_base
find /sys/fs/cgroup -maxdepth 6 -name '*ibuild*' 2>/dev/null | sort >before
cat >Dockerfile <<'D'
FROM test/busybox:1
RUN echo fine
RUN head -c 200m /dev/zero | tail -n 1
D
expect_status 1 ib build --memory 32m .
assert_has "$output" "memory"
assert_has "$output" "32"
assert_has "$output" ">>> RUN head"
# What becomes of a container is the affair of its first process; the kill is told either way.
expect_status 137 ib run --memory 32m test/busybox:1 sh -c 'head -c 200m /dev/zero | tail -n 1'
assert_has "$output" "memory"
expect_status 137 ib run --memory 32m test/busybox:1 dd if=/dev/zero of=/dev/null bs=200M count=1
assert_has "$output" "the container was killed for using more memory"
expect_status 3 ib run --memory 32m test/busybox:1 \
  sh -c 'dd if=/dev/zero of=/dev/null bs=200M count=1; exit 3'
assert_has "$output" "a process of the container was killed"
printf 'FROM test/busybox:1\nRUN for i in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait\n' >Dockerfile
expect_status 1 ib build --pids-limit 5 .
assert_has "$output" "fork"
ib build -q --pids-limit 50 . >/dev/null
left_behind() { find /sys/fs/cgroup -maxdepth 6 -name '*ibuild*' | sort | comm -13 before -; }
none_left() { [ -z "$(left_behind)" ]; } # what runs beside us goes, too
wait_for none_left
