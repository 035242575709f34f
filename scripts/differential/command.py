"""Words in, printing out."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from .compare import Case, Difference
from .documented import DOCUMENTED, Documented
from .draw import line_of
from .lines import Line
from .programs import Program
from .report import Finding, Outcome, Tally
from .shrink import shrunk

ROOT = Path(__file__).resolve().parents[2]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="differential.py",
        description="Runs this program and a classic nanoBragg on random command lines and shrinks every difference that is not documented.",
        epilog="Exit status: 0 when every difference is documented, 1 when one is not, 2 for a command line that makes no sense.",
    )
    parser.add_argument("classic", type=program, help="the classic program")
    parser.add_argument("ours", type=program, nargs="?", help="this program (target/release/nanobragg)")
    parser.add_argument("--seed", type=int, help="start of the random numbers (from the clock)")
    parser.add_argument("--lines", type=int, default=1000, help="lines to try (1000)")
    parser.add_argument(
        "--from", type=int, default=0, dest="first", help="number of the first line: a line depends on its number and the seed alone (0)"
    )
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no line after so many seconds")
    parser.add_argument("--only", default="", metavar="OPTION", help="only lines with this option, named without its dash")
    parser.add_argument("--physics", default="c-parity", choices=("c-parity", "spec"), help="how this program reads the lines (c-parity)")
    parser.add_argument("--limit", type=float, default=5.0, metavar="S", help="seconds that a program may take for a line (5)")
    parser.add_argument("--tries", type=int, default=300, help="runs that shrinking a line may take; 0 to shrink none (300)")
    parser.add_argument(
        "--shrink", type=int, default=20, metavar="N", help="lines of a kind that are shrunk; more are printed as drawn (20)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="lines at a time (1)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep lines, files and output of unexplained differences here")
    chosen = parser.parse_args()
    if chosen.ours is None:
        chosen.ours = program(os.environ.get("NANOBRAGG", str(ROOT / "target/release/nanobragg")), parser)
    if chosen.seed is None:
        chosen.seed = int(time.time())
    if chosen.only and not chosen.only.startswith("-"):
        chosen.only = f"-{chosen.only}"
    try:
        line_of(chosen.seed, chosen.first, chosen.only)
    except LookupError as error:
        parser.error(f"--only: {error}; docs/options.md lists the options")
    return chosen


def program(word: str, parser: argparse.ArgumentParser | None = None) -> Path:
    found = shutil.which(word)
    if found:
        return Path(found).resolve()
    message = f"{word} is no program that can be run"
    if parser:
        parser.error(f"{message}; build it (cargo build --release), or name it behind the classic one")
    raise argparse.ArgumentTypeError(message)


@dataclass(frozen=True)
class Trial:
    """Both programs, and where they run."""

    classic: Program
    ours: Program
    physics: str
    tries: int
    only: str
    seed: int
    scratch: Path
    keep: Path | None
    most: int
    stop: threading.Event = field(default_factory=threading.Event)
    shrunk: Counter[str] = field(default_factory=Counter)

    def case(self, line: Line, directory: Path) -> Case:
        return Case(line, self.classic.run(line, directory / "classic"), self.ours.run(line, directory / "ours"))

    def judge(self, case: Case) -> tuple[Difference | None, tuple[Documented, ...]]:
        """The first difference of the lowest rank that no row explains, and the rows that explain some."""
        used: dict[str, Documented] = {}
        left: list[Difference] = []
        for difference in case.differences:
            row = next((row for row in DOCUMENTED if row.explains(case, difference, self.physics)), None)
            if row:
                used[row.what] = row
            else:
                left.append(difference)
        return min(left, key=Difference.rank, default=None), tuple(used.values())

    def outcome(self, number: int) -> Outcome:
        directory = self.scratch / str(number)
        try:
            return self.tried(number, line_of(self.seed, number, self.only), directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def tried(self, number: int, line: Line, directory: Path) -> Outcome:
        case = self.case(line, directory)
        if case.ours.ended == "hung":
            # The machine may have been busy.
            case = self.case(line, directory)
        if case.classic.ended == "hung":
            return Outcome(number, "too slow")
        found, rows = self.judge(case)
        if found is None:
            ended = "documented" if rows else "both refuse" if case.ours.ended == "refused" else "the same"
            return Outcome(number, ended, rows)

        def same(smaller: Line) -> bool:
            if self.stop.is_set():
                return False
            difference, _ = self.judge(self.case(smaller, directory))
            return difference is not None and difference.kind == found.kind

        self.shrunk[found.kind] += 1
        most = min(self.most, 2) if found.is_small() else self.most
        smallest = shrunk(line, same, self.tries) if self.shrunk[found.kind] <= most else line
        at_last, _ = self.judge(self.case(smallest, directory))
        finding = Finding(number, line, found, smallest, at_last or found)
        if self.keep:
            self.kept(finding, directory)
        return Outcome(number, "unexplained", rows, finding)

    def kept(self, finding: Finding, directory: Path) -> None:
        """Keeps the line and what both programs make of the smallest."""
        assert self.keep
        home = self.keep / f"seed-{self.seed}-line-{finding.number}"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(directory, home)
        (home / "finding.txt").write_text(str(finding))
        for name, line in (("line.sh", finding.line), ("shrunk.sh", finding.smallest)):
            (home / name).write_text(line.shell('"${1:-nanoBragg}"') + "\n")


def outcomes(trial: Trial, chosen: argparse.Namespace) -> Iterator[Outcome]:
    """The outcomes of all lines, in the order in which they come."""
    end = time.monotonic() + chosen.seconds
    numbers = iter(range(chosen.first, chosen.first + chosen.lines))
    with ThreadPoolExecutor(chosen.jobs) as pool:
        running: set[Future[Outcome]] = set()
        try:
            while True:
                while len(running) < 2 * chosen.jobs and time.monotonic() < end:
                    number = next(numbers, None)
                    if number is None:
                        break
                    running.add(pool.submit(trial.outcome, number))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        finally:
            trial.stop.set()
            for future in running:
                future.cancel()


def title(chosen: argparse.Namespace, lines: int, seconds: float) -> str:
    classic, ours = (hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in (chosen.classic, chosen.ours))
    only = f" with {chosen.only}" if chosen.only else ""
    return (
        f"{datetime.date.today()}: {lines} lines{only} of seed {chosen.seed} from {chosen.first}, -physics {chosen.physics}, in {seconds:.0f} s; "
        f"SHA-256 of the classic program {classic}…, of this one {ours}…"
    )


def scratch_parent() -> str | None:
    """Memory in the place of a disk, where there is some."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def main() -> int:
    # A reader that has seen enough, as head, is no failure.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    # In the background of a shell an interruption is ignored unless it is asked for.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, signal.default_int_handler)
    chosen = arguments()
    tally = Tally()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="differential-", dir=scratch_parent()) as scratch:
        if chosen.keep:
            chosen.keep.mkdir(parents=True, exist_ok=True)
        words = ("-physics", chosen.physics, "-device", "cpu", "-threads", "1", "-v")
        trial = Trial(
            classic=Program(chosen.classic, (), chosen.limit),
            ours=Program(chosen.ours, words, chosen.limit),
            physics=chosen.physics,
            tries=chosen.tries,
            only=chosen.only,
            seed=chosen.seed,
            scratch=Path(scratch),
            keep=chosen.keep,
            most=chosen.shrink,
        )
        try:
            for outcome in outcomes(trial, chosen):
                tally.add(outcome)
                if outcome.finding:
                    print(outcome.finding, flush=True)
        except KeyboardInterrupt:
            print("stopped; this is what there is:", file=sys.stderr)
    tried = sum(tally.verdicts.values())
    print(tally.markdown(title(chosen, tried, time.monotonic() - start)))
    return 1 if tally.findings else 0
