# as: root user
# Mistakes and the whole of what is said about them.
source "$(dirname "$0")/lib.sh"
make_base
mkdir -p ctx
echo x >ctx/file

# says CODE TEXT COMMAND…: ends so, and standard error is TEXT, but for lines that begin with `#`.
says() {
  local wanted=$1 text=$2 got=0
  shift 2
  "$@" >said.out 2>said.err || got=$?
  assert_equal "$got" "$wanted" "exit code of $*"
  assert_equal "$(sed '/^#/d; /^$/d' said.err)" "$text" "words of $*"
}
# fails LINES TEXT [OPTION…]: so does a build of a Dockerfile of these lines.
fails() {
  local text=$2
  printf '%b' "$1" >ctx/Dockerfile
  shift 2
  says 1 "$text" ib build "$@" ctx
}

says 1 'error: there is no image "deadbeef1234" in the store
hint: `ibuild images` lists what there is; `ibuild pull deadbeef1234:latest` fetches from a registry' \
  ib tag deadbeef1234 x:1
says 125 'error: an argument is missing: NAME[:TAG]
hint: `ibuild tag --help` shows how it is used' ib tag x
says 125 'error: option --build-arg needs a value: NAME[=VALUE]
hint: `ibuild build --help` shows how it is used' ib build --build-arg
says 1 'error: failed to read dockerfile: open nosuch: no such file or directory
hint: there is no nosuch in the current directory; name it with --file' ib build -f nosuch ctx

fails 'FROM scratch\nCOPY ../x /x\n' 'Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> COPY ../x /x
--------------------
error: "/x": not found
hint: `..` does not lead out of the context: build the directory above with `-f`, or name another one with `--build-context NAME=DIR`'
fails 'FROM scratch\nRUN <<EOF\ntrue\n' 'Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> RUN <<EOF
   3 |     true
--------------------
error: unterminated heredoc
hint: it begins in line 2; add a line that is exactly `EOF`'
fails 'FROM scratch\nADD http://127.0.0.1:1/file /f\n' 'Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> ADD http://127.0.0.1:1/file /f
--------------------
error: fetching http://127.0.0.1:1/file: http://127.0.0.1:1: Failed to connect to 127.0.0.1 port 1 after 0 ms: '"Couldn't"' connect to server
hint: is the server at 127.0.0.1:1 running, and its port right?'

printf 'FROM localhost:1/nosuch:1\nRUN true\n' >ctx/Dockerfile
says 0 'warning: what localhost:1/nosuch:1 sets was not judged: its configuration is not in the store; `ibuild pull localhost:1/nosuch:1` fetches it' \
  ib build --check ctx

mkdir -p "$HOME/.docker"
echo '{bad' >"$HOME/.docker/config.json"
expect_status 1 ib pull localhost:1/x:1
assert_has "$output" "config.json: not valid JSON"
assert_has "$output" 'hint: mend it, or move it away: `login` makes a new one'
rm "$HOME/.docker/config.json"

if ! is_root; then
  echo secret >ctx/secret.key && chmod 0 ctx/secret.key
  fails 'FROM scratch\nCOPY . /x\n' 'Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> COPY . /x
--------------------
error: /secret.key: Permission denied
hint: make it readable, or leave it out: name `secret.key` in .dockerignore'
  rm -f ctx/secret.key
  mkdir -m 0 ctx/closed
  fails 'FROM scratch\nCOPY . /x\n' 'Dockerfile:2
--------------------
   1 |     FROM scratch
   2 | >>> COPY . /x
--------------------
error: /closed: Permission denied
hint: make it readable, or leave it out: name `closed` in .dockerignore'
  rmdir ctx/closed
fi

# The hint is about the context, not about other sources.
printf 'FROM scratch AS a\nFROM scratch\nCOPY --from=a ../x /x\n' >ctx/Dockerfile
expect_status 1 ib build ctx
assert_lacks "$output" "out of the context"
printf 'FROM scratch\nCOPY --parents ../x /x\n' >ctx/Dockerfile
expect_status 1 ib build ctx
assert_has "$output" "out of the context"
