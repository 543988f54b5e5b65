# as: root user
# Many builds on one empty store at the same time all succeed and agree.
source "$(dirname "$0")/lib.sh"
make_base
printf 'FROM test/busybox:1\nRUN seq 1000 > /numbers\nRUN wc -l /numbers > /count\nCMD ["cat","/count"]\n' >Dockerfile
pids=()
for i in 1 2 3 4 5 6; do
  SOURCE_DATE_EPOCH=1700000000 "$IBUILD" build -q -t t/parallel:$i . >id.$i 2>err.$i & pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "$(cat err.*)"; done
assert_equal "$(cat id.? | sort -u | wc -l)" 1 "different images"
for i in 1 6; do assert_equal "$(ib run t/parallel:$i)" "1000 /numbers"; done
