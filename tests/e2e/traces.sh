# as: root user
# A build's trace at a collector (OTLP over HTTP, in JSON): what is in it, whose part it is, and that
# no collector can hold a build up or make it fail.
source "$(dirname "$0")/lib.sh"
unset TRACEPARENT ${!OTEL_@}
make_base
python3 "$SOURCE/tests/e2e/collector.py" collector.port requests &
servers+=($!)
wait_for test -s collector.port
collector=http://127.0.0.1:$(cat collector.port)
mkdir ctx && echo 1 >ctx/file
printf 'FROM test/busybox:1\nRUN echo OUTPUT OF STEP >/a\nCOPY file /file\n' >ctx/Dockerfile
# ask EXPRESSION: of the last request as `r`, its spans as `s`, the build's span as `b`; `a` gives the
# attributes of what has some as a dict, `named` the span in whose name a text is.
ask() {
  python3 - "$1" <<'PYTHON'
import json, sys
r = json.loads(open("requests").readlines()[-1])
if "wrong" in r:
    sys.exit(f"the collector says: {r['wrong']}")
of_resource = r["document"]["resourceSpans"][0]
s = of_resource["scopeSpans"][0]["spans"]
a = lambda of: {x["key"]: next(iter(x["value"].values())) for x in of["attributes"]}
b = next(span for span in s if span["name"] == "build")
time = lambda of, end: int(of[end + "TimeUnixNano"])
named = lambda text: next(span for span in s if text in span["name"])
resource = a(of_resource["resource"])
print(eval(f"({sys.argv[1]})"))
PYTHON
}
requests() { [ ! -e requests ] && echo 0 || wc -l <requests; }
build() { ib build --progress=plain "$@" ctx 2>&1; }

# Nobody asked.
build -t app >/dev/null
OTEL_EXPORTER_OTLP_ENDPOINT='' build -t app >/dev/null
assert_equal "$(requests)" 0
export OTEL_EXPORTER_OTLP_ENDPOINT=$collector
OTEL_TRACES_EXPORTER=none build -t app >/dev/null
OTEL_SDK_DISABLED=true build -t app >/dev/null
ib images >/dev/null
ib build --check ctx >/dev/null 2>&1
assert_equal "$(requests)" 0

# A build that runs, and the same from the cache; what it prints stays as it was.
id=$(OTEL_SERVICE_NAME=nightly OTEL_RESOURCE_ATTRIBUTES=team=a%20b ib build -q -t app:2 --no-cache ctx)
assert_equal "$(ib inspect app:2 --format '{{.Id}}')" "$id"
assert_equal "$(requests)" 1
assert_equal "$(ask 'r["path"], resource["service.name"], resource["team"]')" \
  "('/v1/traces', 'nightly', 'a b')"
assert_has "$(ib version)" "$(ask 'resource["service.version"]')"
ran='a(named("RUN"))'
assert_equal "$(ask "b['status'].get('code', 0), 'parentSpanId' in b, 'app:2' in a(b)['ibuild.image'],
  $ran['process.exit.code'], $ran['ibuild.cached'], int($ran['ibuild.cpu_milliseconds']) >= 0,
  all(x['parentSpanId'] == b['spanId'] and x['traceId'] == b['traceId'] and
      time(b, 'start') <= time(x, 'start') and time(x, 'end') <= time(b, 'end')
      for x in s if x is not b)")" "(0, False, True, '0', False, True, True)"
build -t app --metadata-file metadata.json >/dev/null
assert_equal "$(ask "$ran['ibuild.cached'],
  json.load(open('metadata.json'))['ibuild.trace.id'] == b['traceId']")" "(True, True)"

# A build that fails: its own error, its own exit code; nothing of what a step wrote goes out.
printf 'FROM test/busybox:1\nRUN echo WRITTEN BY STEP; exit 7\n' >Dockerfile.bad
expect_status 1 ib build --progress=plain -f Dockerfile.bad ctx
assert_lacks "$output" "the trace"
assert_equal "$(ask "b['status']['code'], named('RUN')['status']['code'],
  'exit code: 7' in b['status']['message'], $ran['process.exit.code'],
  'WRITTEN BY STEP\\\\n' in json.dumps(r)")" "(2, 2, True, '7', False)"
expect_status 1 ib build -f Missing ctx
assert_equal "$(ask 'b["status"]["code"]')" 2

# Whose part it is; what is malformed begins a trace of its own.
parent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331
TRACEPARENT=$parent-01 build -t app >/dev/null
assert_equal "$(ask 'b["traceId"], b["parentSpanId"]')" \
  "('0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331')"
TRACEPARENT=${parent^^}-01 build -t app >/dev/null
assert_equal "$(ask 'b["traceId"].startswith("0af7"), "parentSpanId" in b')" "(False, False)"
before=$(requests)
TRACEPARENT=$parent-00 build -t app >/dev/null
assert_equal "$(requests)" "$before" "a trace that nobody records"

# Steps know nothing of it, so that an image and its keys do not depend on who watches.
printf 'FROM test/busybox:1\nRUN env >/env\n' >Dockerfile.env
id=$(OTEL_EXPORTER_OTLP_ENDPOINT='' ib build -q --no-cache --reproducible -f Dockerfile.env ctx)
assert_equal "$(TRACEPARENT=$parent-01 ib build -q --no-cache --reproducible -f Dockerfile.env ctx)" "$id"

# Registries are told.
start_registry
python3 "$SOURCE/tests/e2e/header_proxy.py" "${REGISTRY#*:}" proxy.port seen &
servers+=($!)
wait_for test -s proxy.port
TRACEPARENT=$parent-01 build -t "localhost:$(cat proxy.port)/app:1" --push >/dev/null
assert_equal "$(sort -u seen)" "$(ask '"-".join(("00", b["traceId"], b["spanId"], "01"))')"
assert_equal "$(ask 'any("ibuild.bytes" in a(x) for x in s)')" True

# Headers arrive, and are in no log.
output=$(OTEL_EXPORTER_OTLP_HEADERS='authorization=Bearer%20hunter2' build --debug -t app)
assert_equal "$(ask 'r["headers"]["authorization"]')" "Bearer hunter2"
assert_lacks "$output" hunter2
output=$(OTEL_EXPORTER_OTLP_HEADERS=hunter2 build -t app)
assert_has "$output" "warning: the trace is not sent: OTEL_EXPORTER_OTLP_HEADERS"
assert_lacks "$output" hunter2

# One line, and the build is what it is.
one_line() { # WORDS: in the output's only line about the trace
  assert_equal "$(grep -c 'the trace' <<<"$output")" 1 "lines in: $output"
  assert_has "$output" "$1"
}
before=$(requests)
output=$(OTEL_EXPORTER_OTLP_PROTOCOL=grpc build -t app)
one_line "only http/json is spoken here"
assert_equal "$(requests)" "$before"
output=$(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=$collector/refuse/v1/traces build -t app)
one_line "it answers 500"
output=$(OTEL_EXPORTER_OTLP_ENDPOINT=$collector/partial build -t app)
one_line "too many spans"
output=$(OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$(free_port) build -t app)
one_line "the trace did not reach http://127.0.0.1:"
for wait in 300 ''; do
  start=$(date +%s%N)
  output=$(OTEL_EXPORTER_OTLP_TIMEOUT=$wait OTEL_EXPORTER_OTLP_ENDPOINT=$collector/hang build -t app)
  one_line "no answer within ${wait:-2000} ms"
  [ $((($(date +%s%N) - start) / 1000000)) -lt 6000 ] || fail "a collector holds a build up"
done
export OTEL_EXPORTER_OTLP_ENDPOINT=$collector/hang
expect_status 1 ib build --progress=plain -f Dockerfile.bad ctx
one_line "no answer within"

# Nor is a name server that says nothing waited for.
silent_name_server() {
  mount --bind resolv.conf /etc/resolv.conf
  busybox ip link set lo up
  python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 53))
open("bound", "w").close(); time.sleep(60)' &
  until [ -e bound ]; do sleep 0.05; done
  local start status=0
  start=$(date +%s%N)
  OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.example:4318 \
    "$IBUILD" build --progress=plain -t app ctx 2>&1 || status=$?
  echo "$((($(date +%s%N) - start) / 1000000))" >took
  kill %1
  return "$status"
}
if is_root; then
  echo 'nameserver 127.0.0.1' >resolv.conf
  export -f silent_name_server
  output=$(unshare --net --mount bash -c silent_name_server)
  one_line "no answer within 2000 ms"
  [ "$(cat took)" -lt 6000 ] || fail "a name server holds a build up: $(cat took) ms"
fi

# The file of --trace has the same pieces.
unset OTEL_EXPORTER_OTLP_ENDPOINT
ib --trace trace.json build -q -t app ctx >/dev/null
for name in 'RUN echo' 'COPY file' prepare outputs '"name":"build"'; do
  assert_has "$(cat trace.json)" "$name"
done
assert_lacks "$(cat trace.json)" '"ts":-'
