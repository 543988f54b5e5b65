# as: root
# Limits of containers: in a group that has the id in its name; a kill for memory is told.
source "$(dirname "$0")/lib.sh"
make_base
at_end() { ib rm -f --all >/dev/null 2>&1; }
use='head -c 50m /dev/zero | tail -n 1 | wc -c'
id=$(ib run -d --memory 100m test/busybox:1 sh -c "$use; sleep 1000")
group=$(find /sys/fs/cgroup -name "*$id*" | head -n 1)
[ -n "$group" ] || fail "no control group of $id"
limits=$(find /sys/fs/cgroup -path "*$id*" \( -name memory.max -o -name memory.limit_in_bytes \) -exec cat {} +)
assert_equal "$limits" 104857600
said() { [ "$("$IBUILD" logs "$id")" = 52428800 ]; }
wait_for said
ib rm -f "$id" >/dev/null
assert_equal "$(find /sys/fs/cgroup -name "*$id*" | wc -l)" 0 "groups that are left"
expect_status 137 ib run --name small --memory 20m test/busybox:1 sh -c "exec dd if=/dev/zero of=/dev/null bs=50M count=1"
assert_has "$(ib ps -a)" "Exited (137)"
assert_has "$(ib ps -a)" "out of memory"
assert_equal "$(ib inspect -f '{{.State.OOMKilled}}' small)" true
assert_has "$(ib logs small 2>&1)" "out of memory"
