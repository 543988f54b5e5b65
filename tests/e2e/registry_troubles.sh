# as: root user
# A registry that is down, wrong credentials, plain HTTP elsewhere, a layer whose bytes are wrong.
source "$(dirname "$0")/lib.sh"
make_base
port=$(free_port)
expect_status 1 ib pull "localhost:$port/a/b:1"
assert_has "$output" "localhost:$port"
start_registry basic
printf 'FROM test/busybox:1\nRUN echo x > /x\n' >Dockerfile
ib build -q -t "$REGISTRY/a/b:1" . >/dev/null
output=$(printf wrong | ib login -u ci --password-stdin "$REGISTRY" 2>&1) && fail "wrong password taken"
assert_has "$output" "$REGISTRY"
log_in "$REGISTRY"
ib push "$REGISTRY/a/b:1" >/dev/null
expect_status 1 ib pull "$REGISTRY/a/none:1"
assert_has "$output" "not found"

# Flip one byte of the largest blob on the registry's disk.
blob=$(find "$REGISTRY_DATA" -name data -size +100k | head -n 1)
printf '\xff' | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
export IBUILD_ROOT=$WORK/other
expect_status 1 ib pull "$REGISTRY/a/b:1"
assert_has "$output" "digest"
assert_equal "$(ib images -q)" "" "a name points at a broken image"
remove_store "$WORK/other"

expect_status 1 ib push user/app:v0.0.1
assert_has "$output" "user/app"
