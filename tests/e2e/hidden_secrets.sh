# as: root user
# No secret is in the arguments or the environment of any process while ibuild logs in, builds with
# secrets and contexts that need a password, and talks to credential helpers and registries: a
# watcher looks at all processes meanwhile.
source "$(dirname "$0")/lib.sh"
make_base
start_registry token
export SSL_CERT_FILE=$WORK/ca.crt

printf 'file-secret-4711' >key
git_token=git-secret-4713
helper_secret=helper-secret-4714
registry_password='open sesame'
: >hits
# The variable is given to ibuild by its user, so ibuild has it, and nobody else.
IGNORE="ibuild bash sudo env run" python3 "$(dirname "$0")/hidden_secrets.py" hits \
  file-secret-4711 environment-secret-4712 "$git_token" "$helper_secret" "$registry_password" &
servers+=($!)

# The watcher sees what is there to be seen.
sh -c 'sleep 1; : file-secret-4711' &
wait_for grep -q 'cmdline of' hits
wait $!
: >hits

printf '%s' "$registry_password" | ib login -u ci --password-stdin "$REGISTRY" >/dev/null
mkdir context
cat >context/Dockerfile <<D
FROM test/busybox:1
RUN --mount=type=secret,id=file sleep 0.3; grep -q 4711 /run/secrets/file
RUN --mount=type=secret,id=environment sleep 0.3; grep -q 4712 /run/secrets/environment
D
SECRET_FROM_ENVIRONMENT=environment-secret-4712 \
  ib build -q --no-cache -t "$REGISTRY/ci/app:1" --push --secret id=file,src=key \
  --secret id=environment,env=SECRET_FROM_ENVIRONMENT context >/dev/null
ib pull "$REGISTRY/ci/app:1" >/dev/null

# Git with a password; the server does not answer with a repository, but git has asked.
python3 -c '
import http.server
class Refuse(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(401 if "Authorization" not in self.headers else 503)
        self.send_header("WWW-Authenticate", "Basic realm=git")
        self.end_headers()
    def log_message(self, *_): open("asked", "a").write(self.headers.get("Authorization", "-") + "\n")
server = http.server.HTTPServer(("127.0.0.1", 0), Refuse)
open("git.port", "w").write(str(server.server_port))
server.serve_forever()' &
servers+=($!)
wait_for test -s git.port
printf '%s' "$git_token" >git_token
expect_status 1 ib build -q --secret id=GIT_AUTH_TOKEN,src=git_token "http://localhost:$(cat git.port)/r.git"

# A helper hears and says secrets on its pipes.
mkdir bin
cat >bin/docker-credential-test <<'H'
#!/bin/sh
read -r server
: >"${0%/*}/asked"
sleep 0.3
printf '{"ServerURL":"%s","Username":"u","Secret":"helper-secret-4714"}' "$server"
H
chmod +x bin/docker-credential-test
mkdir -p "$HOME/.docker"
echo '{"credsStore":"test"}' >"$HOME/.docker/config.json"
PATH=$WORK/bin:$PATH ib pull "$REGISTRY/ci/other:1" >/dev/null 2>&1 || true # there is none
[ -e bin/asked ] || fail "the helper was not asked"
assert_equal "$(cat hits)" "" "secrets were seen"
