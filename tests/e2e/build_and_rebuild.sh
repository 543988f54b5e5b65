# as: root user
# A build runs every step; the same build again is answered from the cache, steps say so.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx && echo one >ctx/file
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
WORKDIR /app
COPY file .
RUN cat file > copy && echo bui""lt
CMD ["cat", "/app/copy"]
D
output=$(ib build --progress=plain -t user/app:v0.0.1 ctx 2>&1)
assert_has "$output" "RUN cat file > copy"
assert_has "$output" " built"
first=$(ib images -q user/app:v0.0.1)

output=$(ib -t user/app:v0.0.1 --progress=plain ctx 2>&1)   # the word `build` may be left out
assert_lacks "$output" " built"
assert_equal "$(grep -c CACHED <<<"$output")" 4 "cached steps"
assert_equal "$(ib images -q user/app:v0.0.1)" "$first" "image id of a cached build"
assert_equal "$(ib run user/app:v0.0.1)" one

touch -d '1 hour ago' ctx/file                               # times are not content
output=$(ib -t user/app:v0.0.1 --progress=plain ctx 2>&1)
assert_equal "$(grep -c CACHED <<<"$output")" 4 "cached steps after touch"

echo two >ctx/file
ib -q -t user/app:v0.0.1 ctx >/dev/null
assert_equal "$(ib run user/app:v0.0.1)" two
ib build -q --no-cache -t user/app:v0.0.1 ctx >/dev/null
assert_equal "$(ib run user/app:v0.0.1)" two
