#!/usr/bin/env python3
"""Stops ibuild before every call that changes the store, and looks at what is left.

    crash.py {points|pairs|power} [--long] [--only SCENARIO] [--at N] [--jobs N] [--verbose]

points  the process is killed before its N-th such call, for every N
pairs   it stands still there while another command runs to its end, then goes on
power   it is killed there, and of the disk only what was flushed is certain

After each the store is checked: every name is whole and its digests are right, the same command
works now, and nothing is left over. IBUILD and TRACER name the programs. Runs as root or not;
`power` needs root for a boot of its own. Nothing is random: a failure names scenario and N, and
`--only SCENARIO --at N --verbose` repeats it.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from disk import disks_after_power_loss
from scenarios import Scenario, World, interleavings, scenarios

KILLED = 99


class Failure(Exception):
    pass


def demand(truth, what):
    if not truth:
        raise Failure(what)


def trace(world, place, scenario, at, *options):
    """The scenario's command, stopped before its `at`-th change."""
    command = [world.tracer, '--watch', str(place), '--at', str(at), *options, '--']
    return world.run(place, command + [world.ibuild] + scenario.arguments(place))


def names(world, place, boot=None):
    """What `images` shows: {name, or id of what has none: whether it is whole}."""
    listed = world.ib(place, 'images', '--no-trunc', boot=boot)
    demand(listed.returncode == 0, '`images` fails: ' + listed.stderr)
    found = {}
    for line in listed.stdout.splitlines()[1:]:
        cells = line.split()
        name = cells[2] if cells[0] == '<none>' else cells[0] + ':' + cells[1]
        found[name] = '<damaged>' not in line
    return found


def check_names(world, place, scenario, boot=None):
    """Every name is known and whole; only after a loss of power some may be said to be damaged."""
    found = names(world, place, boot)
    for name, whole in found.items():
        untagged = name.startswith('sha256:')
        demand(untagged or name in scenario.may_exist, f'unexpected name {name}')
        if not whole:
            demand(boot is not None, f'{name} is damaged')
            continue
        saved = world.ib(place, 'save', '-o', '/dev/null', name, boot=boot)
        demand(saved.returncode == 0, f'{name} cannot be saved: {saved.stderr}')
    if boot is None:
        for name in scenario.must_exist:
            demand(name in found, f'{name} is lost')


def check_next(world, place, scenario, boot=None):
    """The command works now and comes to the same as one that was never disturbed."""
    done = world.ib(place, *scenario.arguments(place), boot=boot)
    works = done.returncode == 0 or (scenario.may_be_done and 'there is no image' in done.stderr)
    demand(works, f'the next command fails: {done.stderr}')
    scenario.check_result(world, place, boot)
    # What found nothing to do began nothing and tidied nothing; what a loss of power tore was set
    # aside, for the next prune to delete.
    if scenario.may_be_done or boot:
        world.ib(place, 'prune', '--keep-cache', boot=boot)


def check_leaks(world, place):
    world.settle(place)
    store = place / 'store'
    for directory in ('ingest', 'leases', 'trash'):
        left = os.listdir(store / directory)
        demand(not left, f'left in {directory}: {left}')
    left = [name for name in os.listdir(store / 'locks') if name not in ('reclaim', 'index', 'replace')]
    demand(not left, f'left in locks: {left}')
    left = [name for name in os.listdir(place / 'out') if name != 'image.tar']
    demand(not left, f'left beside outputs: {left}')


def check_all(world, place, scenario, boot=None):
    check_names(world, place, scenario, boot)
    check_next(world, place, scenario, boot)
    check_names(world, place, scenario, boot)
    check_leaks(world, place)


def fresh_copy(scenario, parent):
    place = pathlib.Path(tempfile.mkdtemp(dir=parent)) / 'p'
    subprocess.run(['cp', '-a', str(scenario.before), str(place)], check=True)
    return place


def crash_at(world, scenario, at):
    """False: the command has no `at`-th point."""
    place = fresh_copy(scenario, world.work)
    try:
        stopped = trace(world, place, scenario, at)
        if stopped.returncode != KILLED:
            demand(stopped.returncode == 0, f'the command fails: {stopped.stderr}')
            return False
        check_all(world, place, scenario)
        return True
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)


def interleave_at(world, pair, at):
    place = fresh_copy(pair.first, world.work)
    try:
        listing = place.parent / 'list'
        other = ' '.join([world.ibuild, '--root', str(place / 'store'), *pair.other])
        both = trace(world, place, pair.first, at, '--then', other, '--list', str(listing))
        if both.returncode == 0:
            pair.check(world, place)
        else:  # the other took what the command was only about to use
            missing = 'there is no image' in both.stderr or 'is missing' in both.stderr
            demand(missing and pair.takes_what_is_used,
                   f'exit code {both.returncode}: {both.stderr}')
        check_names(world, place, pair.first_with_other)
        return len(listing.read_text().splitlines()) >= at
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)


def lose_power_at(world, scenario, at):
    place = fresh_copy(scenario, world.work)
    try:
        record = place.parent / 'record'
        stopped = trace(world, place, scenario, at, '--durable', str(record))
        for name, disk in disks_after_power_loss(place, record, world.work):
            try:
                check_all(world, disk, scenario, boot='after')
            except Failure as failure:
                raise Failure(f'disk "{name}": {failure}') from None
            finally:
                shutil.rmtree(disk.parent, ignore_errors=True)
        return stopped.returncode == KILLED
    finally:
        shutil.rmtree(place.parent, ignore_errors=True)


def run_all(world, cases, step, jobs, only_at):
    """Each case at 1, 2, 3, … until it has no further point; returns (points, failures)."""
    failures = []
    total = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for case in cases:
            at, ended, here = 1, False, 0
            while not ended:
                numbers = [only_at] if only_at else list(range(at, at + 8 * jobs))
                runs = {number: pool.submit(step, world, case, number) for number in numbers}
                for number, run in runs.items():
                    try:
                        if run.result():
                            here += 1
                        else:
                            ended = True
                    except Failure as failure:
                        failures.append(f'{case.name} at {number}: {failure}')
                        print('FAILED', failures[-1], flush=True)
                        here += 1
                at += len(numbers)
                ended = ended or bool(only_at)
            print(f'{case.name}: {here} points', flush=True)
            total += here
    return total, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('mode', choices=['points', 'pairs', 'power'])
    parser.add_argument('--long', action='store_true')
    parser.add_argument('--only')
    parser.add_argument('--at', type=int)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--verbose', action='store_true')
    options = parser.parse_args()
    if options.mode == 'power' and os.geteuid() != 0:
        print('SKIPPED: a boot of its own needs root')
        return 0
    with World(options.verbose) as world:
        cases = (interleavings if options.mode == 'pairs' else scenarios)(world, options.long)
        if options.mode == 'power' and not (options.long or options.only):
            cases = [case for case in cases if case.name in ('build', 'load', 'rmi')]
        if options.only:
            cases = [case for case in cases if re.fullmatch(options.only, case.name)]
        step = {'points': crash_at, 'pairs': interleave_at, 'power': lose_power_at}[options.mode]
        total, failures = run_all(world, cases, step, options.jobs, options.at)
    print(f'{total} points, {len(failures)} failures')
    return 1 if failures or not total else 0


if __name__ == '__main__':
    sys.exit(main())
