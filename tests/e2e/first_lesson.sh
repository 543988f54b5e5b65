# as: root user
# The first lesson about containers, as people type it: a web server, jobs that end, a look inside,
# a debugging container, limits, and a page counter with its database.
source "$(dirname "$0")/lib.sh"
make_base
containers_gone() { [ -z "$("$IBUILD" ps -aq)" ]; }
at_end() { ids=$(ib ps -aq); [ -z "$ids" ] || ib rm -f $ids >/dev/null 2>&1; }
page() { curl -s --max-time 5 "http://127.0.0.1:$1/$2"; }

# A web server in the background: its page, its log, its place in the list.
mkdir -p web/www && echo "It works" >web/www/index.html
cat >web/Dockerfile <<'D'
FROM test/busybox:1
COPY www /www
EXPOSE 8080
CMD ["httpd", "-f", "-vv", "-p", "8080", "-h", "/www"]
D
ib build -q -t t/web web >/dev/null
port=$(free_port)
id=$(ib run -d --name web -p "$port:8080" t/web)
assert_equal "${#id}" 64 "digits of an id"
wait_for page "$port" ping
assert_equal "$(page "$port" index.html)" "It works"
wait_for sh -c "'$IBUILD' logs web 2>&1 | grep -q ping"
assert_has "$(ib ps)" "0.0.0.0:$port->8080/tcp"
assert_has "$(ib ps)" "Up "
assert_equal "$(ib ps -q)" "${id:0:12}"
assert_equal "$(ib inspect --format '{{.State.Status}}' "${id:0:5}")" running
address=$(ib inspect --format '{{.NetworkSettings.IPAddress}}' web)
case $address in 172.*.*.* | 192.168.*.*) ;; *) fail "no address: $address" ;; esac
if is_root; then assert_equal "$(curl -s --max-time 5 "http://$address:8080/index.html")" "It works"; fi
assert_has "$(ib port web)" "8080/tcp -> 0.0.0.0:$port"

# A look inside, with the program as the first process.
assert_equal "$(ib exec web hostname)" "${id:0:12}"
assert_has "$(ib exec web cat /proc/1/cmdline | tr '\0' ' ')" "httpd -f"
echo "echo typed" | ib exec -i web sh | grep -qx typed
assert_equal "$(ib run --rm -h box test/busybox:1 hostname)" box
expect_status 7 ib exec web sh -c 'exit 7'
expect_status 127 ib exec web no-such-program

# In another container's network; and in the machine's.
assert_equal "$(ib run --rm --net "container:$id" test/busybox:1 wget -q -O - http://localhost:8080/index.html)" "It works"
debug=$(ib run -d --net "container:web" test/busybox:1 sleep 1000)
pid=$(ib inspect -f '{{.State.Pid}}' web) other=$(ib inspect -f '{{.State.Pid}}' "$debug")
assert_equal "$(readlink "/proc/$pid/ns/net")" "$(readlink "/proc/$other/ns/net")"
for kind in mnt pid ipc uts; do
  [ "$(readlink "/proc/$pid/ns/$kind")" != "$(readlink /proc/self/ns/$kind)" ] || fail "shares $kind"
done
[ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] || fail "shares net"
assert_equal "$(ib run --rm --net host test/busybox:1 readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
ib run --rm --net host -p 1:1 --ipc host test/busybox:1 true 2>/dev/null
assert_equal "$(ib run --rm --cap-drop ALL test/busybox:1 id -u)" 0
assert_equal "$(ib run --rm --net none test/busybox:1 ls /sys/class/net)" lo

# Jobs that end stay in the list, with what they said, until they are removed.
ib run --name job test/busybox:1 sh -c 'echo done; echo badly >&2; exit 3' >out 2>err && fail "exit code"
assert_equal "$(cat out)$(cat err)" donebadly
assert_has "$(ib ps -a)" "Exited (3)"
assert_equal "$(ib logs job 2>/dev/null)" done
assert_equal "$(ib logs job 2>&1 >/dev/null)" badly
assert_equal "$(ib wait job)" 3
expect_status 1 ib run --name job2 --rm test/busybox:1 false
assert_lacks "$(ib ps -a)" job2
expect_status 125 ib run --name job test/busybox:1 true
assert_has "$output" "already in use"
expect_status 125 ib run --rm -p "$port:80" test/busybox:1 true
assert_has "$output" "already allocated"
expect_status 1 ib rm web
assert_has "$output" "rm -f"
ib start job >/dev/null && assert_equal "$(ib wait job)" 3
assert_equal "$(ib logs job 2>/dev/null | wc -l)" 2 "lines of two runs"

# It keeps its files, stops when asked, and starts again with the same ones.
ib exec web sh -c 'echo kept >/www/kept'
ib stop -t 1 web >/dev/null
assert_has "$(ib ps -a --filter name=web)" "Exited (1"
ib start web >/dev/null
wait_for page "$port" kept
assert_equal "$(page "$port" kept)" kept
ib rm -f web "$debug" >/dev/null
expect_status 7 curl -s --max-time 5 "http://127.0.0.1:$port/"

# What happened is told; a removed container's story, too.
assert_equal "$(ib events --since 10m --until 0s --filter container=job2 --format '{{.Action}}' | xargs)" \
  "create start die destroy"
assert_has "$(ib events --since 10m --until 0s --filter event=die)" "exitCode=3"

# Containers on one network know each other by name.
ib network create lesson >/dev/null
ib run -d --name server --network lesson --network-alias www t/web >/dev/null
assert_equal "$(ib run --rm --network lesson test/busybox:1 sh -c 'wget -q -O - http://server:8080/; wget -q -O - http://www:8080/')" "It works
It works"
expect_status 1 ib network rm lesson
ib rm -f server >/dev/null
ib network rm lesson >/dev/null

# A page counter, its numbers in a real Redis, linked to it; the numbers outlive both.
if command -v redis-server >/dev/null; then
  mkdir -p redis counter/www/cgi-bin
  cp "$(command -v redis-server)" redis/redis-server
  for library in $(ldd redis/redis-server | grep -o '/[^ ]*'); do
    mkdir -p "redis/root$(dirname "$library")"
    cp -L "$library" "redis/root$library"
  done
  cat >redis/Dockerfile <<'D'
FROM test/busybox:1
COPY root /
COPY redis-server /bin/
VOLUME /data
WORKDIR /data
CMD ["redis-server", "--protected-mode", "no", "--save", "1 1", "--daemonize", "no"]
D
  cat >counter/www/cgi-bin/hit <<'D'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
printf 'INCR hits\r\nQUIT\r\n' | nc db 6379 | head -n 1 | tr -dc 0-9
D
  chmod 755 counter/www/cgi-bin/hit
  printf 'FROM test/busybox:1\nCOPY www /www\nCMD ["httpd","-f","-p","80","-h","/www"]\n' >counter/Dockerfile
  ib build -q -t t/redis redis >/dev/null
  ib build -q -t t/counter counter >/dev/null
  ib run -d --name db -v numbers:/data t/redis >/dev/null
  ib run -d --name counter --link db:db -p "$port:80" t/counter >/dev/null
  counted() { [ "$(page "$port" cgi-bin/hit)" = "$1" ]; }
  wait_for counted 1
  assert_equal "$(page "$port" cgi-bin/hit)" 2
  ib kill counter >/dev/null
  ib start counter >/dev/null
  wait_for counted 3
  ib stop db >/dev/null
  ib start db >/dev/null
  wait_for counted 4
  assert_has "$(ib volume ls)" numbers
  ib rm -f counter db >/dev/null
  ib volume rm numbers >/dev/null
fi

ib rm -f $(ib ps -aq) >/dev/null
containers_gone || fail "containers are left"
left_over() { pgrep -f "$IBUILD_ROOT" >/dev/null; }
no_interfaces() { ! ip -o link | grep -q " ib-b71d6"; }
! is_root || wait_for no_interfaces
