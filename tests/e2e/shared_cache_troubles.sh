# as: root user
# A cache is advice: one that lies, is cut off, full, of tomorrow or not to be trusted costs a line and
# a rebuild, never a wrong image or a failed build.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx && echo 1 >ctx/file
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1 AS build
COPY file /file
RUN n=RAN; echo STEP $n; cat /file >/made
FROM test/busybox:1
COPY --from=build /made /made
RUN n=RAN; echo STEP $n; cp /made /twice
D
export SOURCE_DATE_EPOCH=1600000000
build() { ib build --progress=plain -t app "$@" ctx 2>&1; }
id_of() { ib images --no-trunc -q app; }
lines() { printf '%s\n' "$output" | grep -c "^warning: cache" || true; }
forget() { ib rmi app >/dev/null && ib prune --cache >/dev/null; }

# Written where the environment says; read by the other store.
IBUILD_CACHE_TO="type=local,dest=$WORK/dir,mode=max" build >/dev/null
expected=$(id_of)
forget

# what NAME: makes $WORK/NAME, a copy of the cache to be spoilt.
copy() { rm -rf "$1" && cp -r dir "$1"; }
# checked NAME RAN: builds with that cache; whether steps ran, and that files and image are right. What
# nobody reads is not fetched, so that a lie about it is not noticed: an image's files are read here.
checked() {
  output=$(ib build --progress=plain --cache-from "type=local,src=$WORK/$1" -o type=tar,dest=out.tar ctx 2>&1)
  if [ "$2" = ran ]; then assert_has "$output" "STEP RAN"; else assert_lacks "$output" "STEP RAN"; fi
  assert_equal "$(tar xOf out.tar twice)" 1 "files with cache $1"
  build --cache-from "type=local,src=$WORK/$1" >/dev/null
  assert_equal "$(id_of)" "$expected" "the image with cache $1"
  forget
}
copy good && checked good cached
copy cut && find cut/blobs -type f -exec truncate -s -5 {} + && checked cut ran
copy other && for file in other/blobs/sha256/*; do head -c "$(stat -c %s "$file")" /dev/urandom >"$file"; done
checked other ran
copy gone && rm -r gone/blobs && checked gone ran
copy garbage && for file in garbage/ibuild-answers/*; do echo nonsense >"$file"; done
checked garbage ran
copy named && rm named/ibuild-answers/* && echo nonsense >nonsense # under the name of its digest
cp nonsense "named/ibuild-answers/$(sha256sum <nonsense | cut -d' ' -f1)"
checked named ran

# Signed by us, by a stranger, by nobody.
for who in ours theirs; do
  openssl genpkey -algorithm ed25519 -out $who.pem 2>/dev/null
  openssl pkey -in $who.pem -pubout -out $who.pub
done
for who in ours theirs; do
  build --cache-to "type=local,dest=$WORK/by-$who,mode=max,sign=$WORK/$who.pem" >/dev/null
  forget
done
trusting() { output=$(build --cache-from "type=local,src=$WORK/$1,trust=$WORK/ours.pub") && forget; }
trusting by-ours && assert_lacks "$output" "STEP RAN"
trusting by-theirs && assert_has "$output" "STEP RAN"
assert_equal "$(lines)" 1 "lines about strangers' records"
trusting dir && assert_has "$output" "STEP RAN"
assert_has "$output" "not signed by a key that is trusted"
expect_status 1 ib build --cache-from "type=local,src=$WORK/dir,trust=$WORK/none.pub" ctx

# A server that answers each request with the same: an error, too much, half of what it promises.
cat >server.py <<'P'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        how = self.path.split("/")[2]  # /v2/HOW/…
        status = int(how) if how.isdigit() else 200
        body = b"{" if how != "giant" else b"[" * (1 << 20)
        self.send_response(status)
        if status == 429: self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
        self.send_header("Content-Length", str(len(body) + (100 if how == "half" else 0)))
        self.end_headers()
        self.wfile.write(body)
        if how == "half": self.close_connection = True
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = answer
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
open("server.port", "w").write(str(server.server_port))
server.serve_forever()
P
python3 server.py 2>/dev/null &
servers+=($!)
wait_for test -s server.port
port=$(cat server.port)
for how in 429 500 403 giant half; do
  output=$(build --cache-from "localhost:$port/$how/cache:1" --cache-to "localhost:$port/$how/cache:1")
  assert_has "$output" "STEP RAN"
  assert_equal "$(id_of)" "$expected" "the image beside a cache that answers $how"
  [ "$(lines)" -le 2 ] || fail "more than a line each way: $output"
  [ "$(lines)" -ge 1 ] || fail "nothing is said of a cache that answers $how: $output"
  forget
done
# Nobody is there.
output=$(build --cache-from "localhost:1/none:1" --cache-to "localhost:1/none:1")
assert_equal "$(lines)" 2 "lines about a cache that is not there"
