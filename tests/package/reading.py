"""Finding one's way in the merged template."""

from __future__ import annotations

import json
import re
from typing import Any

Json = dict[str, Any]


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """Properties of the resources of one type, by logical name."""
    return {name: it["Properties"] for name, it in template["Resources"].items() if it["Type"] == kind}


def functions(template: Json) -> dict[str, Json]:
    return of_type(template, "AWS::Serverless::Function")


def statements(template: Json, function: Json) -> list[Json]:
    role = template["Resources"][function["Role"]["Fn::GetAtt"][0]]["Properties"]
    return [part for policy in role["Policies"] for part in policy["PolicyDocument"]["Statement"]]


def readable_secrets(template: Json, function: Json) -> set[str]:
    """What the function's policy lets it read."""
    found = set()
    for statement in statements(template, function):
        if statement["Effect"] == "Allow" and "secretsmanager:GetSecretValue" in statement["Action"]:
            found |= set(re.findall(r'"Ref": "(?!AWS::)(\w+)"', json.dumps(statement["Resource"])))
    return found


def named_secrets(function: Json) -> set[str]:
    """What the function's settings name."""
    return set(re.findall(r"secretsmanager:\$\{(\w+)\}", json.dumps(function["Environment"])))
