# as: root
# The network of steps and containers: their own by default, connected when they want it; the
# host's with --network=host; only a loopback with none. Nothing of it is left behind.
source "$(dirname "$0")/lib.sh"
make_base

port=$(free_port)
mkdir web && echo welcome >web/index.html
(cd web && exec python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1) &
servers+=($!)
wait_for curl -s "http://127.0.0.1:$port/"

cat >Dockerfile <<D
FROM test/busybox:1
RUN ip addr show eth0 | grep -q 'inet 10.0.2.100/24' && ip route | grep -q 'via 10.0.2.2 '
RUN grep -qx 'nameserver 10.0.2.3' /etc/resolv.conf
RUN ! wget -q -O - http://127.0.0.1:$port/ && ! wget -q -O - http://10.0.2.2:$port/
RUN --network=none test "\$(ls /sys/class/net)" = lo && test ! -s /etc/resolv.conf
D
ib build -q -t t/network . >/dev/null
printf 'FROM test/busybox:1\nRUN wget -q -O /page http://127.0.0.1:%s/\nCMD ["cat","/page"]\n' "$port" >Dockerfile
expect_status 1 ib build .
ib build -q --network host -t t/page . >/dev/null
assert_equal "$(ib run t/page)" welcome
assert_equal "$(ib run --network host t/page wget -q -O - "http://127.0.0.1:$port/")" welcome
expect_status 1 ib run t/page wget -q -O - "http://127.0.0.1:$port/"
assert_has "$(ib info)" "each step has its own, by /usr/bin/slirp4netns"

# A helper ends with its step, however that ends.
mark=network-$RANDOM$RANDOM
printf 'FROM test/busybox:1\nRUN ip addr; echo started; sleep 1000 # %s\n' "$mark" >Dockerfile
find_helper() { helper=$(pgrep -P "$pid" slirp4netns); }
ended() { ! kill -0 "$1"; }
for signal in INT KILL; do
  status=0
  "$IBUILD" build --no-cache --progress=plain . >out 2>&1 &
  pid=$!
  wait_for find_helper
  kill -$signal "$pid"
  wait "$pid" || status=$?
  assert_equal "$status" $((128 + $(kill -l $signal)))
  wait_for ended "$helper"
done

# Without the device it takes, the host's network is used, and that is said once.
mkdir empty && mount --bind empty /dev/net
printf 'FROM test/busybox:1\nRUN echo a\nRUN wget -q -O - http://127.0.0.1:%s/\n' "$port" >Dockerfile
expect_status 0 ib build --no-cache --progress=plain .
assert_has "$output" welcome
assert_equal "$(grep -c 'network is the one of this machine' <<<"$output")" 1
assert_has "$(ib info)" "modprobe tun"
umount /dev/net
