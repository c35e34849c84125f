"""JUnit's XML, as Jenkins, GitLab and others show it: a suite for each file."""

from __future__ import annotations

from q2pconf.findings import Finding, Report
from q2pconf.gathering import Problem
from q2pconf.render.outcome import Outcome, whole_message
from q2pconf.render.terminal import printable

__all__ = ["render"]

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;"}


def render(outcome: Outcome) -> str:
    """A test for each finding, failed if it makes the exit code 1; a file without any has one
    test, which passes; one that cannot be read has a test with an error."""
    suites = [_unreadable(told) for told in outcome.unreadable]
    suites += [_suite(outcome, report) for report in outcome.reports]
    tests = len(outcome.unreadable) + sum(len(r.findings) or 1 for r in outcome.reports)
    failures = sum(outcome.fails(finding) for r in outcome.reports for finding in r.findings)
    counts = _counts(tests, failures, len(outcome.unreadable))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites {_attributes(name=f'q2pconf for {outcome.release}')} {counts}>\n"
        f"{''.join(suites)}</testsuites>\n"
    )


def _suite(outcome: Outcome, report: Report) -> str:
    path = outcome.path(report)
    cases = [_case(outcome, path, finding) for finding in report.findings]
    if not cases:
        cases = [f"  <testcase {_attributes(name='no problem', classname=path)}/>\n"]
    failures = sum(outcome.fails(finding) for finding in report.findings)
    head = f"{_attributes(name=path)} {_counts(len(cases), failures, 0)}"
    return f" <testsuite {head}>\n{''.join(cases)} </testsuite>\n"


def _case(outcome: Outcome, path: str, finding: Finding) -> str:
    span = finding.span
    place = f"{path}:{span.line}:{span.column}" if span else path
    at = f" at {span.line}:{span.column}" if span else ""
    case = _attributes(name=f"{finding.code}{at}", classname=path)
    told = _text(f"{place}: {finding.severity.value}[{finding.code}]: {whole_message(finding)}")
    if outcome.fails(finding):
        about = _attributes(type=finding.code, message=finding.message)
        inside = f"<failure {about}>{told}</failure>"
    else:
        inside = f"<system-out>{told}</system-out>"
    return f"  <testcase {case}>{inside}</testcase>\n"


def _unreadable(problem: Problem) -> str:
    name, told = problem.name, str(problem)
    error = f"<error {_attributes(type='unreadable', message=told)}/>"
    case = f"  <testcase {_attributes(name='unreadable', classname=name)}>{error}</testcase>\n"
    return f" <testsuite {_attributes(name=name)} {_counts(1, 0, 1)}>\n{case} </testsuite>\n"


def _counts(tests: int, failures: int, errors: int) -> str:
    return _attributes(tests=str(tests), failures=str(failures), errors=str(errors))


def _attributes(**values: str) -> str:
    return " ".join(f'{name}="{_text(value, _ENTITIES)}"' for name, value in values.items())


def _text(text: str, entities: dict[str, str] | None = None) -> str:
    """The text with what XML cannot hold, and what could steer a terminal, written out."""
    known = entities or {name: entity for name, entity in _ENTITIES.items() if name in "&<>"}
    shown = "\n".join(map(printable, text.split("\n")))
    return "".join(known.get(character, character) for character in shown)
