# as: root user
# ADD unpacks archives by content; .dockerignore keeps files out of the context.
source "$(dirname "$0")/lib.sh"
make_base
mkdir -p ctx/sub tree/dir && echo text >tree/dir/file && ln tree/dir/file tree/dir/hard
tar -C tree -czf ctx/looks-like.txt --owner=7 --group=8 .
echo secret >ctx/secret && echo keep >ctx/sub/keep && echo drop >ctx/sub/drop
printf 'secret\nsub/*\n!sub/keep\n' >ctx/.dockerignore
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
ADD looks-like.txt /unpacked
COPY looks-like.txt /copied
COPY . /all
RUN test "$(stat -c %u:%g:%h /unpacked/dir/file)" = 7:8:2
RUN test -f /copied && test -e /all/sub/keep && ! test -e /all/sub/drop && ! test -e /all/secret
D
ib build -q -t t/archives ctx >/dev/null
printf 'FROM scratch\nCOPY secret /\n' >ctx/Dockerfile
expect_status 1 ib build ctx
assert_has "$output" '"/secret": not found'
