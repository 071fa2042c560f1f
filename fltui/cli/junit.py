"""A run's verdict as JUnit XML, the file that CI servers show as tests.

One suite, named by the recipe: a test case for the federation as a whole and one for each process.
"""

from __future__ import annotations

import errno
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fltui.cli.errors import UsageError
from fltui.cli.log_tail import log_tail
from fltui.cli.summary import culprit_of, ending_text
from fltui.facts.verdict import ProcessResult, Result, Verdict

# XML 1.0 has no way to write these, not even escaped.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ERRORS = (Verdict.RECIPE, Verdict.ENVIRONMENT, Verdict.INTERRUPTED)


def try_junit(path: Path) -> None:
    """Raises UsageError where `path` cannot be written: better told before a run than after it."""
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_special(path):
            with _part_of(path) as part:
                part.touch()
    except OSError as error:
        raise UsageError(unwritten(path, error)) from None


def write_junit(path: Path, result: Result) -> None:
    """Writes `path` whole or not at all. Raises OSError."""
    report = junit_xml(result)
    if _is_special(path):
        path.write_bytes(report)
        return
    with _part_of(path) as part:
        part.write_bytes(report)
        part.replace(path)


def unwritten(path: Path, error: OSError) -> str:
    return f"--junit {path} cannot be written: {error.strerror}"


def _is_special(path: Path) -> bool:
    """A pipe or a device takes the report as it comes, and a folder refuses it; neither is to be replaced."""
    return path.exists() and not path.is_file()


@contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    """A file beside `path` that may become it; what is left of it goes."""
    if not path.parent.exists():  # a file there is told by what comes next, and better
        path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def junit_xml(result: Result) -> bytes:
    cases = [_federation(result), *(_process(result, process) for process in result.processes)]
    suite = ET.Element(
        "testsuite",
        name=_text(result.recipe),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped=str(sum(case.find("skipped") is not None for case in cases)),
        time=f"{result.duration_s:.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    facts = {"run": result.run, "folder": result.folder, "verdict": result.verdict.value}
    facts |= {name: repr(value) for name, value in result.metrics.items()}
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=_text(name), value=_text(value))
    suite.extend(cases)
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    text: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return text


def _federation(result: Result) -> ET.Element:
    case = ET.Element(
        "testcase", classname=_text(result.recipe), name="federation", time=f"{result.duration_s:.3f}"
    )
    if result.verdict is not Verdict.OK:
        kind = "error" if result.verdict in _ERRORS or result.engine_lost else "failure"
        problem = ET.SubElement(case, kind, type=result.verdict.value, message=_text(result.reason))
        problem.text = _text(
            "\n".join([result.reason, *(f"left over: pid {it.pid} {it.command}" for it in result.leftovers)])
        )
    return case


def _process(result: Result, process: ProcessResult) -> ET.Element:
    case = ET.Element("testcase", classname=_text(result.recipe), name=_text(process.name))
    tail = "\n".join(log_tail(Path(result.folder) / process.log))
    if process.state == "skipped":
        ET.SubElement(case, "skipped", message="it was not started")
    elif process.state == "stopped" and process.name != result.culprit:
        ET.SubElement(case, "skipped", message=_text(f"it was stopped with the run: {result.reason}"))
        ET.SubElement(case, "system-out").text = _text(tail)
    elif process.state in ("failed", "stopped"):
        culprit = culprit_of(result)
        message = (
            result.reason if culprit is not None and culprit.name == process.name else ending_text(process)
        )
        problem = ET.SubElement(case, "failure", type="failed", message=_text(message))
        problem.text = _text(tail)
    else:
        ET.SubElement(case, "system-out").text = _text(tail)
    return case


def _text(value: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
