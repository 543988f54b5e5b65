# as: root user
# Several stages: only those that the target needs are built, COPY --from takes files from them.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx
cat >ctx/Dockerfile <<'D'
FROM test/busybox:1 AS maker
RUN mkdir /out && echo made > /out/file && ln -s file /out/link
FROM test/busybox:1 AS broken
RUN false
FROM registry.invalid/never/asked:1 AS unreachable
RUN true
FROM test/busybox:1 AS final
COPY --from=maker --chown=12:34 --chmod=0600 /out /in
COPY --from=0 /out/link /followed
RUN <<EOF
echo first > /lines
echo second >> /lines
EOF
CMD ["sh", "-c", "cat /in/file /followed /lines && stat -c '%u:%g %a' /in/file && readlink /in/link"]
D
ib build -q -t t/final ctx >/dev/null
assert_equal "$(ib run t/final | tr '\n' ' ')" "made made first second 12:34 600 file "
ib build -q --target maker -t t/maker ctx >/dev/null
assert_equal "$(ib run t/maker cat /out/file)" made
expect_status 1 ib build --target broken ctx
assert_has "$output" "exit code: 1"
assert_has "$output" ">>> RUN false"
expect_status 1 ib build --target finl ctx
assert_has "$output" "did you mean final?"
