"""The bill of materials of the program: every package whose code is linked into it, as CycloneDX 1.6.

`infra/build` makes it, out of what the compiler reports to have compiled for Lambda; what runs only while it is built (macros,
build scripts) is not in it. It holds no time and no random number: the same program has the same bill.

    infra/sbom.py FILE...       checks bills: the schema of CycloneDX, and that each package has its licence, digest and address
    infra/sbom.py --self-test   plants faults in a bill and fails unless each is found

Checking needs `cyclonedx-python-lib[json-validation]` (infra/requirements.txt); making needs nothing but cargo.
"""
import argparse
import copy
import json
import pathlib
import re
import subprocess
import sys
import tomllib
import uuid

SPEC = "1.6"
# Of which bills' serial numbers are derived: the same content, the same number.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://cyclonedx.org/dayzero")


class Differs(Exception):
    """What was compiled is not what cargo says that the program depends on."""


def run(*command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise Differs(f"{' '.join(command[:2])} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def make(repository, target, linked):
    """The bill of the program for one target, of the packages (cargo's ids) that were compiled for it."""
    metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1", "--no-default-features",
                              "--filter-platform", target, folder=repository))
    packages = {package["id"]: package for package in metadata["packages"] if package["id"] in linked}
    compare(packages, repository, target)
    root = packages.pop(metadata["resolve"]["root"])
    digests = checksums(repository)
    bill = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC,
        "version": 1,
        "metadata": {
            "component": {**component(root, {}), "type": "application"},
            "properties": [{"name": "cargo:target", "value": target}, {"name": "cargo:features", "value": "none"}],
        },
        "components": sorted([component(package, digests) for package in packages.values()] + [standard_library(repository)],
                             key=lambda part: part["bom-ref"]),
        "dependencies": edges(metadata["resolve"]["nodes"], {root["id"]: root, **packages}),
    }
    content = json.dumps(bill, sort_keys=True)
    return {**bill, "serialNumber": f"urn:uuid:{uuid.uuid5(NAMESPACE, content)}"}


def compare(packages, repository, target):
    """Cargo's tree of what is linked and what was compiled are two sources; a bill that only one of them knows is not exact."""
    tree = run("cargo", "tree", "--locked", "--no-default-features", "--edges", "normal,no-proc-macro", "--target", target,
               "--prefix", "none", "--format", "{p}", folder=repository)
    depended_on = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    compiled = {(package["name"], f"v{package['version']}") for package in packages.values()}
    if depended_on != compiled:
        listed = ", ".join(" ".join(name) for name in sorted(depended_on ^ compiled))
        raise Differs(f"the bill of materials is not exact: compiled or depended on, and not both: {listed}")


def checksums(repository):
    """The digest of each package's archive, as the lock file pins it."""
    lock = tomllib.loads((repository / "Cargo.lock").read_text())
    return {(package["name"], package["version"]): package["checksum"] for package in lock["package"] if "checksum" in package}


def address(package):
    return f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}"


def component(package, digests):
    part = {
        "type": "library",
        "bom-ref": address(package),
        "name": package["name"],
        "version": package["version"],
        "purl": address(package),
        # Before SPDX had expressions, a slash meant "or".
        "licenses": [{"expression": re.sub(r"\s*/\s*", " OR ", package["license"] or "")}],
    }
    digest = digests.get((package["name"], package["version"]))
    if digest is not None:
        part["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if package["repository"]:
        part["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return part


def standard_library(repository):
    """Rust's own library comes with the compiler and not from a registry."""
    version = run("rustc", "--version", folder=repository).split()[1]
    purl = f"pkg:github/rust-lang/rust@{version}"
    return {"type": "library", "bom-ref": purl, "name": "std", "version": version, "purl": purl,
            "licenses": [{"expression": "Apache-2.0 OR MIT"}]}


def edges(nodes, packages):
    """Who uses whom, among what is linked."""
    found = []
    for node in nodes:
        if node["id"] not in packages:
            continue
        used = {dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])}
        found.append({"ref": address(packages[node["id"]]),
                      "dependsOn": sorted(address(packages[name]) for name in used if name in packages)})
    return sorted(found, key=lambda edge: edge["ref"])


def faults_of(text):
    """What is wrong with a bill, in sentences."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        return [f"it is not CycloneDX {SPEC}: {problem.data.message[:200]}"]
    bill, faults = json.loads(text), []
    known = {bill["metadata"]["component"]["bom-ref"], *(part["bom-ref"] for part in bill["components"])}
    for part in bill["components"]:
        if not part.get("licenses"):
            faults.append(f"{part['name']} has no licence")
        if not part.get("purl"):
            faults.append(f"{part['name']} has no address")
        if part.get("purl", "").startswith("pkg:cargo/") and not part.get("hashes"):
            faults.append(f"{part['name']} has no digest")
    used = {name for edge in bill["dependencies"] for name in edge["dependsOn"]}
    faults.extend(f"{name} is used and not listed" for name in sorted(used - known))
    without = {part["bom-ref"] for part in bill["components"] if part["purl"].startswith("pkg:cargo/")} - used
    faults.extend(f"{name} is listed and nothing uses it" for name in sorted(without))
    return faults


def self_test():
    """A bill of two packages, and what each planted fault has to be found as."""
    def part(name):
        purl = f"pkg:cargo/{name}@1.0.0"
        return {"type": "library", "bom-ref": purl, "name": name, "version": "1.0.0", "purl": purl,
                "licenses": [{"expression": "MIT"}], "hashes": [{"alg": "SHA-256", "content": "0" * 64}]}

    whole = {"bomFormat": "CycloneDX", "specVersion": SPEC, "version": 1, "metadata": {"component": part("program")},
             "components": [part("one"), part("two")],
             "dependencies": [{"ref": part("program")["purl"], "dependsOn": [part("one")["purl"], part("two")["purl"]]}]}

    def planted(plant):
        bill = copy.deepcopy(whole)
        plant(bill)
        return faults_of(json.dumps(bill))

    rows = [
        ("nothing", lambda bill: None, []),
        ("no licence", lambda bill: bill["components"][0].pop("licenses"), ["one has no licence"]),
        ("no digest", lambda bill: bill["components"][1].pop("hashes"), ["two has no digest"]),
        ("a part left out", lambda bill: bill["components"].pop(), ["pkg:cargo/two@1.0.0 is used and not listed"]),
        ("a part too many", lambda bill: bill["dependencies"][0]["dependsOn"].pop(), ["pkg:cargo/two@1.0.0 is listed and nothing uses it"]),
        ("no name", lambda bill: bill["components"][0].pop("name"), ["it is not CycloneDX"]),
        ("half a digest", lambda bill: bill["components"][0]["hashes"][0].update(content="00"), ["it is not CycloneDX"]),
    ]
    for what, plant, expected in rows:
        found = planted(plant)
        if len(found) != len(expected) or not all(one.startswith(other) for one, other in zip(found, expected)):
            raise SystemExit(f"infra/sbom.py: {what}: found {found}, expected {expected}")
    print(f"{len(rows) - 1} planted faults were found")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        self_test()
    elif not args.files:
        parser.error("name at least one bill, or --self-test")
    failed = False
    for path in args.files:
        text = path.read_text()
        faults = faults_of(text)
        failed |= bool(faults)
        for fault in faults:
            print(f"{path}: {fault}", file=sys.stderr)
        if not faults:
            print(f"{path}: {len(json.loads(text)['components'])} components, each with its licence and address")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
