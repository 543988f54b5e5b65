# as: root user
# Ctrl-C in the middle of a RUN: exit code 130, no process, mount or temporary file stays, and the
# next build works.
source "$(dirname "$0")/lib.sh"
make_base
mark=marker-$RANDOM$RANDOM
printf 'FROM test/busybox:1\nRUN echo started; sleep 1000 # %s\n' "$mark" >Dockerfile
step_is_gone() { ! pgrep -f "$mark"; }
mounts=$(wc -l </proc/self/mounts)
for signal in INT TERM KILL; do
  "$IBUILD" build --no-cache --progress=plain . >out 2>&1 &
  pid=$!
  wait_for grep -Eq '^#[0-9]+ [0-9.]+ started' out
  kill -$signal $pid
  status=0; wait $pid || status=$?
  case $signal in INT) assert_equal $status 130 ;; TERM) assert_equal $status 143 ;; KILL) assert_equal $status 137 ;; esac
  wait_for step_is_gone # after SIGKILL the kernel ends the step, in its own time
  assert_equal "$(wc -l </proc/self/mounts)" "$mounts" "mounts after SIG$signal"
done
printf 'FROM test/busybox:1\nRUN echo works > /x\nCMD ["cat","/x"]\n' >Dockerfile
ib build -q -t t/after . >/dev/null
assert_equal "$(ib run t/after)" works
ib prune >/dev/null
assert_equal "$(ls "$IBUILD_ROOT/ingest" 2>/dev/null | wc -l)" 0 "staging left behind"
