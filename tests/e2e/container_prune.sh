# as: root user
# What prunes removes only what its filters let through, and nothing at all when it does not know
# one of them.
source "$(dirname "$0")/lib.sh"
make_base
at_end() { ib rm -f --all >/dev/null 2>&1; }
there() {
  ib ps -a --format '{{.Names}}'
  ib network ls -f type=custom --format '{{.Name}}'
  ib volume ls -q
  ib images --format '{{.Repository}}'
  ib builder du | grep Total
}
ib create --name one -l stage=test test/busybox:1 true >/dev/null
ib create --name two -l stage=test -l keep=yes test/busybox:1 true >/dev/null
ib create --name three -v /data test/busybox:1 true >/dev/null
ib network create --label stage=test shop >/dev/null
ib network create street >/dev/null
ib volume create --label stage=test first >/dev/null
ib volume create second >/dev/null
before=$(there)

# Filters that there are not, and those that are not for volumes.
for what in container network volume system; do
  expect_status 125 ib "$what" prune -f --filter nosuch=24h
  assert_has "$output" "hint:"
done
for what in network volume; do expect_status 125 ib $what ls -f nosuch=1; done
expect_status 125 ib volume prune -af --filter until=1h
expect_status 125 ib system prune -af --volumes --filter until=1h
expect_status 125 ib system prune -af --filter until=tomorrow
assert_equal "$(there)" "$before" "what is left after filters that are none"

# Everything is younger than an hour, and nothing has this label.
ib container prune -f --filter until=1h >/dev/null
ib network prune -f --filter until=1h >/dev/null
ib volume prune -af --filter label=nosuch >/dev/null
ib system prune -af --filter until=1h >/dev/null
TZ=UTC ib system prune -af --filter until=1970-01-01 >/dev/null # before everything, not 0 hours ago
ib system prune -af --volumes --filter label=nosuch >/dev/null
assert_equal "$(there)" "$before" "what is left after filters that let nothing through"

ib container prune -f --filter label=stage=test --filter 'label!=keep' >/dev/null
assert_equal "$(ib ps -a --format '{{.Names}}' | sort | xargs)" "three two"
ib network prune -f --filter label=stage=test >/dev/null
assert_equal "$(ib network ls -f type=custom --format '{{.Name}}')" street
ib volume prune -f --filter all=1 --filter label=stage=test >/dev/null
assert_equal "$(ib volume ls -q | grep -E 'first|second')" second
ib system prune -f --filter label=keep=yes >/dev/null
assert_equal "$(ib ps -a --format '{{.Names}}')" three
assert_equal "$(ib images -q | wc -l)" 1

# What is as old as that goes, the build cache, too, and the store says who took it.
sleep 2
pruned=$(ib system prune -af --filter until=1s)
assert_has "$pruned" "untagged: test/busybox:1"
assert_lacks "$pruned" "space: 0B"
assert_equal "$(ib ps -aq | wc -l)$(ib images -q | wc -l)" 00
assert_equal "$(ib network ls -qf type=custom | wc -l)$(ib volume ls -q | grep -c second)" 01
assert_has "$(ib builder du)" "0B"
grep -q "system prune --all" "$IBUILD_ROOT/builds/pruned" || fail "nobody took it"

# An image that a container was made from stays, by the name that it was called by there: whether
# the container runs or not, with filters or without; its other names go.
make_base
image() { # NAME: another image
  printf 'FROM test/busybox:1\nLABEL which=%s\nCMD ["sleep","1000"]\n' "$1" >Dockerfile
  ib build -q -t "t/$1" . >/dev/null
}
names() { ib images --format '{{.Repository}}:{{.Tag}}' | sort | xargs; }
for name in made runs byid free; do image $name; done
ib tag t/made t/other
ib create --name made t/made >/dev/null
ib run -d --name runs t/runs >/dev/null
ib create --name byid "$(ib images -q t/byid)" >/dev/null
ib image prune -af --filter label=which=free >/dev/null
assert_equal "$(names)" "t/byid:latest t/made:latest t/other:latest t/runs:latest test/busybox:1"
ib image prune -af --filter label=which >/dev/null
assert_equal "$(names)" "t/byid:latest t/made:latest t/runs:latest test/busybox:1"
ib image prune -af >/dev/null
assert_equal "$(names)" "t/byid:latest t/made:latest t/runs:latest"
# One that lost its name to another image.
make_base
id=$(ib images -q t/runs)
image free
ib tag t/free t/runs
ib image prune -f >/dev/null
assert_has "$(ib images -q)" "$id"
ib image prune -af >/dev/null
assert_has "$(ib images -q)" "$id"
assert_equal "$(names | xargs -n 1 | grep -v none | xargs)" "t/byid:latest t/made:latest"
# What does not run goes first, and then nothing needs its image any more.
ib system prune -af >/dev/null
assert_equal "$(ib ps -aq | wc -l)$(ib images -q)" "1$id"
ib exec runs true
ib rm -f runs >/dev/null
ib system prune -f >/dev/null
assert_equal "$(ib images -q | wc -l)" 0

# What an image that goes leads to goes with it, not the next time.
make_base
assert_lacks "$(ib image prune -af)" "space: 0B"
