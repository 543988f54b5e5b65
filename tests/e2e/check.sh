# as: root user
# --check and --call say what a Dockerfile means without building it, without a store and a network.
source "$(dirname "$0")/lib.sh"
mkdir context && cd context
value() { python3 -c 'import json, sys; print(eval(sys.argv[1], {"j": json.load(sys.stdin)}))' "$1"; }

printf 'FROM scratch\nLABEL a=b\n' >Dockerfile
expect_status 0 ib build --check .
assert_equal "$output" "Check complete, no warnings found."

# A warning, as text, as Docker's JSON and as SARIF.
printf 'FROM example.com/base:1\nLABEL a \\\n  b\n' >Dockerfile
expect_status 1 ib build --check .
assert_has "$output" "WARNING: LegacyKeyValueFormat - https://docs.docker.com/go/dockerfile/rule/legacy-key-value-format/"
assert_lacks "$output" $'\e['
expect_status 1 ib build --call=check,format=json .
assert_equal "$(value 'j["warnings"][0]["ruleName"]' <<<"$output")" LegacyKeyValueFormat
assert_equal "$(value '[r["start"]["line"] for r in j["warnings"][0]["location"]["ranges"]]' <<<"$output")" "[2, 3]"
assert_equal "$(value '"buildError" in j' <<<"$output")" False
expect_status 1 ib build --call=check,format=sarif .
assert_equal "$(value 'j["version"], j["runs"][0]["results"][0]["level"]' <<<"$output")" "('2.1.0', 'warning')"

# What parses and still could not be built, in stages that the last one does not need too.
printf 'FROM scratch AS a\nCOPY --chmod=64a x /\nEXPOSE $PORT http\nFROM scratch\n' >Dockerfile
expect_status 1 ib build --call=check,format=json .
assert_equal "$(value '[e["location"]["ranges"][0]["start"]["line"] for e in j["buildErrors"]]' <<<"$output")" "[2, 3]"
assert_has "$(value 'j["buildError"]["message"]' <<<"$output")" "invalid chmod parameter: '64a'"

# Directives from build arguments; check=error=true is an error beside its warnings.
printf 'FROM scratch\nMAINTAINER x\n' >Dockerfile
expect_status 0 ib build --check --build-arg BUILDKIT_DOCKERFILE_CHECK=skip=all .
expect_status 1 ib build --check --build-arg BUILDKIT_DOCKERFILE_CHECK=error=true .
assert_has "$output" "ERROR: lint violation found for rules: MaintainerDeprecated"

# Outline and targets.
printf '# V the version\nARG V=1\n# start is where it begins\nFROM scratch AS start\nARG V\nFROM start\n' >Dockerfile
expect_status 0 ib build --call=targets,format=json .
assert_equal "$(value '[t.get("name") for t in j["targets"]]' <<<"$output")" "['start', None]"
expect_status 0 ib build --call=outline .
assert_has "$output" "the version"

[ ! -e "$IBUILD_ROOT" ] || fail "a check made a store"

# A build tells what Docker's rules find; what only ours say is for those who ask.
printf 'FROM scratch\nENV A=$nothing\nLABEL a=b\nARG SOME_PASSWORD=x\n' >Dockerfile
output=$(ib build -t t/told . 2>&1)
assert_has "$output" "UndefinedVar: Usage of undefined variable '\$nothing' (line 2)"
assert_has "$output" "SecretsUsedInArgOrEnv"
printf '# check=skip=UndefinedVar\nFROM scratch\nENV A=$nothing\n' >Dockerfile
output=$(ib build -t t/told . 2>&1)
assert_lacks "$output" UndefinedVar
