# as: root
# The command lines of tests/e2e/lines/podman.txt come to what they come to with their own tools.
source "$(dirname "$0")/lib.sh"
run_command_lines podman
