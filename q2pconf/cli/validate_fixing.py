"""``q2pconf validate --fix``: mend the files, or show what that would change."""

from __future__ import annotations

import argparse

from q2pconf.checks import check_document
from q2pconf.cli import complain, print_result, say, tell
from q2pconf.document import Document
from q2pconf.errors import Q2pconfError, UsageError
from q2pconf.findings import Report
from q2pconf.fixing import Fixed, fix
from q2pconf.gathering import STDIN
from q2pconf.releases import Release
from q2pconf.render.terminal import Style
from q2pconf.save import replace_text
from q2pconf.selection import Selection, selected

__all__ = ["Mender", "check_use"]


def check_use(options: argparse.Namespace, every: bool) -> None:
    """Refuse what makes no sense together."""
    mending = options.fix or options.diff
    if options.unsafe_fixes and not mending:
        raise UsageError("--unsafe-fixes says what --fix or --diff may do; give one of them too")
    if mending and every:
        raise UsageError("--fix mends for one release: name it instead of --release all")
    printing = options.diff or (options.fix and STDIN in options.files)
    if printing and (options.format not in ("text", "full") or options.output is not None):
        raise UsageError("--diff, and --fix with stdin, print the result: no --format and no -o")
    if printing and len(options.files) > 1 and STDIN in options.files:
        raise UsageError("--fix prints what it makes of stdin: give - alone")


class Mender:
    """Mends one document after the other; ``failed`` where one could not be written,
    ``would_change`` where --diff has shown something, ``mended`` how many findings it has mended
    or would mend, ``gone`` how many fewer problems there are with that."""

    def __init__(self, options: argparse.Namespace, selection: Selection, look: Style) -> None:
        self.options, self.selection, self.look = options, selection, look
        self.failed = self.would_change = False
        self.mended = self.gone = 0

    @property
    def prints(self) -> bool:
        """Whether stdout is taken by what is made of the files."""
        return self.options.diff or STDIN in self.options.files

    def check(self, document: Document, release: Release) -> Report:
        """Mend a document, and check what it has become; with --diff, what it is."""

        def check(each: Document) -> Report:
            return selected(check_document(each, release), self.selection)

        found = fix(document, release, unsafe=self.options.unsafe_fixes, check=check)
        if self.options.diff:
            self._show(found)
            self.mended += len(found.fixed)
            self.gone += _problems(check(document)) - _problems(found.report)
            return check_document(document, release)
        if STDIN in self.options.files:
            print_result(found.document.text)
        elif found.changed and not self._write(found):
            return check_document(document, release)
        self.mended += len(found.fixed)
        if not self.options.quiet:
            for each in found.fixed:
                line = f":{each.span.line}" if each.span else ""
                say(f"mended {document.path}{line}: {each.code}: {each.message}")
        return check_document(found.document, release)

    def tell(self, reports: list[Report], release: Release) -> None:
        """How much was or would be mended, and what is left where stdout has something else."""
        from q2pconf.render.report import as_text

        if self.options.quiet:
            return
        left = sum(map(_problems, reports)) - self.gone
        problems = "1 problem" if self.mended == 1 else f"{self.mended} problems"
        if not self.mended:
            told = f"nothing to mend, {left} left" if left else "nothing to mend"
        elif self.options.diff:
            told = f"--fix would mend {problems}; {left} would be left"
        else:
            told = f"{problems} mended, {left} left"
        more = 0 if self.options.unsafe_fixes else sum(map(_unsafe, reports))
        say(f"{told} (--unsafe-fixes would change {more})" if more else told)
        if self.prints and not self.options.diff:
            tell(as_text(reports, release, Style()))

    def _show(self, found: Fixed) -> None:
        from q2pconf.render.diff import as_diff

        self.would_change |= found.changed
        name = found.original.path or "<text>"
        print_result(as_diff(found.original.text, found.document.text, name, self.look))

    def _write(self, found: Fixed) -> bool:
        path = found.original.path or ""
        try:
            kept = replace_text(path, found.document.text, found.original.text)
        except Q2pconfError as error:
            complain(str(error))
            self.failed = True
            return False
        if not self.options.quiet:
            say(f"wrote {path}; the file as it was is {kept}")
        return True


def _problems(report: Report) -> int:
    return len(report.errors) + len(report.warnings)


def _unsafe(report: Report) -> int:
    """How many findings only --unsafe-fixes would mend."""
    return sum(each.fix is not None and not each.fix.safe for each in report.findings)
