"""Reads reports as their consumers do, and fails where one would."""

import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from junitparser import JUnitXml
from jsonschema import Draft7Validator

# GitLab's own description of the format: "Code Quality", section "Code quality report format".
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}

# `junit-10.xsd` of Jenkins' xUnit plugin, which refuses every other attribute.
JUNIT = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "file"},
    "testcase": {"name", "time", "classname", "group"},
    "failure": {"type", "message"},
    "system-err": set(),
}


def main(folder: Path) -> None:
    report = json.loads((folder / "json").read_text())
    count, problems = len(report["findings"]), len(report["problems"])

    issues = json.loads((folder / "gitlab").read_text())
    Draft7Validator(GITLAB).validate(issues)
    assert len(issues) == count + problems, "gitlab"
    assert len({it["fingerprint"] for it in issues}) == len(issues), "fingerprints repeat"

    suites = JUnitXml.fromfile(str(folder / "junit"))
    failed = [case for suite in suites for case in suite if not case.is_passed]
    assert len(failed) == count == suites.failures, "junit"

    for element in ElementTree.parse(folder / "junit").iter():
        unknown = set(element.attrib) - JUNIT[element.tag]
        assert not unknown, f"junit: {element.tag} has {unknown}"

    root = ElementTree.parse(folder / "checkstyle").getroot()
    assert len(root.findall("file/error")) == count, "checkstyle"
    assert len(root.findall("file/exception")) == problems, "checkstyle"

    understood = (folder / "quickfix").read_text().splitlines()
    places = [line.split("|")[:5] for line in understood]
    wanted = [
        ["1", it["path"], str(it["start"]["line"]), str(it["start"]["column"]), it["severity"][0]]
        for it in report["findings"]
    ]
    assert places == wanted, f"vim understood {places}"
    print(f"gitlab, junit, checkstyle, vim: {count} findings, {problems} problems")


main(Path(sys.argv[1]))
