# as: root user
# Over TLS with token auth: log in, push, read with an independent client, pull into an empty
# store, run.
source "$(dirname "$0")/lib.sh"
make_base
start_registry tls token
mkdir ctx && echo payload >ctx/file
printf 'FROM test/busybox:1\nCOPY file /file\nRUN echo more >> /file\nCMD ["cat","/file"]\n' >ctx/Dockerfile
ib build -q -t "$REGISTRY/user/app:v0.0.1" ctx >/dev/null

expect_status 1 ib push "$REGISTRY/user/app:v0.0.1"            # an authority nobody told us of
assert_has "$output" "certificate"
trust "$REGISTRY"; trust "localhost:$TOKEN_PORT"
expect_status 1 ib push "$REGISTRY/user/app:v0.0.1"            # not logged in
assert_has "$output" "ibuild login $REGISTRY"
output=$(printf wrong | ib login -u ci --password-stdin "$REGISTRY" 2>&1) && fail "a wrong password was taken"
assert_lacks "$output" "wrong"$'\n'
log_in "$REGISTRY"
assert_equal "$(stat -c %a "$HOME/.docker/config.json")" 600 "mode of config.json"
digest=$(ib push "$REGISTRY/user/app:v0.0.1" | grep -o 'sha256:[0-9a-f]\{64\}' | tail -n 1)

export SSL_CERT_FILE=$CA
assert_equal "$(skopeo inspect --authfile "$HOME/.docker/config.json" --format '{{.Digest}}' \
  "docker://$REGISTRY/user/app:v0.0.1")" "$digest" "digest seen by skopeo"
unset SSL_CERT_FILE

export IBUILD_ROOT=$WORK/other
ib pull "$REGISTRY/user/app:v0.0.1" >/dev/null
assert_equal "$(ib run "$REGISTRY/user/app:v0.0.1" | tr '\n' ' ')" "payload more "
assert_equal "$(ib pull "$REGISTRY/user/app@$digest" | grep -o 'sha256:[0-9a-f]\{64\}' | tail -n 1)" "$digest"
ib logout "$REGISTRY" >/dev/null
expect_status 1 ib pull "$REGISTRY/user/app:v0.0.1"
remove_store "$WORK/other"
