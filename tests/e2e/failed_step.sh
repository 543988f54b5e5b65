# as: root user one-id container
# A step that fails at a terminal: the user looks around in what it left, mends the Dockerfile, goes on.
source "$(dirname "$0")/lib.sh"
make_base
mkdir ctx
printf hush >secret
copies=
case $(ib info) in *"by chroot"*) copies=copies ;; esac
# shellcheck disable=SC2086
timeout 280 python3 "$SOURCE/tests/e2e/failed_step.py" "$IBUILD" "$WORK/ctx" $copies
files=$(tar tf out.tar)
assert_has "$files" work/after
assert_has "$files" work/got
assert_lacks "$files" work/mine
assert_lacks "$files" work/left
# Where nobody can answer, nobody is asked, and who wants it is told.
printf 'FROM test/busybox:1\nRUN exit 9\n' >ctx/Dockerfile
expect_status 1 "$IBUILD" build ctx </dev/null
assert_lacks "$output" "[q]uit"
expect_status 125 "$IBUILD" build --on-error=shell ctx </dev/null
assert_has "$output" "there is none"
expect_status 125 "$IBUILD" build --on-error=cry ctx
assert_has "$output" "none of ask, shell, fail"
