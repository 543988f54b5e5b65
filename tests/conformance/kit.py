#!/usr/bin/env python3
"""Differential conformance kit for Dockerfile builders. See README.md."""
import argparse
import concurrent.futures
import fnmatch
import json
import os
import re
import shlex
import signal
import sys
import tempfile
import threading
import time

from lib import compare, context, errors, httpd, registry, runner

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "..", "..", "testdata", "conformance")


def gather(args):
    cases = []
    for folder in args.set or [CASES]:
        if not os.path.isdir(folder):
            raise SystemExit("kit: no such folder of cases: " + folder)
        for case in context.find_cases(folder):
            case.set = os.path.basename(os.path.normpath(folder))
            cases.append(case)
    if args.filter:
        wanted = []
        for case in cases:
            names = [case.name] + case.spec.get("tags", [])
            if any(fnmatch.fnmatch(n, p) or ("*" not in p and p in n)
                   for p in args.filter for n in names):
                wanted.append(case)
        cases = wanted
    return cases


def need_bases(args):
    if not os.path.exists(os.path.join(args.bases, "index.json")):
        import mkbase
        ns = argparse.Namespace(busybox=args.busybox, deb=None)
        mkbase.build_all(mkbase.find_busybox(ns), args.bases)
    return runner.Bases(args.bases)


def push_bases(args, bases, verbose=False):
    reg = registry.Registry(args.registry)
    for name, item in sorted(bases.index.items()):
        new = reg.push_layout(os.path.join(bases.folder, item["file"]), item["repo"], item["tag"])
        if verbose:
            print("%s/%s:%s %s%s" % (args.registry, item["repo"], item["tag"], item["digest"],
                                     "" if new else " (there already)"))


def settings_of(args, work, pages, bases):
    s = runner.Settings()
    s.build, s.cleanup = args.build, args.cleanup
    s.registry, s.timeout, s.work = args.registry, args.timeout, work
    s.pages, s.bases, s.keep = pages, bases, args.keep
    s.run_id = "%x%x" % (int(time.time()), os.getpid())
    if args.path_map:
        old, sep, new = args.path_map.partition("=")
        if not sep:
            raise SystemExit("kit: --path-map wants FROM=TO")
        s.path_map = (old, new)
    for item in getattr(args, "frontend", None) or []:
        key, sep, flags = item.partition("=")
        if not sep:
            raise SystemExit("kit: --frontend wants NAME=FLAGS")
        s.extra_flags = dict(s.extra_flags)
        s.extra_flags[key] = shlex.split(flags)
    return s


class Session:
    """Work folder, HTTP server and settings of one command; all gone at its end."""

    def __init__(self, args):
        self.args = args

    def __enter__(self):
        bases = need_bases(self.args)
        self.registry = None
        if self.args.registry == "builtin":
            self.registry = registry.BuiltIn(bases)
            self.args.registry = self.registry.address
        elif not self.args.no_push:
            push_bases(self.args, bases)
        self.pages = httpd.Pages(self.args.http_port)
        self.tmp = tempfile.mkdtemp(prefix="kitconf-", dir=self.args.work)
        os.chmod(self.tmp, 0o755)
        return settings_of(self.args, self.tmp, self.pages, bases)

    def __exit__(self, *exc):
        self.pages.close()
        if self.registry:
            self.registry.close()
        if self.args.keep:
            print("kit: work kept in " + self.tmp, file=sys.stderr)
        else:
            runner.remove_tree(self.tmp)


def each(cases, jobs, work):
    """Runs work(case) for all cases in parallel and yields results in order."""
    stop = threading.Event()

    def guarded(case):
        if stop.is_set():
            return None
        return work(case)

    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    futures = [pool.submit(guarded, c) for c in cases]
    try:
        for case, future in zip(cases, futures):
            yield case, future.result()
    except BaseException:
        stop.set()
        for future in futures:
            future.cancel()
        runner.stop_all()
        raise
    finally:
        pool.shutdown(wait=True)


def attempt(case, settings, serial=0):
    try:
        return runner.build_case(case, settings, serial)
    except context.Unsupported as exc:
        return {"outcome": "skipped", "tail": [str(exc)]}


# record ---------------------------------------------------------------------

GOLDEN_KEYS = ("outcome", "base", "config", "history", "layers", "rootfs", "removed",
               "layer_problems", "unstable", "error")


def cmd_record(args):
    cases = gather(args)
    bad = 0
    with Session(args) as settings:
        def work(case):
            if case.spec.get("frontend") and case.spec["frontend"] not in settings.extra_flags:
                return [{"outcome": "skipped", "tail": [
                    "needs --frontend %s=FLAGS of the reference builder" % case.spec["frontend"]]}]
            return [attempt(case, settings, i) for i in range(args.repeat)]

        for case, records in each(cases, args.jobs, work):
            first = records[0]
            problems = []
            if first["outcome"] == "skipped":
                print("SKIP %s: %s" % (case.name, first["tail"][-1]))
                continue
            if case.expect_failure != (first["outcome"] == "failure"):
                problems.append("expected %s, reference says %s" % (
                    "failure" if case.expect_failure else "success", first["outcome"]))
            elif case.expect_failure:
                told = runner.error_problem(case, first)
                if told:
                    problems.append(told)
            problems += first.get("check_failures", [])
            problems += first.get("integrity", [])
            golden = {k: first[k] for k in GOLDEN_KEYS if k in first}
            golden["case"] = case.name
            if first["outcome"] == "failure":
                golden["error"] = {"class": errors.class_name(case.spec.get("error", "any")),
                                   "said": error_lines(first["tail"])}
            unstable = set()
            for other in records[1:]:
                again = {k: other[k] for k in GOLDEN_KEYS if k in other}
                mine = {k: v for k, v in golden.items() if k in again and k != "error"}
                unstable.update(compare.raw_differences(mine, {k: v for k, v in again.items()
                                                               if k != "error"}))
            if unstable:
                problems.append("unstable: " + ", ".join(sorted(unstable)[:8]))
            if args.alt:
                bad += record_alt(case, golden, first, unstable, args)
                continue
            if problems:
                bad += 1
                print("BAD  %s: %s" % (case.name, "; ".join(problems)))
                if first["outcome"] != "success" or args.verbose:
                    for line in first["tail"]:
                        print("       | " + line)
                if not args.force:
                    continue
            else:
                print("REC  %s (%s, %.1f s)" % (case.name, first["outcome"], first["seconds"]))
            if not args.dry:
                write_json(case.golden_path, golden)
            sys.stdout.flush()
    print("%d recorded, %d bad" % (len(cases) - bad, bad))
    return 1 if bad else 0


def record_alt(case, golden, record, unstable, args):
    """Keeps a second reference's result where it differs from the first one's."""
    path = case.alt_path
    main = case.golden()
    if main is None or unstable or record["outcome"] not in ("success", "failure"):
        print("BAD  %s: %s" % (case.name, "no golden to differ from" if main is None else
                               "unstable" if unstable else record["outcome"]))
        return 1
    diffs, _ = compare.compare(main, golden, case.spec.get("soft", []), case.spec.get("hard", []))
    if not args.dry and os.path.exists(path):
        os.unlink(path)
    if not diffs:
        print("SAME %s" % case.name)
        return 0
    print("ALT  %s: %s" % (case.name, headline(diffs)))
    show(diffs[:args.lines], "     - ")
    if record.get("check_failures"):
        golden["check_failures"] = record["check_failures"]
    if not args.dry:
        write_json(path, golden)
    return 0


def write_json(path, doc):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(doc, f, indent=1, sort_keys=True)
        f.write("\n")


def error_lines(tail):
    """What the reference said, for people to read; without names made up per build."""
    lines = [la for la in tail if "error" in la.lower()] or tail
    out = []
    for line in lines[-2:]:
        line = re.sub(r"ref [\w:-]+::\w+", "ref ...", line)
        line = re.sub(r"/\S*/merged\b", "...", line)
        line = re.sub(r"^#\d+ ", "", line)
        if line not in out:
            out.append(line)
    return out[-1:]


# run ------------------------------------------------------------------------

def judge(case, record, args):
    """(status, differences, notes) of a candidate's record."""
    golden = case.golden()
    if record["outcome"] == "skipped":
        return "skip", [record["tail"][-1]], []
    if golden is None:
        return "skip", ["no golden recorded"], []
    bad, notes = differences(case, record, golden, args)
    alt = case.golden(case.alt_path) if bad else None
    if alt is not None:
        bad2, notes2 = differences(case, record, alt, args)
        if len(bad2) < len(bad):
            bad, notes = bad2, notes2
    return ("fail" if bad else "pass"), bad, notes


def differences(case, record, golden, args):
    soft = list(args.soft or []) + case.spec.get("soft", [])
    hard = list(args.hard or []) + case.spec.get("hard", []) + (["*"] if args.strict else [])
    bad, notes = compare.compare(golden, record, soft, hard)
    more = []
    if record["outcome"] == golden["outcome"] == "failure":
        told = runner.error_problem(case, record)
        if told:
            more.append(compare.Diff("error.class", "", golden["error"]["class"], told))
    for told in record.get("check_failures", []):
        if told not in golden.get("check_failures", []):
            more.append(compare.Diff("check", "", None, told))
    for diff in more:
        (notes if compare.is_soft(diff.field, soft, hard) else bad).append(diff)
    return bad, notes


def cmd_run(args):
    cases = gather(args)
    tally = {"pass": 0, "fail": 0, "skip": 0}
    report = []
    start = time.monotonic()
    with Session(args) as settings:
        for case, record in each(cases, args.jobs, lambda c: attempt(c, settings)):
            status, bad, notes = judge(case, record, args)
            tally[status] += 1
            item = {"set": case.set, "case": case.name, "status": status,
                    "outcome": record["outcome"], "seconds": round(record.get("seconds", 0), 2)}
            if status == "skip":
                print("SKIP %s: %s" % (case.name, bad[0]))
                item["why"] = bad[0]
            else:
                print("%s %s%s" % (status.upper(), case.name,
                                   "" if status == "pass" else ": " + headline(bad)))
                item["differences"] = [d.doc() for d in bad]
                item["notes"] = [d.doc() for d in notes]
                if status == "fail":
                    show(bad[:args.lines], "     - ")
                    if len(bad) > args.lines:
                        print("     - and %d more" % (len(bad) - args.lines))
                    if record["outcome"] != "success":
                        item["tail"] = record["tail"]
                        for line in record["tail"][-args.lines:]:
                            print("     | " + line[:300])
                if args.verbose:
                    show(notes, "     ~ ")
                if args.save_records:
                    os.makedirs(args.save_records, exist_ok=True)
                    write_json(os.path.join(args.save_records, case.name + ".json"), record)
            report.append(item)
            sys.stdout.flush()
    fields = {}
    for item in report:
        for field in {d["field"] for d in item.get("differences", [])}:
            fields[field] = fields.get(field, 0) + 1
    if fields:
        print("failing fields: " + ", ".join(
            "%s %d" % (k, v) for k, v in sorted(fields.items(), key=lambda kv: -kv[1])))
    if args.json:
        write_json(args.json, {
            "passed": tally["pass"], "failed": tally["fail"], "skipped": tally["skip"],
            "seconds": round(time.monotonic() - start, 1), "fields": fields, "cases": report})
    line = "%d passed, %d failed" % (tally["pass"], tally["fail"])
    print(line + (", %d skipped" % tally["skip"] if tally["skip"] else ""))
    if not tally["pass"] and not tally["fail"]:
        return 2
    return 1 if tally["fail"] else 0


def headline(bad):
    names = []
    for d in bad:
        if d.field not in names:
            names.append(d.field)
    return ", ".join(names[:5])


def show(diffs, lead):
    for d in diffs:
        print((lead + d.line()).encode("utf-8", "backslashreplace").decode())


# list, push -----------------------------------------------------------------

def cmd_list(args):
    for case in gather(args):
        golden = case.golden()
        print("%-8s %-40s %-8s %s" % (case.set, case.name,
                                      golden["outcome"] if golden else "-",
                                      case.spec.get("notes", "")))
    return 0


def cmd_push(args):
    push_bases(args, need_bases(args), verbose=True)
    return 0


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    sub = ap.add_subparsers(dest="command", required=True)

    def common(p):
        p.add_argument("--set", action="append", help="a folder of cases (default: testdata/conformance)")
        p.add_argument("--filter", action="append", metavar="PATTERN",
                       help="only cases whose name or tag matches (glob or part of it)")

    def registry_options(p):
        p.add_argument("--registry", default="localhost:5000", help="host:port, plain HTTP; or builtin: the kit serves the bases itself")
        p.add_argument("--bases", default=os.path.join(HERE, "bases"),
                       help="folder of the base images (made there if missing)")
        p.add_argument("--busybox", help="a static busybox to make the base images of")

    def building(p):
        common(p)
        registry_options(p)
        p.add_argument("--build", help="command template of the builder")
        p.add_argument("--cleanup", help="command template run after each case")
        p.add_argument("--path-map", metavar="FROM=TO",
                       help="the builder sees folder FROM of this machine as TO")
        p.add_argument("--work", help="folder for temporary files (default: the system's)")
        p.add_argument("--timeout", type=float, default=120, help="seconds for one build")
        p.add_argument("-j", "--jobs", type=int, default=2)
        p.add_argument("--http-port", type=int, default=0, help="port of the page server")
        p.add_argument("--no-push", action="store_true", help="the registry has the bases already")
        p.add_argument("--keep", action="store_true", help="keep the work folder")
        p.add_argument("--frontend", action="append", metavar="NAME=FLAGS",
                       help="flags that make the reference builder read a newer Dockerfile version")
        p.add_argument("-v", "--verbose", action="store_true")
        p.add_argument("--list", action="store_true", help="list the cases and stop")

    p = sub.add_parser("record", help="record goldens from a reference builder")
    building(p)
    p.add_argument("--repeat", type=int, default=2, help="builds per case, compared for stability")
    p.add_argument("--alt", action="store_true",
                   help="write golden-alt.json where this reference differs from the golden")
    p.add_argument("--lines", type=int, default=8, help=argparse.SUPPRESS)
    p.add_argument("--force", action="store_true", help="write goldens of bad cases too")
    p.add_argument("--dry", action="store_true", help="write nothing")
    p.set_defaults(func=cmd_record)
    p = sub.add_parser("run", help="compare a candidate builder with the goldens")
    building(p)
    p.add_argument("--json", metavar="FILE", help="write the full report there")
    p.add_argument("--save-records", metavar="DIR", help="write each candidate record there")
    p.add_argument("--soft", action="append", metavar="FIELD", help="do not fail on this field")
    p.add_argument("--hard", action="append", metavar="FIELD", help="fail on this field")
    p.add_argument("--strict", action="store_true", help="fail on every field")
    p.add_argument("--lines", type=int, default=8, help="differences to print per case")
    p.set_defaults(func=cmd_run)
    p = sub.add_parser("list", help="list the cases")
    common(p)
    p.set_defaults(func=cmd_list)
    p = sub.add_parser("push", help="push the base images to a registry")
    registry_options(p)
    p.set_defaults(func=cmd_push)
    args = ap.parse_args()
    if getattr(args, "list", False):
        return cmd_list(args)
    if args.command in ("run", "record") and not args.build:
        ap.error("--build is needed")
    return args.func(args)


def interrupted(*_):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupted)
    try:
        sys.exit(main())
    except (context.CaseError, registry.PushError) as exc:
        print("kit: %s" % exc, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
