# as: root user
# What hostile or broken input may not do: reach out of the image, run without end, or end in
# anything but an error at its instruction.
source "$(dirname "$0")/lib.sh"
make_base
mkdir -p victim ctx && echo untouched >victim/file && chmod 755 victim
python3 "$SOURCE/tests/e2e/hostile_archives.py" "$WORK/bad" "$WORK/victim/file"

unharmed() { # WHAT
  assert_equal "$(cat victim/file)" untouched "$1 changed a file outside"
  assert_equal "$(ls victim)" file "$1 made a file outside"
  assert_equal "$(stat -c '%a %h' victim/file) $(stat -c %a victim)" '644 1 755' "$1 changed metadata outside"
}
# refused WORDS INSTRUCTION… [-- FLAG…]: an error with these words, at the last instruction.
refused() {
  local words=$1
  shift
  printf 'FROM test/busybox:1\n' >ctx/Dockerfile
  while [ $# != 0 ] && [ "$1" != -- ]; do printf '%s\n' "$1" >>ctx/Dockerfile && shift; done
  [ $# = 0 ] || shift
  expect_status 1 timeout 60 "$IBUILD" build "$@" ctx
  assert_has "$output" "$words"
  assert_has "$output" ">>> $(tail -n 1 ctx/Dockerfile)"
  unharmed "$words"
}

# ---- archives: ADD, a base image's layer, a context on standard input, a loaded image
cp bad/*.tar bad/bomb.tar.gz ctx/
for archive in climbs hard-absolute hard-climbing hard-through-link; do
  refused "unpacking /$archive.tar" "ADD $archive.tar /x/"
done
refused 'unpacks to more than' 'ADD bomb.tar.gz /x/'
for archive in absolute through-absolute-link through-climbing-link over-link chmod-through-link; do
  printf 'FROM test/busybox:1\nADD %s.tar /x/\nRUN true\n' "$archive" >ctx/Dockerfile
  ib build -q ctx >log 2>&1 || assert_has "$(cat log)" 'error: '
  unharmed "ADD of $archive"
done
for image in bad/*.image.tar; do
  name=$(basename "$image" .image.tar)
  ib load -i "$image" >/dev/null 2>&1 || continue
  printf 'FROM hostile/%s:1\nCOPY --from=test/busybox:1 /bin /bin\nRUN ["/bin/true"]\n' "$name" >ctx/Dockerfile
  ib build -q ctx >log 2>&1 || assert_has "$(cat log)" 'error: '
  unharmed "a base image whose layer $name"
done
printf 'FROM scratch\nCOPY . /\n' >ctx/Dockerfile
for archive in bad/*.tar bad/bomb.tar.gz; do
  case $archive in *.image.tar) continue ;; esac
  ib build -q -f ctx/Dockerfile - <"$archive" >log 2>&1 || assert_has "$(cat log)" 'error: '
  unharmed "standard input with $archive"
done
expect_status 1 ib build - <bad/bomb.tar.gz
assert_has "$output" 'unpacks to more than'

# ---- paths of the context
rm -rf ctx && mkdir -p ctx/d
ln -s "$WORK/victim" ctx/absolute && ln -s ../victim ctx/climbing && ln -s ../../victim/file ctx/d/file
ln -s loop ctx/loop && echo in >ctx/d/in
for source in absolute climbing absolute/file climbing/file d/file ../victim/file /../../victim/file; do
  refused 'not found' "COPY $source /x/"
  refused 'not found' "ADD $source /x/"
  refused '' "RUN --mount=type=bind,source=$source,target=/m true"
done
refused 'too many symbolic links' 'COPY loop /x/'
printf 'FROM scratch\nCOPY . /\n' >ctx/Dockerfile
ib build -q -o type=tar,dest=out.tar ctx >/dev/null # links stay links
assert_has "$(tar tvf out.tar)" "absolute -> $WORK/victim"
# into an image whose links lead out
printf 'FROM test/busybox:1\nRUN ln -s %s /out && ln -s ../../../../../../../..%s /up\nCOPY d/in /out/file\nADD d/in /up/\nWORKDIR /out/new\n' \
  "$WORK/victim" "$WORK/victim" >ctx/Dockerfile
ib build -q ctx >/dev/null
unharmed 'a link in the image'

# ---- mounts and secrets
for target in /proc /proc/self /sys /dev /dev/null / .. /x/../proc; do
  refused 'mount target' "RUN --mount=type=tmpfs,target=$target true"
done
head -c 512001 /dev/zero >secret
refused 'secret s too big. max size 500KiB' 'RUN --mount=type=secret,id=s true' -- --secret id=s,src=secret
refused 'secret s too big. max size 500KiB' 'RUN --mount=type=secret,id=s true' -- --secret id=s,src=/dev/zero

# ---- loops and numbers
refused 'needs to be defined before' 'FROM test/busybox:1 AS a' 'ONBUILD COPY --from=b /x /x' 'FROM a AS b'
refused "isn't allowed" 'ONBUILD ONBUILD RUN true'
printf 'FROM scratch AS a\nCOPY --from=b / /\nFROM a AS b\n' >ctx/Dockerfile
expect_status 1 ib build ctx
assert_has "$output" 'circular dependency detected on stage: a'
printf 'FROM scratch AS a\nCOPY --from=a / /\n' >ctx/Dockerfile
expect_status 1 ib build ctx
assert_has "$output" 'circular dependency detected on stage: a'
assert_has "$output" '>>> FROM scratch AS a'
{
  printf 'FROM scratch AS s0\nWORKDIR /w\n'
  for i in $(seq 4999); do printf 'FROM s%d AS s%d\nENV A=%d\n' $((i - 1)) "$i" "$i"; done
} >ctx/Dockerfile
timeout 60 "$IBUILD" build -q ctx >/dev/null
{ printf 'FROM scratch\n' && for i in $(seq 5000); do printf 'ENV A%d=$A%d\n' "$i" $((i - 1)); done; } >ctx/Dockerfile
timeout 60 "$IBUILD" build -q ctx >/dev/null
{ printf 'FROM scratch\n' && for i in $(seq 5000); do printf 'COPY d/in /%d\n' "$i"; done; } >ctx/Dockerfile
expect_status 1 timeout 60 "$IBUILD" build ctx
assert_has "$output" 'more than 499 layers'
