# as: root
# The command lines of tests/e2e/lines/registry.txt come to what they come to with their own tools.
source "$(dirname "$0")/lib.sh"
run_command_lines registry
