# as: root user
# Cache mounts that are locked: the same one twice, and two steps that lock two in opposite order,
# in one build and in two at once. Nothing waits for itself.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx
cat >ctx/Dockerfile <<'END'
FROM test/busybox:1 AS twice
RUN --mount=type=cache,id=x,target=/a,sharing=locked --mount=type=cache,id=x,target=/b,sharing=locked touch /a/f && test -e /b/f
FROM test/busybox:1 AS mixed
RUN --mount=type=cache,id=x,target=/a --mount=type=cache,id=x,target=/b,sharing=locked touch /a/g && test -e /b/g
FROM test/busybox:1 AS one
ARG NUMBER
RUN --mount=type=cache,id=x,target=/a,sharing=locked --mount=type=cache,id=y,target=/b,sharing=locked sleep 0.3
FROM test/busybox:1 AS two
ARG NUMBER
RUN --mount=type=cache,id=y,target=/b,sharing=locked --mount=type=cache,id=x,target=/a,sharing=locked sleep 0.3
FROM scratch
COPY --from=twice /etc /1
COPY --from=mixed /etc /2
COPY --from=one /etc /3
COPY --from=two /etc /4
END
timeout 60 "$IBUILD" build -q ctx >/dev/null || fail "the build hangs or fails"
builds=()
for number in 1 2; do
  timeout 60 "$IBUILD" build -q --build-arg NUMBER=$number ctx >/dev/null &
  builds+=($!)
done
for build in "${builds[@]}"; do wait "$build" || fail "one of two builds hangs or fails"; done
assert_equal "$(ls "$IBUILD_ROOT/locks" | grep -cE '^(step|mount|layer)-')" 0 "locks are left"
