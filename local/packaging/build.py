"""Lets Chalice package a copy of the project: its template, and the archive with everything in its place."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from local.packaging import PackagingFailed

CHALICE = "import sys; from chalice.cli import main; sys.exit(main())"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".DS_Store")


class Config:
    """What .chalice/config.json says about one stage."""

    def __init__(self, root: Path, stage: str) -> None:
        self.whole: dict[str, Any] = json.loads(
            (root / ".chalice" / "config.json").read_text(encoding="utf-8")
        )
        stages = self.whole["stages"]
        if stage not in stages:
            raise PackagingFailed(
                f"There is no stage {stage} in .chalice/config.json. There are: {', '.join(stages)}."
            )
        self.stage: dict[str, Any] = stages[stage]

    @property
    def architecture(self) -> str:
        return str(self.stage.get("lambda_architecture", self.whole.get("lambda_architecture", "x86_64")))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that every function of the stage gets."""
        return {**self.whole.get("environment_variables", {}), **self.stage.get("environment_variables", {})}

    def policy_file(self, function: str) -> str:
        """The name of the function's policy: it also says which secrets it is told of."""
        for functions in (self.stage.get("lambda_functions", {}), self.whole.get("lambda_functions", {})):
            if name := functions.get(function, {}).get("iam_policy_file"):
                return str(name)
        raise PackagingFailed(
            f"app.py has a function {function} without an iam_policy_file under lambda_functions in .chalice/config.json: "
            "give it one, with its time limit and memory."
        )


def copy_project(root: Path, libraries: Path, project: Path) -> None:
    """The project as Chalice is to see it: libraries and vendor/ at the archive's root, nothing left to download."""
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    shutil.copy(root / "app.py", project)
    shutil.copytree(root / "chalicelib", project / "chalicelib", ignore=LEFT_OUT)
    shutil.copytree(
        root / ".chalice", project / ".chalice", ignore=shutil.ignore_patterns("deployments", "deployed")
    )
    shutil.copytree(libraries, project / "vendor", symlinks=True)
    for item in (root / "vendor").iterdir():
        if item.is_dir():  # follows links: vendor/sql is one
            shutil.copytree(item, project / "vendor" / item.name, ignore=LEFT_OUT)
    if not (project / "vendor" / "sql" / "bootstrap.sql").is_file():
        raise PackagingFailed(
            "vendor/sql is missing: it is a symbolic link to ../sql. Restore it: git checkout vendor/sql"
        )
    (project / "requirements.txt").write_text("", encoding="utf-8")


def run_chalice(project: Path, stage: str, config: Config, out: Path) -> tuple[dict[str, Any], Path]:
    """The template merged with .chalice/resources.json, and the archive, both Chalice's."""
    shutil.rmtree(out, ignore_errors=True)
    # What code reads while it is imported (the queue's name, CORS) has to be what it will be on Lambda.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "AWS_"))}
    env |= config.environment | {
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "eu-central-1"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    env.pop("PYTHONPATH", None)  # or the working tree could be imported in place of the copy
    result = subprocess.run(
        [
            sys.executable, "-c", CHALICE, "--project-dir", str(project), "package", "--stage", stage,
            "--template-format", "json", "--merge-template", str(project / ".chalice" / "resources.json"), str(out),
        ],
        cwd=project, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0 or "Could not install dependencies" in result.stdout + result.stderr:
        raise PackagingFailed(
            f"Chalice could not package the project:\n{(result.stdout + result.stderr)[-3000:]}"
        )
    return json.loads((out / "sam.json").read_text(encoding="utf-8")), out / "deployment.zip"
