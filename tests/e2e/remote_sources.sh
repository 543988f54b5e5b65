# as: root user
# ADD from servers: what is asked again, who gets credentials, where redirects may lead, how much
# may come.
source "$(dirname "$0")/lib.sh"

start_web() { # FOLDER: sets $WEB (host:port) and $WEB_LOG
  local port
  port=$(free_port)
  WEB=127.0.0.1:$port WEB_LOG=$WORK/web-$port.log
  python3 "$SOURCE/tests/e2e/web_server.py" "$port" "$WEB_LOG" "$1" &
  servers+=($!)
  wait_for curl -s -o /dev/null "http://$WEB/ready"
  : >"$WEB_LOG"
}
requests() { cat "$WEB_LOG"; : >"$WEB_LOG"; }

mkdir -p files ctx
echo one >files/f
start_web "$WORK/files"
build() { # INSTRUCTION [FLAG…]: the image's files are in out/
  printf 'FROM scratch\n%s\n' "$1" >ctx/Dockerfile
  shift
  rm -rf out
  ib build -q -o type=local,dest=out "$@" ctx
}

# Asked again with what the server said last time; the stored bytes serve, also without cache.
build "ADD http://$WEB/f /x" >/dev/null
assert_equal "$(stat -c %a out/x)" 600
assert_has "$(requests)" 'GET /f auth=- tag=-'
build "ADD http://$WEB/f /x" --no-cache >/dev/null
assert_has "$(requests)" 'GET /f auth=- tag="'
assert_equal "$(cat out/x)" one
echo two >files/f
build "ADD http://$WEB/f /x" >/dev/null
assert_equal "$(cat out/x)" two
# With a checksum that the store has, nobody is asked.
requests >/dev/null
build "ADD --checksum=sha256:$(sha256sum <files/f | cut -c1-64) http://$WEB/f /y" >/dev/null
assert_equal "$(requests)" ''
expect_status 1 build "ADD --checksum=sha256:$(printf '0%.0s' {1..64}) http://$WEB/f /z"
assert_has "$output" 'digest mismatch'

# A secret of the host opens it, and goes nowhere else.
printf 'open\n' >token
expect_status 1 build "ADD http://$WEB/locked/f /x"
assert_has "$output" 'the server answers with status 401'
assert_has "$output" '>>> ADD'
build "ADD http://$WEB/locked/f /x" --secret id=HTTP_AUTH_TOKEN_127.0.0.1,src=token --progress plain --debug >log 2>&1
assert_has "$(requests)" 'GET /locked/f auth=Bearer open'
assert_lacks "$(cat log)" open
FIRST=$WEB FIRST_LOG=$WEB_LOG
start_web "$WORK/files" # another port is another server
build "ADD http://$FIRST/to?http://$WEB/f /x" --secret id=HTTP_AUTH_TOKEN_127.0.0.1,src=token >/dev/null
assert_has "$(cat "$FIRST_LOG")" 'auth=Bearer open'
assert_equal "$(requests)" 'GET /f auth=- tag=-'
assert_equal "$(cat out/x)" two

# A server may not send us to addresses that only this machine reaches.
for place in 169.254.169.254 2852039166 0xa9fea9fe '[::ffff:169.254.169.254]' '[fe80::1]'; do
  expect_status 1 build "ADD http://$WEB/to?http://$place/latest/meta-data /x"
  assert_has "$output" 'refusing the redirect'
  assert_has "$output" '>>> ADD'
done
expect_status 1 build "ADD http://$WEB/to?file:///etc/passwd /x"
expect_status 1 build "ADD http://$WEB/to?http://$WEB/to?http://$WEB/to /x"

# What never ends is cut off at the limit.
export IBUILD_SOURCE_LIMIT=1m
expect_status 1 build "ADD http://$WEB/endless /x"
assert_has "$output" 'IBUILD_SOURCE_LIMIT'
assert_has "$output" '>>> ADD'
expect_status 1 build "ADD http://$WEB/large /x"
assert_has "$output" 'more than 1.0 MiB'
expect_status 1 ib build "http://$WEB/endless"
assert_has "$output" 'IBUILD_SOURCE_LIMIT'
unset IBUILD_SOURCE_LIMIT

# A private repository over http: the token is in a file that git reads, bound to the remote.
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q -b main work && echo private >work/p && printf 'FROM scratch\nCOPY p /\n' >work/Dockerfile && git -C work add . && git -C work commit -qm 1
git clone -q --bare work files/r.git && git -C files/r.git update-server-info
expect_status 1 build "ADD http://$WEB/locked/r.git /r"
build "ADD http://$WEB/locked/r.git#main /r" --secret id=GIT_AUTH_TOKEN,src=token >/dev/null
assert_equal "$(cat out/r/p)" private
rm -rf out
ib build -q -o type=local,dest=out --secret id=GIT_AUTH_TOKEN,src=token "http://$WEB/locked/r.git#main" >/dev/null
assert_equal "$(cat out/p)" private
# A password in the address is in no message and no argument.
build "ADD http://x-access-token:open@$WEB/locked/r.git /r" --progress plain --debug >log 2>&1
assert_equal "$(cat out/r/p)" private
expect_status 1 ib build --debug "http://x-access-token:%6fpen@$WEB/locked/none.git"
assert_lacks "$output" pen@
# git would take its extra header along to wherever the first answer sends it.
build "ADD http://$FIRST/moved/$WEB/r.git /r" >/dev/null
assert_equal "$(cat out/r/p)" private
requests >/dev/null
expect_status 1 build "ADD http://$FIRST/moved/$WEB/r.git /r" --secret id=GIT_AUTH_TOKEN,src=token
assert_equal "$(requests)" ''
