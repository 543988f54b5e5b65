"""What is disturbed: commands on small stores, and what must be true whatever happens to them."""
import dataclasses
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request


class World:
    """A place to work in, the programs, a registry."""

    def __init__(self, verbose):
        self.ibuild = os.environ['IBUILD']
        self.tracer = os.environ['TRACER']
        self.verbose = verbose
        memory = '/dev/shm'
        parent = memory if os.access(memory, os.W_OK) else None
        self.work = pathlib.Path(tempfile.mkdtemp(prefix='ibuild-crash.', dir=parent))
        self.registry = None
        (self.work / 'home').mkdir()
        (self.work / 'boot').write_text('00000000-0000-4000-8000-000000000001\n')

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.registry:
            self.registry.send_signal(signal.SIGTERM)
            self.registry.wait()
        shutil.rmtree(self.work, ignore_errors=True)

    def environment(self, place):
        return {'PATH': os.environ['PATH'], 'HOME': str(self.work / 'home'), 'LC_ALL': 'C',
                'IBUILD_ROOT': str(place / 'store'), 'SOURCE_DATE_EPOCH': '1000000000',
                'TMPDIR': str(self.work)}

    def run(self, place, command):
        done = subprocess.run(command, env=self.environment(place), cwd=place.parent, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=120, errors='replace')
        if self.verbose:
            print('$', *command, '->', done.returncode, done.stdout, done.stderr, flush=True)
        return done

    def ib(self, place, *arguments, boot=None):
        command = [self.ibuild, *arguments]
        if boot:  # another boot, as far as the program can see
            mount = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'
            command = ['unshare', '--mount', 'sh', '-c', mount, str(self.work / 'boot'), *command]
        return self.run(place, command)

    def must(self, place, *arguments):
        done = self.ib(place, *arguments)
        if done.returncode != 0:
            raise SystemExit(f'setting up: {arguments}: {done.stderr}')
        return done.stdout

    def settle(self, place):
        """A build's child may still be at its sync."""
        leases = place / 'store/leases'
        for _ in range(200):
            if not leases.exists() or not os.listdir(leases):
                return
            time.sleep(0.01)

    def new_place(self, name):
        place = self.work / name / 'p'
        (place / 'out').mkdir(parents=True)
        return place

    def registry_name(self):
        if not self.registry:
            with socket.socket() as probe:
                probe.bind(('127.0.0.1', 0))
                self.port = probe.getsockname()[1]
            config = self.work / 'registry.yml'
            config.write_text(f'version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: '
                              f'{{rootdirectory: {self.work}/registry}}}}\n'
                              f'http: {{addr: "127.0.0.1:{self.port}"}}\n')
            self.registry = subprocess.Popen(['docker-registry', 'serve', str(config)],
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(200):
                try:
                    urllib.request.urlopen(f'http://127.0.0.1:{self.port}/v2/')
                    break
                except OSError:
                    time.sleep(0.05)
        return f'localhost:{self.port}/lib/app:1'


@dataclasses.dataclass
class Scenario:
    name: str
    before: pathlib.Path       # a place (store/, out/) to begin from
    command: list              # {out} is the place's out/
    may_exist: set             # names that may be there at any time
    must_exist: set            # names that are there at any time
    after: dict                # names at the end -> image id (None: any)
    absent: set = dataclasses.field(default_factory=set)  # names that are gone at the end
    may_be_done: bool = False  # a removal finds nothing to remove the second time

    def arguments(self, place):
        return [word.replace('{out}', str(place / 'out')) for word in self.command]

    def check_result(self, world, place, boot=None):
        for name, wanted in self.after.items():
            done = world.ib(place, 'inspect', name, boot=boot)
            assert_(done.returncode == 0, f'{name} is not there after the next command')
            assert_(wanted is None or wanted in done.stdout, f'{name} is another image')
        listed = world.ib(place, 'images', boot=boot).stdout
        for name in self.absent:
            repository, tag = name.rsplit(':', 1)
            there = any(line.split()[:2] == [repository, tag] for line in listed.splitlines())
            assert_(not there, f'{name} is still there')


def assert_(truth, what):
    from crash import Failure
    if not truth:
        raise Failure(what)


def write_context(directory, version):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / 'a').write_text('the first file\n')
    (directory / 'b').write_text(f'version {version}\n' * 300)
    (directory / 'Dockerfile').write_text(
        'FROM scratch\nCOPY a /etc/a\nWORKDIR /srv\nCOPY b /srv/b\nCMD ["/srv/b"]\n')
    return directory


def image_id(world, place, name):
    digest = [word for word in world.must(place, 'inspect', name).split('"')
              if word.startswith('sha256:')]
    return digest[0]


def make_places(world):
    """An empty one, one with an image, one with an image and garbage, and the image's archive."""
    first = write_context(world.work / 'ctx1', 1)
    second = write_context(world.work / 'ctx2', 2)
    empty = world.new_place('empty')
    (empty / 'store').mkdir(mode=0o700)
    full = world.new_place('full')
    world.must(full, 'build', '-q', '-t', 'app:1', str(first))
    archive = world.work / 'image.tar'
    world.must(full, 'save', '-o', str(archive), 'app:1')
    garbage = world.new_place('garbage')
    world.must(garbage, 'build', '-q', '-t', 'old:1', str(second))
    world.must(garbage, 'load', '-i', str(archive))
    world.must(garbage, 'rmi', 'old:1')
    for place in (full, garbage):
        world.must(place, 'sync')
        world.settle(place)
    return first, second, empty, full, archive, garbage


def scenarios(world, long):
    first, second, empty, full, archive, garbage = make_places(world)
    one = image_id(world, full, 'app:1')
    app = {'app:1'}
    found = [
        Scenario('build', empty, ['build', '-q', '-t', 'app:1', str(first)], app, set(),
                 {'app:1': one}),
        Scenario('rebuild', full, ['build', '-q', '-t', 'app:1', str(second)], app, app,
                 {'app:1': None}),
        Scenario('load', empty, ['load', '-q', '-i', str(archive)], app, set(), {'app:1': None}),
        Scenario('save', full, ['save', '-o', '{out}/image.tar', 'app:1'], app, app,
                 {'app:1': one}),
        Scenario('rmi', full, ['rmi', 'app:1'], app, set(), {}, absent=app, may_be_done=True),
        Scenario('prune', garbage, ['prune'], app, app, {'app:1': None}),
        Scenario('prune-everything', garbage, ['prune', '--everything'], app, set(), {},
                 absent=app),
    ]
    if shutil.which('docker-registry'):
        found += registry_scenarios(world, empty, full, one)
    if long:
        found += long_scenarios(world, empty)
    return found


def registry_scenarios(world, empty, full, one):
    remote = world.registry_name()
    tagged = world.new_place('tagged')
    shutil.rmtree(tagged)
    subprocess.run(['cp', '-a', str(full), str(tagged)], check=True)
    world.must(tagged, 'tag', 'app:1', remote)
    world.must(tagged, 'push', '-q', remote)
    both = {'app:1', remote}
    return [
        Scenario('pull', empty, ['pull', '-q', remote], {remote}, set(), {remote: None}),
        Scenario('push', tagged, ['push', '-q', remote], both, both, {remote: one}),
    ]


def long_scenarios(world, empty):
    """Steps that run, and more of everything."""
    busybox = shutil.which('busybox')
    if not busybox:
        return []
    context = world.work / 'run'
    context.mkdir()
    shutil.copy(busybox, context / 'busybox')
    (context / 'Dockerfile').write_text(
        'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox","mkdir","/x"]\n'
        'RUN --mount=type=cache,target=/c ["/bin/busybox","touch","/c/f","/x/f"]\n')
    return [Scenario('run', empty, ['build', '-q', '-t', 'run:1', str(context)], {'run:1'}, set(),
                     {'run:1': None})]


@dataclasses.dataclass
class Pair:
    name: str
    first: Scenario
    other: list
    may_exist: set  # besides those of the first
    gone: set = dataclasses.field(default_factory=set)  # names that the other removes

    @property
    def takes_what_is_used(self):
        return bool(self.gone) and 'app:1' in self.first.command

    @property
    def first_with_other(self):
        return dataclasses.replace(self.first, may_exist=self.first.may_exist | self.may_exist,
                                   must_exist=set())

    def check(self, world, place):
        wanted = {name: id for name, id in self.first.after.items() if name not in self.gone}
        dataclasses.replace(self.first, after=wanted, absent=set()).check_result(world, place)


def interleavings(world, long):
    cases = scenarios(world, long)
    by_name = {case.name: case for case in cases}
    context = str(world.work / 'ctx2')
    others = {
        'prune': (['prune'], set(), set()),
        'build': (['build', '-q', '-t', 'other:1', context], {'other:1'}, set()),
        'prune-everything': (['prune', '--everything'], set(), {'app:1'}),
    }
    if not long:  # the rest goes through the same code
        for name in ('push', 'rebuild', 'prune-everything'):
            by_name.pop(name, None)
        others.pop('prune-everything')
    pairs = []
    for name, case in by_name.items():
        for other, (command, more, gone) in others.items():
            pairs.append(Pair(f'{name}+{other}', case, command, more, gone))
    return pairs
