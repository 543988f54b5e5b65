# as: root user
# Whatever is killed at whatever instant, the list tells the truth, `rm -f` and the next `run` work,
# and nothing is left: no process, no mount, no interface, no control group.
source "$(dirname "$0")/lib.sh"
make_base
at_end() { ib rm -f --all >/dev/null 2>&1; }
mark=5$RANDOM$RANDOM
inside() { pgrep -xf "sleep $mark"; }
monitor_of() { ps -o ppid= -p "$1" | tr -d ' '; }
killed() { # PROCESS of ours
  local status=0
  wait "$1" 2>/dev/null || status=$?
  assert_equal "$status" 137 "end of $1"
}
gone() { ! pgrep -f "sleep $mark" >/dev/null; }

for victim in monitor run container router; do
  id=$(ib run -d --name victim test/busybox:1 sleep "$mark")
  pid=$(ib inspect -f '{{.State.Pid}}' victim)
  case $victim in
    monitor) kill -9 "$(monitor_of "$pid")" ;;
    container) kill -9 "$pid" ;;
    router) kill -9 "$(cat "$IBUILD_ROOT/networks/bridge/pid")" ;;
    run)
      ib rm -f victim >/dev/null
      "$IBUILD" run --name victim test/busybox:1 sleep "$mark" >/dev/null 2>&1 &
      front=$!
      wait_for inside
      kill -9 $front
      killed $front
      wait_for sh -c "'$IBUILD' ps | grep -q victim" # it runs on, as Docker's would
      ib stop -t 0 victim >/dev/null
      ;;
  esac
  if [ $victim = router ]; then
    assert_equal "$(ib inspect -f '{{.State.Status}}' victim)" running
  else
    wait_for gone
    assert_has "$(ib ps -a)" "Exited (137)"
  fi
  assert_equal "$(ib run --rm test/busybox:1 echo next)" next
  ib rm -f victim >/dev/null
  wait_for gone
done

# At random instants of the start.
for _ in $(seq 10); do
  "$IBUILD" run --name early test/busybox:1 sleep "$mark" >/dev/null 2>&1 &
  front=$!
  sleep 0.0$((RANDOM % 50))
  kill -9 $front
  killed $front
  wait_for sh -c "'$IBUILD' rm -f early"
  wait_for gone
done

# Another boot: whatever was said to run does not.
id=$(ib run -d --name rebooted test/busybox:1 sleep "$mark")
pid=$(ib inspect -f '{{.State.Pid}}' rebooted)
kill -9 "$(monitor_of "$pid")"
sed -i 's/"boot":"[^"]*"/"boot":"another"/' "$IBUILD_ROOT/containers/$id/state.json"
wait_for gone
assert_has "$(ib ps -a)" "Exited"
ib start rebooted >/dev/null
assert_equal "$(ib inspect -f '{{.State.Status}}' rebooted)" running
ib rm -f rebooted >/dev/null

# A log that is flooded keeps its limit; a program that ignores SIGTERM is killed.
line=$(printf '%099d' 7)
ib run --name flood test/busybox:1 sh -c "yes $line | head -c 100000000" >/dev/null
[ "$(du -sk "$IBUILD_ROOT/containers" 2>/dev/null | cut -f1)" -lt 80000 ] || fail "the log has no limit"
assert_equal "$(ib logs -n 3 flood | wc -l)" 3
ib run -d --name deaf test/busybox:1 sh -c "trap '' TERM; sleep $mark" >/dev/null
ib stop -t 1 deaf >/dev/null
assert_has "$(ib ps -a --filter name=deaf)" "Exited (137)"

# Many at once.
for i in $(seq 20); do "$IBUILD" run -d --name "many$i" test/busybox:1 sleep "$mark" >/dev/null & done
wait
assert_equal "$(ib ps -q --filter name=many | wc -l)" 20
addresses=$(ib inspect -f '{{.NetworkSettings.IPAddress}}' $(ib ps -q --filter name=many))
assert_equal "$(sort -u <<<"$addresses" | wc -l)" 20 "different addresses"
ib rm -f $(ib ps -aq) >/dev/null
wait_for gone
router_gone() { ! pgrep -x ibuild-router >/dev/null || [ ! -e "$IBUILD_ROOT/networks/bridge/socket" ]; }
wait_for router_gone
assert_equal "$(ib ps -aq)" ""
if is_root; then assert_lacks "$(ip -o link)" " ib-"; fi
