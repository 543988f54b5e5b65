# as: root user
# `ibuild run` honours the image and its own flags, passes exit codes and signals on, and leaves
# nothing behind.
source "$(dirname "$0")/lib.sh"
make_base
printf 'FROM test/busybox:1\nENV A=1\nWORKDIR /tmp\nUSER nobody\n' >Dockerfile
ib build -q -t t/run . >/dev/null
assert_equal "$(ib run t/run sh -c 'echo $A $B $(id -u) $(pwd)')" "1 65534 /tmp"
assert_equal "$(ib run -e B=2 -w /srv -u 0 t/run sh -c 'echo $A $B $(id -u) $(pwd)')" "1 2 0 /srv"
expect_status 7 ib run t/run sh -c 'exit 7'
expect_status 127 ib run t/run no-such-program
assert_has "$output" "no-such-program"
assert_equal "$(ib run --network none t/run sh -c 'ls /sys/class/net')" lo
assert_equal "$(echo piped | ib run -i t/run cat)" piped
assert_equal "$(ib run t/run sh -c 'echo own > /dev/stdout')" own # a server logs so, as its own user
ib run -u 0 t/run sh -c 'echo left > /srv/left'
assert_equal "$(ib run t/run sh -c 'ls /srv')" "" "a run's changes are kept"

"$IBUILD" run t/run sh -c 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done' >out &
pid=$!
wait_for grep -q ready out
kill -TERM $pid
status=0; wait $pid || status=$?
assert_equal "$status" 3 "exit code after SIGTERM"
grep -q got out || fail "the signal was not passed on"
