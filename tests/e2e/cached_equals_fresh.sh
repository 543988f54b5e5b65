# as: root user
# Random projects, edited at random: the cache gives what a build without it gives. The seeds are
# fixed here; `tests/e2e/random_builds.py --minutes N` goes on from any other.
source "$(dirname "$0")/lib.sh"
make_base
ib save -o base.tar test/busybox:1
python3 "$SOURCE/tests/e2e/random_builds.py" --builder "$IBUILD" --base test/busybox:1 \
  --base-archive "$WORK/base.tar" --work "$WORK" --seed 1 --seeds 5 --edits 12
