# as: root user
# Nothing of the caller's surroundings reaches a layer or a key: the same files give the same image,
# and what one has built is CACHED for the other, under another umask, time zone, locale, directory,
# host name, limits, signals, CPUs and set of open descriptors.
source "$(dirname "$0")/lib.sh"
make_base
mkdir -p context/dir elsewhere
echo file >context/file
echo inner >context/dir/inner
chmod 750 context/dir && chmod 640 context/dir/inner
(cd context && tar cf archive.tar --mode=0604 file)
cat >context/Dockerfile <<'D'
FROM scratch
COPY --from=test/busybox:1 /bin /bin
RUN mkdir -p /made/below && echo x > /made/file && \
    { umask; ulimit -c -f -n -s -t -v -l; env; pwd; hostname; date +%Z; ls -l /proc/self/fd | wc -l; \
      grep -E 'Sig(Ign|Blk|Cgt)|Groups|NoNewPrivs' /proc/self/status; } > /report
COPY file dir /copied/
ADD archive.tar /unpacked/
WORKDIR /deep/er
COPY <<F /written
text
F
RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/memory \
    --mount=type=bind,source=dir,target=/bound --mount=type=secret,id=s,target=/run/key \
    stat -c '%n %a %u %g' /cache /memory /bound /run/key /run /dev /proc /sys > /modes
D
echo secret >key
export SOURCE_DATE_EPOCH=1000000000
build() { "$IBUILD" build --reproducible --network none --secret id=s,src="$WORK/key" "$@" "$WORK/context"; }
count_cached() { build --progress=plain 2>&1 | grep -c ' CACHED'; }
first=$(umask 022; build -q --no-cache)
steps=$(count_cached)
[ "$steps" -gt 4 ] || fail "only $steps steps are cached"

check() { # NAME COMMAND…: runs the command, which is to build, twice
  local name=$1 image cached
  shift
  image=$("$@" build -q --no-cache) || fail "no build with another $name"
  assert_equal "$image" "$first" "the image with another $name"
  cached=$("$@" count_cached)
  assert_equal "$cached" "$steps" "cached steps with another $name"
}
with_mask() { umask "$mask"; "$@"; }
in_zone() { TZ=Pacific/Kiritimati LC_ALL=POSIX LANG=tr_TR.UTF-8 HOSTNAME=other "$@"; }
in_directory() { cd "$WORK/elsewhere" && "$@"; }
with_limits() { ulimit -S -n 200 -s 1024 -f 4000000 -c 100; "$@"; }
with_signals_ignored() { trap '' HUP QUIT USR1 CHLD; "$@"; }
with_descriptors() { "$@" 7<"$WORK/key" 9>"$WORK/other"; }
without_input() { "$@" <&-; }
for mask in 000 077 027; do check "umask ($mask)" with_mask; done
check "time zone and locale" in_zone
check "directory" in_directory
check "set of limits" with_limits
check "set of ignored signals" with_signals_ignored
check "set of descriptors" with_descriptors
check "standard input" without_input
on_one_cpu() { taskset -p -c 0 $BASHPID >/dev/null; "$@"; }
check "number of CPUs" on_one_cpu
assert_equal "$(umask 077; build -q --no-cache; umask 022)" "$first" "the image of a last one"
