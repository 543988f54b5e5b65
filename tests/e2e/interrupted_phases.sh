# as: root user
# The first signal ends everything, whatever is being done: with its own exit code, and with nothing
# left beside outputs. Ignored signals stay ignored.
source "$(dirname "$0")/lib.sh"
make_base
truncate -s 6G large # zeros that take long to read
mkdir hash packed
ln large hash/
printf 'FROM scratch\nCOPY large /\n' >hash/Dockerfile
printf 'FROM test/busybox:1\nRUN echo started; sleep 1000\n' >packed/Dockerfile
# A registry that accepts, and says nothing or that it is asked too often.
cat >server.py <<'P'
import http.server, socketserver, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open("asked", "a").write(self.path + "\n")
        if sys.argv[1] == "silent":
            time.sleep(600)
        self.send_response(429)
        self.send_header("Retry-After", "60")
        self.end_headers()
    do_HEAD = do_GET
    def log_message(self, *_): pass
class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Handler)
open(sys.argv[2], "w").write(str(server.server_port))
server.serve_forever()
P
for kind in silent limit; do
  python3 server.py $kind $kind.port &
  servers+=($!)
done
wait_for test -s silent.port
wait_for test -s limit.port

busy() { # the process has done something for a while
  [ "$(awk '{print $14 + $15}' "/proc/$pid/stat")" -gt 20 ]
}
asked() { [ -s asked ]; }
started() { grep -q ' started' out; }
# interrupted SIGNAL CODE CUE COMMAND…: signals it when CUE succeeds. It takes less than a second;
# the limit is for a busy machine, and far below what the command would take.
interrupted() {
  local signal=$1 code=$2 cue=$3 status=0
  shift 3
  rm -f asked out
  "$@" >out 2>&1 &
  pid=$!
  wait_for "$cue"
  kill -"$signal" $pid
  for _ in $(seq 100); do
    [ "$(awk '{print $3}' "/proc/$pid/stat" 2>/dev/null)" != Z ] && kill -0 $pid 2>/dev/null || break
    sleep 0.05
  done
  kill -KILL $pid 2>/dev/null || true
  wait $pid || status=$?
  assert_equal "$status" "$code" "exit code of $* after SIG$signal"
}
interrupted INT 130 busy "$IBUILD" build -q hash
interrupted TERM 143 busy "$IBUILD" build -q hash
interrupted HUP 129 started "$IBUILD" build --progress=plain packed
interrupted INT 130 asked "$IBUILD" pull "localhost:$(cat silent.port)/a:1"
interrupted TERM 143 asked "$IBUILD" pull "localhost:$(cat limit.port)/a:1"
printf 'FROM localhost:%s/a:1\n' "$(cat silent.port)" >Dockerfile
interrupted INT 130 asked "$IBUILD" build -q .
interrupted INT 130 asked "$IBUILD" build -q "http://localhost:$(cat silent.port)/r.git"
interrupted TERM 143 busy "$IBUILD" import <(tar c large) test/large:1
mkdir outputs
interrupted HUP 129 busy "$IBUILD" build -q -o type=tar,dest=outputs/o.tar hash
assert_equal "$(ls -A outputs)" "" "left beside an output"

# A step that takes its time has it, and a second signal takes it away.
printf 'FROM test/busybox:1\nRUN trap "" TERM; echo started; sleep 1000\n' >Dockerfile
interrupted TERM 143 started "$IBUILD" build --progress=plain --stop-timeout 1 .
: >out
"$IBUILD" build --progress=plain --stop-timeout 600 . >out 2>&1 &
pid=$!
wait_for started
kill -INT $pid
sleep 0.3
kill -0 $pid || fail "a step had no time"
kill -INT $pid
status=0; wait $pid || status=$?
assert_equal "$status" 130 "exit code after two"
printf 'FROM test/busybox:1\nRUN trap "echo tidied; exit" TERM; echo started; while :; do sleep 0.1; done\n' >Dockerfile
interrupted TERM 143 started "$IBUILD" build --progress=plain .
grep -q tidied out || fail "the step did not get SIGTERM"

# nohup
printf 'FROM test/busybox:1\nRUN echo started; sleep 1\n' >Dockerfile
: >out
(trap '' HUP; exec "$IBUILD" build --progress=plain .) >out 2>&1 &
pid=$!
wait_for started
kill -HUP $pid
wait $pid || fail "an ignored signal ended the build"

# At a prompt the echo comes back.
python3 - "$IBUILD" <<'P'
import os, pty, select, signal, sys, termios, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "login", "-u", "ci", "localhost:1"])
screen = b""
while b"Password:" not in screen:
    screen += os.read(fd, 1000)
for _ in range(500):
    if not termios.tcgetattr(fd)[3] & termios.ECHO: break
    time.sleep(0.01)
os.write(fd, b"\x03")
code = None
end = time.time() + 5
while time.time() < end:
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        code = os.waitstatus_to_exitcode(status)
        break
    time.sleep(0.01)
assert code == 130, code
assert termios.tcgetattr(fd)[3] & termios.ECHO, "no echo"
P

# Standard streams that are closed do not become files.
printf 'FROM test/busybox:1\nRUN echo in a layer\n' >Dockerfile
"$IBUILD" build -q -t t/closed . >&- 2>&- <&- || fail "with closed streams"
"$IBUILD" build --no-cache -t t/closed . 2>&- >&- || fail "with closed streams"
ib run t/closed true
if grep -rqs 'naming to' "$IBUILD_ROOT/blobs" "$IBUILD_ROOT/index.json" "$IBUILD_ROOT/cache"; then
  fail "progress was written into the store"
fi
