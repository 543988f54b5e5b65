# as: user
# Where no cgroup is ours to use, asking for a limit is an error with a reason, never ignored; where
# one is delegated, it holds.
source "$(dirname "$0")/lib.sh"
make_base
status=0
output=$(ib run --memory 32m test/busybox:1 sh -c 'head -c 200m /dev/zero | tail -n 1 | wc -c' 2>&1) || status=$?
[ "$status" != 0 ] || fail "the limit was ignored"
assert_has "$output" "memory"
