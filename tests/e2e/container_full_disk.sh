# as: root
# Where the disk is full, a log takes no more and tells so later; the container goes on, what becomes
# of it is known, and all that looks at it or makes room works.
source "$(dirname "$0")/lib.sh"
mkdir small shared && mount -t tmpfs -o size=24m tmpfs small
unmount_all() { umount -l "$WORK/small"; }
at_end() { ib rm -f --all >/dev/null 2>&1; }
export IBUILD_ROOT=$WORK/small/store
make_base
fill() { ! cat /dev/zero >small/filler 2>/dev/null; }
state() { ib inspect -f '{{.State.Status}} {{.State.ExitCode}}' talks; }
there() { [ -e "shared/$1" ]; }

writes='echo begin; until [ -e /shared/go ]; do sleep 0.1; done
head -c 4000000 /dev/zero | tr "\0" x | fold -w 99; echo; touch /shared/written
until [ -e /shared/end ]; do sleep 0.1; done; echo last; exit 7'
ib run -d --name talks -v "$WORK/shared:/shared" test/busybox:1 sh -c "$writes" >/dev/null
began() { [ "$(ib logs talks)" = begin ]; }
wait_for began
fill
touch shared/go
wait_for there written
assert_equal "$(ib ps --format '{{.Names}} {{.State}}')" "talks running"
ib exec talks true
assert_equal "$(ib logs talks 2>&1 | head -n 1)" begin
rm small/filler
touch shared/end
ended() { [ "$(state)" = "exited 7" ]; }
wait_for ended
logs=$(ib logs talks 2>&1)
assert_has "$logs" "ibuild: the disk was full: about 4"
assert_equal "$(tail -n 1 <<<"$logs")" last
[ "$(wc -c <<<"$logs")" -lt 2000000 ] || fail "nothing is missing"

# It ends, by itself and when it is told to, and is removed, while nothing can be written.
rm shared/*
ib start talks >/dev/null
fill
touch shared/go shared/end
wait_for ended
assert_equal "$(ib ps -aq | wc -l)" 1
expect_status 1 ib start talks
assert_has "$output" "No space left"
rm small/filler shared/end
ib start talks >/dev/null
fill
ib stop -t 1 talks >/dev/null
assert_equal "$(state)" "exited 137"
ib rm talks >/dev/null
rm small/filler
ib run -d --name talks test/busybox:1 sleep 1000 >/dev/null
fill
ib rm -f talks >/dev/null
assert_equal "$(ib ps -aq | wc -l)" 0
rm small/filler
assert_equal "$(ib run --rm test/busybox:1 echo next 2>/dev/null)" next
