"""Makes what is deployed, and checks it: build/<stage>/deployment.zip and build/<stage>/sam.json.

    python -m local.package --stage prod

Needs the package index once per change of requirements.txt, and no AWS account. docs/deployment.md goes on from here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.core.queue import QUEUES
from local.packaging import PackagingFailed, archive, build, checks, isolated, template, wheels

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Package:
    """What was made. `unpacked` is the archive's content, `runtime` a stand-in of what Lambda brings."""

    archive: Path
    template: Path
    unpacked: Path
    runtime: Path
    target: wheels.Target
    version: str


def main(stage: str, out: Path | None = None, *, say: Callable[[str], None] = print) -> Package:
    """Packages the stage into `out` (build/<stage> unless given). Raises PackagingFailed with what to do about it."""
    place = (out or ROOT / "build" / stage).resolve()
    config = build.Config(ROOT, stage)
    target = wheels.target(config.architecture)
    place.mkdir(parents=True, exist_ok=True)
    libraries = wheels.fetch(ROOT / "requirements.txt", target, ROOT / "build" / "cache", say)

    say(f"project: packaging stage {stage} …")
    work = place / "work"
    build.copy_project(ROOT, libraries, work / "project")
    content, zipped = build.run_chalice(work / "project", stage, config, work / "chalice")

    unpacked = place / "unpacked"
    archive.unpack(zipped, unpacked)
    archive.trim(unpacked)
    archive.compile_all(unpacked)
    made = Package(
        place / "deployment.zip",
        place / "sam.json",
        unpacked,
        isolated.runtime(place / "runtime"),
        target,
        _version(),
    )
    archive.pack(unpacked, made.archive)
    queues = [template.QueueLimits(q.name, q.visibility_seconds, q.max_receives) for q in QUEUES.values()]
    _write_template(template.complete(content, stage, made.version, config, queues), made)
    shutil.rmtree(work)

    parts = archive.sizes(unpacked)
    say(f"archive: {made.archive.stat().st_size / 1e6:.1f} MB zipped")
    say("\n".join(archive.table(parts)))
    _check(made, parts, config.environment, say)
    say(_next_steps(stage, made))
    return made


def _check(
    made: Package, parts: dict[str, int], environment: dict[str, str], say: Callable[[str], None]
) -> None:
    checks.size(parts)
    if checks.runs_here(made.target):
        handlers = checks.handlers(json.loads(made.template.read_text(encoding="utf-8")))
        checks.starts(made.unpacked, made.runtime, handlers, environment)
        say("check: starts from the archive alone, every library loads")
    else:
        say(f"check left out: this machine cannot run what is made for Linux on {made.target.architecture}")
    checks.lint(made.template)
    say("check: cfn-lint finds nothing")


def _write_template(content: dict[str, Any], made: Package) -> None:
    # relative to the template, which is how `aws cloudformation package` reads it: the folder may be moved
    for resource in content["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "./deployment.zip"
    made.template.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _version() -> str:
    """The commit, where there is one; else a digest of the code: what /health shows."""
    git = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    if git.returncode == 0 and git.stdout.strip():
        return git.stdout.strip()
    digest = hashlib.sha256()
    for path in sorted(
        [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "sql").rglob("*.sql")]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _next_steps(stage: str, made: Package) -> str:
    return f"""
Made for {made.target.runtime} on {made.target.architecture}, version {made.version}:
  {made.archive}
  {made.template}

Next (docs/deployment.md explains each step and parameter):
  aws cloudformation package --template-file {made.template} --s3-bucket YOUR-BUCKET \\
      --output-template-file {made.template.with_name("deploy.yaml")}
  aws cloudformation deploy --stack-name holdfast-{stage} --template-file {made.template.with_name("deploy.yaml")} \\
      --s3-bucket YOUR-BUCKET --capabilities CAPABILITY_IAM --parameter-overrides VpcId=… SubnetIds=…,…"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m local.package", description="Make what is deployed, and check it."
    )
    parser.add_argument("--stage", default="dev", help="which stage of .chalice/config.json (dev)")
    parser.add_argument("--out", type=Path, help="where to (build/<stage>)")
    given = parser.parse_args()
    try:
        main(given.stage, given.out)
    except PackagingFailed as failed:
        sys.exit(f"package: {failed}")
