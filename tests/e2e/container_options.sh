# as: root user
# Options of containers that not everybody types, and what `inspect`, `ps`, `top` and `logs` say of
# them.
source "$(dirname "$0")/lib.sh"
make_base
at_end() { ib rm -f --all >/dev/null 2>&1; }
run() { ib run --rm "$@" 2>/dev/null; }

# Of the machine.
assert_equal "$(run --sysctl net.ipv4.ip_unprivileged_port_start=5 test/busybox:1 cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 5
expect_status 125 ib run --rm --sysctl kernel.shmmax=1 test/busybox:1 true
expect_status 125 ib run --rm --sysctl net.no.such=1 test/busybox:1 true
expect_status 125 ib run --rm --net host --sysctl net.core.somaxconn=1 test/busybox:1 true
assert_equal "$(run --oom-score-adj 500 test/busybox:1 cat /proc/self/oom_score_adj)" 500
assert_equal "$(run --cpuset-cpus 0 test/busybox:1 nproc)" 1
expect_status 125 ib run --rm --cpuset-cpus 1000 test/busybox:1 true
expect_status 125 ib run --rm --cpuset-cpus 0,1000 test/busybox:1 true
assert_has "$output" "not available: 0,1000"
assert_equal "$(run --network none --sysctl net.ipv4.ip_unprivileged_port_start=7 test/busybox:1 cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" 7
assert_equal "$(run --network host --add-host machine:host-gateway test/busybox:1 sh -c 'grep machine /etc/hosts | cut -f 1')" 127.0.0.1
for wrong in "--cpu-quota 999" "--cpu-period 1000001" "--cpus 0.5 --cpu-quota 50000"; do
  expect_status 125 ib create $wrong test/busybox:1 true
done
mac=02:42:0a:0b:0c:0d
assert_equal "$(run --mac-address $mac test/busybox:1 cat /sys/class/net/eth0/address)" $mac
for wrong in 02:42:0a:0b:0c a2cde:12:34:56:78 03:42:0a:0b:0c:0d x2:42:0a:0b:0c:0d "$mac --network host"; do
  expect_status 125 ib create --mac-address $wrong test/busybox:1 true
done
printf 'FROM test/busybox:1\nRUN printf "root:x:0:\\nstaff:x:50:\\n" >/etc/group\n' >Dockerfile
ib build -q -t t/groups . >/dev/null
assert_equal "$(run --group-add staff --group-add 7 t/groups id -G)" "0 7 50"
expect_status 125 ib run --rm --device /dev/nosuch test/busybox:1 true
assert_has "$output" 'no device "/dev/nosuch"'
expect_status 125 ib run --rm --group-add nosuch t/groups true
assert_has "$output" "unable to find group nosuch"
expect_status 125 ib run --rm --cpus 100000 test/busybox:1 true
assert_has "$output" "CPUs available"
assert_equal "$(run --tmpfs /t:mode=1750,size=1m test/busybox:1 stat -c %a /t)" 1750
expect_status 1 ib run --rm --tmpfs /t:ro test/busybox:1 touch /t/x
expect_status 125 ib run --rm --tmpfs /t:nosuch=1 test/busybox:1 true
expect_status 125 ib run --rm --tmpfs /t:suid test/busybox:1 true
copied='cp /bin/busybox /t/true && /t/true'
run --tmpfs /t:exec test/busybox:1 sh -c "$copied"
for options in "--tmpfs /t:noexec" "--tmpfs /t" "--mount type=tmpfs,target=/t"; do
  expect_status 126 ib run --rm $options test/busybox:1 sh -c "$copied"
done
run --allow shared-proc test/busybox:1 true
expect_status 125 ib run --rm --allow everything test/busybox:1 true

# Several networks at once, each with names of its own; they last over a new start.
ib network create one >/dev/null
ib network create --label kind=second two >/dev/null
assert_equal "$(ib network ls -f label=kind --format '{{.Name}} {{.Labels}}')" "two kind=second"
ib run -d --name web --network name=one,alias=here --network two test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(ib exec web ls /sys/class/net | xargs)" "eth0 eth1 lo"
names() { ib inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$1"; }
assert_equal "$(names web)" "one two "
run --network one test/busybox:1 ping -c 1 here >/dev/null
ib network disconnect one web
ib network create three >/dev/null
ib network connect --alias third three web
ib restart -t 0 web >/dev/null
assert_equal "$(names web | xargs -n 1 | sort | xargs)" "three two"
run --network three test/busybox:1 ping -c 1 third >/dev/null
ib stop -t 0 web >/dev/null
ib network connect one web
expect_status 1 ib network connect one web
ib start web >/dev/null
assert_equal "$(names web | xargs -n 1 | sort | xargs)" "one three two"
ib rm -f web >/dev/null
if is_root; then
  gateway=$(run --add-host machine:host-gateway test/busybox:1 sh -c 'grep machine /etc/hosts | cut -f 1')
  case $gateway in *.*.*.1) ;; *) fail "gateway: $gateway" ;; esac
fi

# What cannot be meant is refused, and what is meant arrives as it is.
for wrong in "--dns x" "--add-host x:y" "--add-host :192.0.2.1" "--no-healthcheck --health-cmd x" "-w etc"; do
  expect_status 125 ib run --rm $wrong test/busybox:1 true
done
assert_equal "$(run --dns 192.0.2.1 --dns-opt ndots:2 test/busybox:1 grep -c -e '^nameserver 192.0.2.1' -e ndots:2 /etc/resolv.conf)" 2
printf '# none\n\n  SPACED= a b \n' >variables
assert_equal "$(run --env-file variables test/busybox:1 sh -c 'echo "[$SPACED]"')" "[ a b ]"

# What is told of it.
port=$(free_port)
reservation=$(is_root && echo "--memory-reservation 7m" || true) # others may have no control groups
ib run -d --name told -p "$port:80" $reservation -l a=b test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(ib ps -q --filter "publish=$port" | wc -l)$(ib ps -q --filter publish=80 | wc -l)" 10
assert_equal "$(ib ps -q --filter "publish=$((port - 1))-$((port + 1))/tcp" | wc -l)" 1
listed() { ib ps -a --format '{{.Names}}' --filter "$1" | sort | xargs; }
ib create --name told-too --expose 95 test/busybox:1 true >/dev/null
assert_equal "$(listed name=told)/$(listed 'name=^told$')/$(listed 'name=^/told-')" "told told-too/told/told-too"
assert_equal "$(listed expose=90-100)/$(listed expose=95/udp)/$(listed expose=96)" told-too//
assert_equal "$(listed ancestor=test/busybox)/$(listed ancestor=test/busybox:1)" "/told told-too"
for wrong in exited=x health=well publish=x expose=9-8; do
  expect_status 125 ib ps -a --filter "$wrong"
done
ib volume create told >/dev/null
assert_equal "$(ib volume ls -q -f 'name=^tol')$(ib volume ls -q -f 'name=^old')" told
assert_equal "$(ib inspect -f '{{if .State.Health}}asked{{end}}{{.State.Health}}{{len .Config.ExposedPorts}}' told-too)" "<nil>1"
expect_status 125 ib inspect --type nosuch told
expect_status 1 ib inspect --type volume told
assert_has "$output" "volume inspect"

# An image made of it, and what is refused for that, leave it running.
expect_status 125 ib commit -c 'RUN touch /x' told t/told
expect_status 1 ib commit told 'no name'
ib commit -c 'CMD ["echo","committed"]' told t/told >/dev/null
assert_equal "$(ib inspect -f '{{.State.Status}}' told)$(run t/told)" runningcommitted

assert_equal "$(ib inspect -f '{{.NetworkSettings.Bridge}}{{len .NetworkSettings.Networks.bridge.EndpointID}}' told)" 64
ib create --name reserved --memory-reservation 7m test/busybox:1 true >/dev/null
assert_equal "$(ib inspect -f '{{.HostConfig.MemoryReservation}}' reserved)" 7340032
endpoint=$(ib inspect -f '{{.NetworkSettings.Networks.bridge.EndpointID}}' told)
assert_equal "$(ib network inspect -f '{{range .Containers}}{{if eq .Name "told"}}{{.EndpointID}}{{end}}{{end}}' bridge)" "$endpoint"
assert_has "$(ib inspect told)" '
        "Name": "/told",'
[ "$(ib inspect -s -f '{{.SizeRootFs}}' told)" -gt 100000 ] || fail "no size"
assert_equal "$(ib top told -o pid,args | tail -n 1 | xargs -n 1 | sed 1d | xargs)" "sleep 1000"
expect_status 125 ib top told -o args
# On whichever terminal they and we are, and with options that choose by themselves.
on_terminal() { python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$@"; }
assert_has "$(on_terminal "$IBUILD" top told -o pid,args)" "sleep 1000"
assert_has "$(ib top told -ef)" "sleep 1000"
printf 'FROM_FILE=1\n' >variables
assert_equal "$(ib exec --env-file variables -e MORE=2 told sh -c 'echo $FROM_FILE$MORE')" 12
ib run --name said test/busybox:1 echo hello >/dev/null
assert_equal "$(ib logs --since 2020-01-01 --until 2999-12-31T23:59:59 said)" hello
assert_equal "$(ib logs --since 2999-01-01 said)" ""

# What is started in it later is as it was asked for.
ib run -d --name shifted --oom-score-adj 500 --health-cmd 'cat /proc/self/oom_score_adj' --health-interval 1s test/busybox:1 sleep 1000 >/dev/null
assert_equal "$(ib exec shifted cat /proc/self/oom_score_adj)" 500
checked() { [ "$(ib inspect -f '{{(index .State.Health.Log 0).Output}}' shifted)" = 500 ]; }
wait_for checked
ib rm -f shifted >/dev/null
if ! is_root; then
  expect_status 125 ib run --rm --oom-score-adj -5 test/busybox:1 true
  assert_has "$output" "needs root"
fi

# Limits that it was started without.
expect_status 125 ib update --memory-swap 1g told
assert_has "$output" "--memory"
expect_status 125 ib run --rm --memory-swap 1g test/busybox:1 true
assert_has "$output" "--memory"
if is_root; then
  id=$(ib inspect -f '{{.Id}}' told)
  control() { find /sys/fs/cgroup -path "*$id*" \( -name "$1" -o -name "$2" \) -exec cat {} + | sort -u; }
  assert_equal "$(control memory.low memory.soft_limit_in_bytes)" 7340032
  ib update --memory 64m --cpus 0.5 --pids-limit 50 --cpu-shares 512 told >/dev/null
  groups=$(find /sys/fs/cgroup -type d -name "*$id*")
  [ -n "$groups" ] || fail "no group"
  assert_has "$(cat $(sed 's,$,/pids.max,' <<<"$groups") 2>/dev/null)" 51
  assert_equal "$(ib inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.CpuShares}}' told)" "67108864 67108864 512"
  assert_equal "$(control memory.max memory.limit_in_bytes)" 67108864
  swap() { control memory.swap.max memory.memsw.limit_in_bytes; }
  counted=$(swap) # not every kernel counts swap
  case $counted in "" | 0 | 67108864) ;; *) fail "swap: $counted" ;; esac
  ib update --memory-swap -1 told >/dev/null
  [ -z "$counted" ] || [ "$(swap)" != "$counted" ] || fail "swap is limited still: $counted"
  ib update --memory 128m --memory-swap 128m told >/dev/null
  assert_equal "$(control memory.max memory.limit_in_bytes)" 134217728
  assert_equal "$(swap)" "${counted/67108864/134217728}"
  ib update --cpu-quota 30000 told && fail "two ways to limit CPUs"
  told=$id
  id=$(ib run -d --name quota --cpu-period 50000 --cpu-quota 20000 test/busybox:1 sleep 1000)
  quota() { control cpu.max cpu.cfs_quota_us | cut -d ' ' -f 1; }
  assert_equal "$(quota)" 20000
  assert_equal "$(control cpu.max cpu.cfs_period_us | xargs -n 1 | tail -n 1)" 50000
  ib update --cpu-quota 30000 quota >/dev/null
  assert_equal "$(quota)" 30000
  assert_equal "$(ib inspect -f '{{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}' quota)" "50000 30000"
  id=$told
  ib rm -f told >/dev/null
  gone() { [ -z "$(find /sys/fs/cgroup -type d -name "*$id*")" ]; }
  wait_for gone
fi
