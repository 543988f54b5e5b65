# as: root user
# What is changed of a container while it runs holds for its next start, too; and what cannot be
# changed is refused.
source "$(dirname "$0")/lib.sh"
make_base
at_end() { ib rm -f --all >/dev/null 2>&1; }
names() { ib inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$1" | xargs -n 1 | sort | xargs; }
refused() { # HINT COMMAND…
  local hint=$1
  shift
  expect_status 1 "$@"
  assert_has "$output" "$hint"
}

# A container that ends when it is told to.
ends='while [ ! -e /end ]; do sleep 0.1; done; rm /end; exit 3'
ib network create one >/dev/null
two=$(ib network create two)
ib run -d --name web --network one test/busybox:1 sh -c "$ends" >/dev/null
ib update --restart always web >/dev/null
ib network connect --alias www two web
ib exec web touch /end
started() { [ "$(ib inspect -f '{{.RestartCount}} {{.State.Running}}' web)" = "$1 true" ]; }
wait_for started 1
assert_equal "$(names web)" "one two"
ib run --rm --network two test/busybox:1 ping -c 1 www >/dev/null
ib update --restart no web >/dev/null
ib exec web touch /end
ended() { [ "$(ib inspect -f '{{.State.Status}} {{.State.ExitCode}}' web)" = "exited 3" ]; }
wait_for ended

# Networks that it is to be on count before it runs, whatever they were called when it was made.
ib create --name later --network one --network "name=${two:0:10}" test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(names later)" "one two"
assert_equal "$(ib ps -a --filter network=two --format '{{.Names}}' | sort | xargs)" "later web"
assert_equal "$(ib ps -a --filter name=later --format '{{.Networks}}')" "one,two"
ib create --name usual --network default test/busybox:1 true >/dev/null
assert_equal "$(names usual)" bridge
ib network disconnect two web
ib network prune -f >/dev/null
ib network disconnect two later
assert_equal "$(names later)" one
assert_has "$(ib network prune -f)" two

# What has no network of its own cannot join one, running or not.
ib run -d --name outside --network host test/busybox:1 sleep 1000 >/dev/null
ib run -d --name inside --network one test/busybox:1 sleep 1000 >/dev/null
ib run -d --name beside --network container:inside test/busybox:1 sleep 1000 >/dev/null
for name in outside beside; do
  refused "--network one" ib network connect one "$name"
  refused "--network one" ib network disconnect one "$name"
done
ib stop -t 0 outside >/dev/null
refused "--network one" ib network connect one outside
for network in host none; do refused "--network $network" ib network connect $network later; done
assert_equal "$(names outside)$(names later)" hostone

# What is another container's, and what that one has of the machine. Whoever starts a container does
# not go there, so that it can start it again, with ports and networks of its own.
port=$(free_port)
ib run -d --name among --pid container:inside --ipc container:inside --network one -p "$port:80" --restart always test/busybox:1 \
  sh -c "$ends" >/dev/null
namespace() { ib exec "$1" readlink "/proc/self/ns/$2"; }
for kind in pid ipc; do assert_equal "$(namespace among $kind)" "$(namespace inside $kind)"; done
ib exec among touch /end
again() { [ "$(ib inspect -f '{{.RestartCount}} {{.State.Running}}' among)" = "1 true" ]; }
wait_for again
assert_equal "$(namespace among pid)" "$(namespace inside pid)"
assert_equal "$(names among)" one
ib run --rm --network one test/busybox:1 ping -c 1 among >/dev/null
ib network create late >/dev/null
ib network connect late among
assert_equal "$(names among)" "late one"
ib rm -f among >/dev/null
ib start outside >/dev/null
assert_equal "$(ib run --rm --network container:outside test/busybox:1 readlink /proc/self/ns/net 2>/dev/null)" "$(readlink /proc/self/ns/net)"
ib run -d --name seeing --pid host test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(ib run --rm --pid container:seeing test/busybox:1 readlink /proc/self/ns/pid 2>/dev/null)" "$(readlink /proc/self/ns/pid)"
ib stop -t 0 outside >/dev/null
expect_status 125 ib run --rm --network container:outside test/busybox:1 true
assert_has "$output" "cannot join network of a non running container"

# Another one whose id begins with a name does not have that name.
id=$(ib create --name first test/busybox:1 true)
ib create --replace --name "${id:0:6}" test/busybox:1 true >/dev/null
assert_equal "$(ib inspect -f '{{.Name}}' "$id")" /first
again=$(ib create --replace --name "${id:0:6}" test/busybox:1 true)
assert_equal "$(ib inspect -f '{{.Id}}' "${id:0:6}")" "$again"
expect_status 125 ib create --replace no/such/image:1
assert_has "$output" "--replace needs --name"
