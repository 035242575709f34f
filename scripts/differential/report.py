"""What a run counts, and the tables that it ends with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .compare import Difference
from .documented import DOCUMENTED, Documented
from .lines import Line, Smv, Text

# Options that every line has.
ALWAYS = frozenset(("-seed", "-detpixels", "-oversample", "-default_F", "-cell", "-hkl", "-pixel"))


@dataclass(frozen=True)
class Finding:
    """A difference that no row explains: the line as it was drawn, and the smallest with the same difference."""

    number: int
    line: Line
    difference: Difference
    smallest: Line
    smallest_difference: Difference

    def group(self) -> str:
        """What findings of one cause have in common: the kind, and the few options that are left."""
        names = sorted({option.name for option in self.smallest.options} - ALWAYS)
        few = 0 < len(names) <= 3 and self.difference.rank() == 0
        return f"{self.difference.kind}, with {' '.join(names)}" if few else self.difference.kind

    def __str__(self) -> str:
        typed = " ".join(map(str, self.line.options))
        files = "".join(f"\n  {described(name, file)}" for name, file in self.line.files.items())
        script = self.smallest.shell("nanoBragg").replace("\n", "\n    ")
        shrunk = "" if self.smallest is self.line else f"\n  shrunk: {self.smallest_difference}\n    {script}"
        return f"line {self.number}: {self.difference}\n  nanoBragg {typed}{files}{shrunk}\n"


def described(name: str, file: object) -> str:
    if isinstance(file, Text):
        return f"{name}: {len(file.text.splitlines())} lines"
    if isinstance(file, Smv):
        return f"{name}: {file.fast} x {file.slow} pixels, {' '.join('='.join(pair) for pair in file.keys)}"
    return f"{name}: a cache"


@dataclass
class Outcome:
    """What came of one line."""

    number: int
    verdict: str
    explained: tuple[Documented, ...] = ()
    finding: Finding | None = None


VERDICTS = {
    "the same": "every file, header and print is the same",
    "documented": "differ, and a row of the table below explains it",
    "both refuse": "both refuse the line",
    "too slow": "the classic program takes longer than the limit",
    "unexplained": "differ, and nothing explains it",
}


@dataclass
class Tally:
    """Counts over all lines so far."""

    verdicts: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.verdicts[outcome.verdict] += 1
        self.explained.update({row.what for row in outcome.explained})
        if outcome.finding:
            self.findings.append(outcome.finding)

    def markdown(self, title: str) -> str:
        lines = [title, "", "| lines | |", "|---|---|"]
        lines += [f"| {self.verdicts[verdict]} | {text} |" for verdict, text in VERDICTS.items()]
        lines += ["", "| documented difference | lines | why |", "|---|---|---|"]
        lines += [f"| {row.what} | {self.explained[row.what]} | {row.why} |" for row in DOCUMENTED]
        if self.findings:
            lines += ["", "| unexplained difference | lines | smallest of them | classic | ours |", "|---|---|---|---|---|"]
            groups: dict[str, list[Finding]] = {}
            for finding in self.findings:
                groups.setdefault(finding.group(), []).append(finding)
            for group, findings in sorted(groups.items(), key=lambda item: -len(item[1])):
                best = min(findings, key=lambda finding: len(finding.smallest.shell("")))
                difference = best.smallest_difference
                script = cell(best.smallest.shell("nanoBragg").replace("\n", "; "))
                lines.append(f"| {cell(group)} | {len(findings)} | `{script}` | {cell(difference.classic)} | {cell(difference.ours)} |")
        return "\n".join(lines)


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
