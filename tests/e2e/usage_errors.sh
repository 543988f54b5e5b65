# as: root user
# Wrong command lines exit with 125 and name the nearest right thing; failed builds exit with 1.
source "$(dirname "$0")/lib.sh"
expect_status 125 ib build --tga x .
assert_has "$output" "--tag"
expect_status 125 ib build --progress=loud .
assert_has "$output" "plain"
expect_status 125 ib pus x
assert_has "$output" "push"
expect_status 125 ib build --memory=lots .
assert_has "$output" "lots"
expect_status 125 ib build -t UPPER/Case:1 .
expect_status 1 ib build "$WORK/nowhere"
assert_has "$output" "nowhere"
mkdir empty
expect_status 1 ib build empty
assert_has "$output" "Dockerfile"
printf 'FROM scratch\nRUNN x\nCOPPY a b\n' >empty/Dockerfile
expect_status 1 ib build empty
assert_has "$output" "did you mean RUN?"
assert_has "$output" "did you mean COPY?"
assert_has "$output" ">>> RUNN x"
printf 'FROM scratch\nCOPY ../../etc/passwd /x\n' >empty/Dockerfile
expect_status 1 ib build empty
assert_has "$output" "not found"
expect_status 0 ib --version
assert_has "$output" "ibuild"
expect_status 0 ib --help
assert_has "$output" "push"

# `# check=error=true` is about Docker's rules; a finding of ours alone fails no build.
printf '# check=error=true\nFROM scratch\nMAINTAINER x\n' >empty/Dockerfile
expect_status 1 ib build empty
assert_has "$output" "lint violation found for rules: MaintainerDeprecated"
printf '# check=error=true\nFROM scratch\nADD Dockerfile /d\n' >empty/Dockerfile
expect_status 1 ib build --check empty
assert_has "$output" "AddInsteadOfCopy"
expect_status 0 ib build -q empty
