# as: root user
# RUN --mount=type=ssh: a real agent of OpenSSH, forwarded to steps as root and as another user.
source "$(dirname "$0")/lib.sh"
make_base
eval "$(ssh-agent -s -a "$WORK/agent.sock")" >/dev/null
servers+=("$SSH_AGENT_PID")
ssh-keygen -q -t ed25519 -N "" -C forwarded-key -f key
ssh-add -q key

# ssh-add, and the libraries that it is linked with.
mkdir -p ctx/root
for file in $(command -v ssh-add) $(ldd "$(command -v ssh-add)" | grep -o '/[^ ]*'); do
  install -D "$file" "ctx/root$file"
done
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1
COPY root/ /
RUN ! ssh-add -l
RUN --mount=type=ssh ssh-add -l | tee /as-root && test "$SSH_AUTH_SOCK" = /run/buildkit/ssh_agent.0
RUN --mount=type=ssh,target=/agent,mode=0640,uid=1000,gid=1001 stat -c '%a %u %g' /agent | grep -x '640 1000 1001'
USER 1000
RUN ! ssh-add -l
RUN --mount=type=ssh ! ssh-add -l
RUN --mount=type=ssh,uid=1000 ssh-add -l | grep forwarded-key
D
ib build -q -o type=tar,dest=files.tar --ssh default ctx >/dev/null
tar xOf files.tar as-root | grep -q forwarded-key || fail "the key was not seen"
tar tf files.tar | grep -E 'agent' && fail "the socket left something in the image"
ib build -q --no-cache --ssh "default=$WORK/agent.sock" ctx >/dev/null

printf 'FROM test/busybox:1\nRUN --mount=type=ssh,required true\n' >Dockerfile
expect_status 1 ib build .
assert_has "$output" "--ssh default"
