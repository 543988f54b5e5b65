# as: root user
# Containers on one network find each other by name also in programs that ask a name server and look
# at no /etc/hosts; what comes and goes is known at once.
source "$(dirname "$0")/lib.sh"
make_base
at_end() { ib rm -f --all >/dev/null 2>&1; }
# asked CONTAINER NAME: the addresses that its name server gives.
asked() { ib exec "$1" nslookup -type=a "$2" 2>/dev/null | sed -n '3,$s/^Address: *//p' | sort | xargs; }
address() { ib inspect -f "{{.NetworkSettings.Networks.$2.IPAddress}}" "$1"; }

ib network create shop >/dev/null
ib run -d --name web --network shop test/busybox:1 sleep 1000 >/dev/null
assert_has "$(ib exec web cat /etc/resolv.conf)" "nameserver 127.0.0.11"
assert_equal "$(asked web db)" ""
ib run -d --name db --network shop --network-alias data -h store test/busybox:1 sleep 1000 >/dev/null
db=$(address db shop)
for name in db data store DB db.shop; do assert_equal "$(asked web $name)" "$db" "address of $name"; done
assert_equal "$(asked web web)" "$(address web shop)"
assert_has "$(ib exec web nslookup "$db")" "db.shop"
# A name that has no address of the kind that is asked for is no name that does not exist.
assert_lacks "$(ib exec web nslookup -type=aaaa db 2>&1)" NXDOMAIN

# Two with one alias are both found; one that is gone is not.
ib run -d --name db2 --network shop --network-alias data test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(asked web data)" "$(printf '%s\n' "$db" "$(address db2 shop)" | sort | xargs)"
ib rm -f db >/dev/null
assert_equal "$(asked web db)" ""
assert_equal "$(asked web data)" "$(address db2 shop)"

# A second network, joined and left while it runs.
ib network create back >/dev/null
ib run -d --name cache --network back test/busybox:1 sleep 1000 >/dev/null
ib network connect back web
assert_equal "$(asked web cache)" "$(address cache back)"
assert_equal "$(asked cache web)" "$(address web back)"
ib network disconnect back web
assert_equal "$(asked web cache)" ""
# The one it has left behind is not needed any more either.
ib network connect back web
ib network disconnect shop web
ib network connect shop web
assert_equal "$(asked web cache)$(asked web db2)" "$(address cache back)$(address db2 shop)"

# A link, on the network where nobody is known by name otherwise.
ib run -d --name linked test/busybox:1 sleep 1000 >/dev/null
ib run -d --name linking --link linked:friend test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(asked linking friend)" "$(address linked bridge)"
assert_equal "$(asked linking web)" ""
assert_lacks "$(ib exec linked cat /etc/resolv.conf)" 127.0.0.11

# Who serves others has nothing of the container that happened to be the first one.
ours() { for pid in $(pgrep -x "$1"); do if grep -qF "$IBUILD_ROOT" "/proc/$pid/environ"; then echo "$pid"; fi; done; }
ib network create calm >/dev/null
before=$(ours ibuild-router | sort)
ib run -d --name first --network calm --oom-score-adj 500 --cpuset-cpus 0 --pid container:web --ipc container:web test/busybox:1 sleep 1000 >/dev/null
router=$(comm -13 <(echo "$before") <(ours ibuild-router | sort))
surroundings() { cat "/proc/$1/oom_score_adj"; grep Cpus_allowed: "/proc/$1/status"; grep NSpid "/proc/$1/status" | wc -w; }
assert_equal "$(surroundings "$router")" "$(surroundings $$)" "surroundings of the router"
for names in $(ours ibuild-names); do
  assert_equal "$(surroundings "$names")" "$(surroundings $$)" "surroundings of a name server"
done
assert_equal "$(ib exec first cat /proc/self/oom_score_adj)" 500

# A lock on /etc/hosts keeps nobody out who shares its description: each has one of its own, and who
# only reads can only read.
if is_root; then
  python3 - "$(ib inspect -f '{{.Id}}' first)" $(pgrep -x 'ibuild-(router|monitor|names)') <<'END'
import ctypes, os, sys
held = []
for pid in sys.argv[2:]:
    if not os.path.exists(f"/proc/{pid}/fd"):
        continue  # of another test
    for fd in os.listdir(f"/proc/{pid}/fd"):
        path = os.readlink(f"/proc/{pid}/fd/{fd}")
        if path.endswith("/hosts") and sys.argv[1] in path:
            flags = next(line for line in open(f"/proc/{pid}/fdinfo/{fd}") if line.startswith("flags"))
            held.append((open(f"/proc/{pid}/comm").read().strip(), int(pid), int(fd), int(flags.split()[1], 8) & 3))
kcmp = lambda a, b: ctypes.CDLL(None).syscall(312, a[1], b[1], 0, a[2], b[2])
assert {who[0] for who in held} == {"ibuild-router", "ibuild-monitor", "ibuild-names"}, held
for i, one in enumerate(held):
    assert one[0] != "ibuild-names" or one[3] == os.O_RDONLY, held
    for other in held[i + 1:]:
        assert kcmp(one, other) != 0, (one, other)
END
fi

[ -n "$(ours ibuild-names)" ] || fail "no name servers"
ib rm -f --all >/dev/null
nobody() { [ -z "$(ours ibuild-names 2>/dev/null)" ]; }
wait_for nobody
