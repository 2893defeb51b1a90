"""The golden SARIF logs hold what the standard demands of what we write, and spoilt ones are refused.
usage: sarif_schema.py FOLDER. Own rules, after OASIS SARIF 2.1.0 (sections in brackets); no schema
is needed.
"""

import copy
import json
import re
import sys
from pathlib import Path

# [3.4.3, RFC 3986]: only unreserved and reserved characters, and whole escapes.
URI = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")
LEVELS = {"none", "note", "warning", "error"}  # [3.27.10]
STATES = {"new", "unchanged", "updated", "absent"}  # [3.27.24]
PLACEHOLDER = re.compile(r"(?<!\{)(?:\{\{)*\{(?!\{)")  # [3.11.5]: a brace that is not doubled
LINK = re.compile(r"(?<!\\)\]\(")  # [3.11.6]


class Checker:
    def __init__(self):
        self.faults = []

    def demand(self, holds, what):
        if not holds:
            self.faults.append(what)
        return holds

    def members(self, value, where, *names):
        """The members that must be there; false when one is missing."""
        return all([self.demand(isinstance(value, dict) and name in value, f"{where}: no {name}")
                    for name in names])

    def unique(self, values, where):
        texts = [json.dumps(value, sort_keys=True) for value in values]
        self.demand(len(set(texts)) == len(texts), f"{where}: not unique")

    def message(self, value, where):
        if not self.members(value, where, "text"):
            return
        text = value["text"]
        self.demand(isinstance(text, str) and text, f"{where}: an empty message")
        self.demand(not PLACEHOLDER.search(text), f"{where}: a placeholder: {text}")
        self.demand(not LINK.search(text), f"{where}: a link: {text}")

    def artifact(self, value, where):  # [3.4]
        if not self.members(value, where, "uri"):
            return
        uri = value["uri"]
        self.demand(URI.fullmatch(uri), f"{where}: no URI: {uri}")
        if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", uri):
            self.demand(uri.startswith("file:///"), f"{where}: another scheme: {uri}")
            self.demand("uriBaseId" not in value, f"{where}: a base of an absolute URI")
        else:
            self.demand(not uri.startswith("/"), f"{where}: neither absolute nor relative: {uri}")

    def location(self, value, where):  # [3.28]
        logical = value.get("logicalLocations", [])
        self.demand("physicalLocation" in value or logical, f"{where}: no place at all")
        self.unique(logical, f"{where}: logicalLocations")
        for each in logical:
            self.members(each, f"{where}: logicalLocations", "fullyQualifiedName")
        if "physicalLocation" in value:
            physical = value["physicalLocation"]
            if self.members(physical, where, "artifactLocation"):
                self.artifact(physical["artifactLocation"], where)
            if "region" in physical:  # [3.30]
                line = physical["region"].get("startLine")
                self.demand(isinstance(line, int) and line >= 1, f"{where}: line {line}")

    def stacks(self, stacks, where):  # [3.44]
        self.unique(stacks, f"{where}: stacks")
        for stack in stacks:
            if not self.members(stack, f"{where}: stack", "frames", "message"):
                continue
            self.message(stack["message"], f"{where}: stack")
            for frame in stack["frames"]:
                if "location" in frame:
                    self.location(frame["location"], f"{where}: frame")

    def graph(self, graph, where):  # [3.39] to [3.41]
        ids = [node.get("id") for node in graph["nodes"]]
        self.demand(None not in ids and len(set(ids)) == len(ids), f"{where}: ids of nodes")
        edges = [edge.get("id") for edge in graph["edges"]]
        self.demand(None not in edges and len(set(edges)) == len(edges), f"{where}: ids of edges")
        for edge in graph["edges"]:
            self.demand({edge.get("sourceNodeId"), edge.get("targetNodeId")} <= set(ids),
                        f"{where}: an edge without its node")
        for each in [*graph["nodes"], *graph["edges"]]:
            self.message(each.get("label"), f"{where}: label")

    def result(self, result, rules, where):  # [3.27]
        if not self.members(result, where, "ruleId", "ruleIndex", "level", "message", "locations",
                            "partialFingerprints"):
            return
        index = result["ruleIndex"]
        if self.demand(0 <= index < len(rules), f"{where}: ruleIndex {index}"):
            self.demand(rules[index]["id"] == result["ruleId"], f"{where}: another rule's index")
        self.demand(result["level"] in LEVELS, f"{where}: level {result['level']}")
        self.demand(result.get("baselineState", "new") in STATES, f"{where}: baselineState")
        self.demand(result.get("occurrenceCount", 1) >= 1, f"{where}: occurrenceCount")
        self.demand(all(isinstance(each, str) for each in result["partialFingerprints"].values()),
                    f"{where}: a fingerprint that is no text")
        self.message(result["message"], where)
        self.demand(result["locations"], f"{where}: no location")
        related = result.get("relatedLocations", [])
        for location in [*result["locations"], *related]:
            self.location(location, where)
        ids = [location.get("id") for location in related]
        self.demand(len(set(ids)) == len(ids), f"{where}: ids of locations")
        self.stacks(result.get("stacks", []), where)
        for graph in result.get("graphs", []):
            self.graph(graph, where)
        for each in result.get("suppressions", []):  # [3.35.2]
            self.demand(each.get("kind") in {"inSource", "external"}, f"{where}: suppression")

    def rules(self, rules):  # [3.49]
        ids = [rule.get("id") for rule in rules]
        self.demand(len(set(ids)) == len(ids), "rules: one twice")
        for rule in rules:
            where = f"rule {rule.get('id')}"
            self.members(rule, where, "id", "name", "defaultConfiguration")
            for text in ("shortDescription", "fullDescription", "help"):
                self.message(rule.get(text), f"{where}: {text}")
            self.demand(rule.get("defaultConfiguration", {}).get("level") in LEVELS, where)

    def invocation(self, invocation):  # [3.20], [3.58]
        self.demand(isinstance(invocation.get("executionSuccessful"), bool), "executionSuccessful")
        for each in invocation.get("toolExecutionNotifications", []):
            self.message(each.get("message"), "notification")
            self.demand(each.get("level") in LEVELS, "notification: level")
            self.demand(each.get("descriptor", {}).get("id"), "notification: descriptor")

    def run(self, run):  # [3.14]
        if not self.members(run, "run", "tool", "invocations", "results"):
            return
        driver = run["tool"].get("driver", {})
        if not self.members(driver, "driver", "name", "rules"):
            return
        self.rules(driver["rules"])
        self.demand(len(run["invocations"]) == 1, "invocations: not one")
        for invocation in run["invocations"]:
            self.invocation(invocation)
        for number, result in enumerate(run["results"]):
            self.result(result, driver["rules"], f"result {number}")
        for member in ("baselineState", "suppressions"):  # [3.27.23], [3.27.24]
            having = sum(member in result for result in run["results"])
            self.demand(having in (0, len(run["results"])), f"{member}: in some results only")
        self.demand(run.get("columnKind") in {"utf16CodeUnits", "unicodeCodePoints"}, "columnKind")

    def log(self, log):  # [3.13]
        if self.members(log, "log", "$schema", "version", "runs"):
            self.demand(log["version"] == "2.1.0", "another version")
            self.demand(len(log["runs"]) == 1, "runs: not one")
            for run in log["runs"]:
                self.run(run)
        return self.faults


def spoilt(log):
    """Logs that the standard refuses, by what is wrong with them."""
    def changed(change):
        made = copy.deepcopy(log)
        run = made["runs"][0]
        change(run, run["results"][0])
        return made

    def place(result):
        return result["locations"][0]["physicalLocation"]

    yield "no driver", changed(lambda run, _: run["tool"].pop("driver"))
    yield "a rule twice", changed(
        lambda run, _: run["tool"]["driver"]["rules"].append(run["tool"]["driver"]["rules"][0]))
    yield "an index out of range", changed(lambda _, result: result.update(ruleIndex=99))
    yield "another rule's index", changed(
        lambda _, result: result.update(ruleIndex=(result["ruleIndex"] + 1) % 8))
    yield "an unknown level", changed(lambda _, result: result.update(level="fatal"))
    yield "a space in a URI", changed(
        lambda _, result: place(result)["artifactLocation"].update(uri="file:///a b"))
    yield "half an escape", changed(
        lambda _, result: place(result)["artifactLocation"].update(uri="file:///a%2"))
    yield "line 0", changed(lambda _, result: place(result).update(region={"startLine": 0}))
    yield "a message with a placeholder", changed(
        lambda _, result: result.update(message={"text": "{0} is lost"}))
    yield "a message with a link", changed(
        lambda _, result: result.update(message={"text": "[here](https://example.com)"}))
    yield "no message", changed(lambda _, result: result.pop("message"))
    yield "no location", changed(lambda _, result: result.update(locations=[]))
    yield "a state in one result only", changed(
        lambda run, result: (run["results"].append(copy.deepcopy(result)),
                             run["results"][-1].pop("baselineState", None),
                             result.update(baselineState="new")))
    yield "an edge to nowhere", changed(lambda _, result: result.update(
        graphs=[{"nodes": [], "edges": [{"id": "e", "sourceNodeId": "a", "targetNodeId": "b",
                                         "label": {"text": "x"}}]}]))
    yield "no word on success", changed(
        lambda run, _: run["invocations"][0].pop("executionSuccessful"))


def main():
    failures = 0
    paths = sorted(Path(sys.argv[1]).glob("*.sarif"))
    for path in paths:
        log = json.loads(path.read_text())
        for fault in Checker().log(log):
            print(f"{path.name}: {fault}")
            failures += 1
        for what, made in spoilt(log) if log["runs"][0]["results"] else ():
            if not Checker().log(made):
                print(f"{path.name}: the check admits a log with {what}")
                failures += 1
    if not paths:
        print("no golden SARIF log")
        failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
