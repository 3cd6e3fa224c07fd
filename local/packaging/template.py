"""What Chalice's template lacks, made for each function and queue that app.py declares, so that none is forgotten.

What there is one of (database, proxy, secrets, alarms) stands in .chalice/resources.json; `Metadata.StageDefaults` there
gives the parameters' defaults of each stage.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from local.packaging import PackagingFailed
from local.packaging.build import Config
from local.packaging.gateway_responses import gateway_responses

Json = dict[str, Any]

KEPT_DEAD = 14 * 24 * 3600
"""Seconds that SQS keeps a message which could not be worked on: its longest."""
MAX_PATHS = 300
"""API Gateway's quota of resources in one REST API. It can be raised by asking AWS for it."""

API_DATABASE = {"HOLDFAST_API_DATABASE_URL": {"Fn::Sub": "secretsmanager:${ApiDatabaseSecret}"}}
JOBS_DATABASE = {"HOLDFAST_JOBS_DATABASE_URL": {"Fn::Sub": "secretsmanager:${JobsDatabaseSecret}"}}
OWNER_DATABASE = {"HOLDFAST_OWNER_DATABASE_URL": {"Fn::Sub": "secretsmanager:${OwnerDatabaseSecret}"}}
TOKEN_KEYS = {"HOLDFAST_TOKEN_KEYS": {"Fn::Sub": "secretsmanager:${TokenKeysSecret}"}}


def _source_key(setting: str, condition: str, parameter: str) -> Json:
    named = {"Fn::Sub": f"secretsmanager:${{{parameter}}}"}
    return {setting: {"Fn::If": [condition, named, {"Ref": "AWS::NoValue"}]}}


SOURCE_KEYS = {
    **_source_key("HOLDFAST_COINGECKO_KEY", "HasCoingeckoKey", "CoingeckoKeySecretArn"),
    **_source_key("HOLDFAST_ALPACA_KEY_ID", "HasAlpacaKeyId", "AlpacaKeyIdSecretArn"),
    **_source_key("HOLDFAST_ALPACA_SECRET_KEY", "HasAlpacaSecretKey", "AlpacaSecretKeySecretArn"),
    **_source_key(
        "HOLDFAST_OPENEXCHANGERATES_APP_ID", "HasOpenExchangeRatesAppId", "OpenExchangeRatesAppIdSecretArn"
    ),
}
CALLER = {
    "HOLDFAST_EDGAR_USER_AGENT": {
        "Fn::If": ["HasEdgarUserAgent", {"Ref": "EdgarUserAgent"}, {"Ref": "AWS::NoValue"}]
    }
}
TOLD: dict[str, Json] = {
    "policy-api.json": {**API_DATABASE, **TOKEN_KEYS},
    "policy-jobs.json": {**JOBS_DATABASE, **SOURCE_KEYS},
    "policy-backfill.json": {**JOBS_DATABASE, **SOURCE_KEYS},
    "policy-scrape.json": {**JOBS_DATABASE, **CALLER},
    "policy-migrate.json": {**OWNER_DATABASE, **API_DATABASE, **JOBS_DATABASE},
}
"""What a function is told of, by its policy, which has to let it read the secrets among it."""


class QueueLimits(NamedTuple):
    """What the template has to know of a queue in chalicelib.core.queue."""

    name: str
    visibility_seconds: int
    max_receives: int


def complete(template: Json, stage: str, version: str, config: Config, queues: Iterable[QueueLimits]) -> Json:
    """Chalice's template merged with .chalice/resources.json, made whole."""
    _default_parameters(template, stage)
    resources: Json = template["Resources"]
    queues = list(queues)
    for queue in queues:
        resources |= _queue_resources(queue, config.environment["HOLDFAST_QUEUE_PREFIX"])
    for logical, function in list(resources.items()):
        if function["Type"] == "AWS::Serverless::Function":
            name = function_name(logical)
            _complete_function(function["Properties"], logical, config.policy_file(name), version)
            _complete_events(function, queues)
            resources |= _log_group(logical, name)
            if name != "api_handler":
                resources |= _errors_alarm(logical, name)
    _complete_api(resources["RestAPI"]["Properties"], stage, config.environment.get("HOLDFAST_CORS_ORIGIN"))
    return template


def function_name(logical: str) -> str:
    """The name in app.py of a function's logical name: EveryMinute is every_minute, APIHandler api_handler."""
    if logical == "APIHandler":
        return "api_handler"
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in logical).lstrip("_")


def _default_parameters(template: Json, stage: str) -> None:
    defaults = template.pop("Metadata")["StageDefaults"]
    if stage not in defaults:
        raise PackagingFailed(
            f"Metadata.StageDefaults in .chalice/resources.json has no stage {stage}: add one."
        )
    parameters = template["Parameters"]
    for name, value in {**defaults[stage], "Stage": stage}.items():
        parameters[name]["Default"] = value
    parameters["Stage"]["AllowedValues"] = [stage]


def _complete_function(properties: Json, logical: str, policy_file: str, version: str) -> None:
    if policy_file not in TOLD:
        raise PackagingFailed(
            f"local/packaging/template.py does not say which secrets {policy_file} goes with: see TOLD."
        )
    group = "MigrateSecurityGroup" if policy_file == "policy-migrate.json" else "FunctionSecurityGroup"
    properties["VpcConfig"] = {
        "SubnetIds": {"Ref": "SubnetIds"},
        "SecurityGroupIds": [{"Fn::GetAtt": [group, "GroupId"]}],
    }
    properties["LoggingConfig"] = {"LogGroup": {"Ref": f"{logical}Logs"}}
    properties.setdefault("Environment", {}).setdefault("Variables", {}).update(
        {
            "HOLDFAST_VERSION": version,
            "HOLDFAST_AWS_REGION": {"Ref": "AWS::Region"},
            "HOLDFAST_DATABASE_HOST": {"Fn::GetAtt": ["DatabaseProxy", "Endpoint"]},
            **TOLD[policy_file],
        }
    )


def _complete_events(function: Json, queues: list[QueueLimits]) -> None:
    """Partial batch responses for queues; no second try for schedules, whose next run makes up for a failed one."""
    for event in function["Properties"].get("Events", {}).values():
        properties = event["Properties"]
        if event["Type"] == "SQS":
            asked = properties["Queue"]["Fn::Sub"].rpartition(":")[2]
            queue = next((queue for queue in queues if asked.endswith(f"-{queue.name}")), None)
            if queue is None:
                raise PackagingFailed(
                    f"app.py listens to a queue {asked} that chalicelib.core.queue.QUEUES does not have."
                )
            properties["Queue"] = {"Fn::GetAtt": [_logical(queue.name), "Arn"]}
            properties["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
            properties["ScalingConfig"] = {
                "MaximumConcurrency": {"Ref": _logical(queue.name).removesuffix("Queue") + "Workers"}
            }
            timeout = function["Properties"]["Timeout"]
            if queue.visibility_seconds < 6 * timeout:
                raise PackagingFailed(
                    f"Queue {queue.name} shows its messages again after {queue.visibility_seconds} s: "
                    f"that has to be six times its function's {timeout} s."
                )
        elif event["Type"] == "Schedule":
            properties["State"] = {"Ref": "Schedules"}
            function["Properties"]["EventInvokeConfig"] = {
                "MaximumRetryAttempts": 0,
                "MaximumEventAgeInSeconds": 300,
            }


def _queue_resources(queue: QueueLimits, prefix: str) -> Json:
    logical = _logical(queue.name)
    dead = f"{logical}DeadLetters"
    kept = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    return {
        logical: {
            "Type": "AWS::SQS::Queue",
            **kept,
            "Properties": {
                "QueueName": f"{prefix}{queue.name}",
                "VisibilityTimeout": queue.visibility_seconds,
                "MessageRetentionPeriod": KEPT_DEAD,
                "SqsManagedSseEnabled": True,
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": [dead, "Arn"]},
                    "maxReceiveCount": queue.max_receives,
                },
            },
        },
        dead: {
            "Type": "AWS::SQS::Queue",
            **kept,
            "Properties": {
                "QueueName": f"{prefix}{queue.name}-dead",
                "MessageRetentionPeriod": KEPT_DEAD,
                "SqsManagedSseEnabled": True,
            },
        },
        f"{dead}Alarm": _alarm(
            f"Messages of the queue {queue.name} could not be worked on and lie in its dead-letter queue.",
            "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", {"QueueName": {"Fn::GetAtt": [dead, "QueueName"]}},
        ),
        f"{logical}AgeAlarm": _alarm(
            f"The oldest message of the queue {queue.name} has waited for over six hours.",
            "AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", {"QueueName": {"Fn::GetAtt": [logical, "QueueName"]}},
            threshold=6 * 3600,
        ),
    }  # fmt: skip


def _log_group(logical: str, name: str) -> Json:
    """Made before the function: one that Lambda made at a first run would be in the way, and keep its logs for ever."""
    return {
        f"{logical}Logs": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/holdfast/${{Stage}}/{name}"},
                "RetentionInDays": {"Ref": "LogRetentionDays"},
            },
        }
    }


def _errors_alarm(logical: str, name: str) -> Json:
    words = f"The function {name} failed: see its log group /holdfast/<stage>/{name}."
    return {
        f"{logical}ErrorsAlarm": _alarm(
            words, "AWS/Lambda", "Errors", "Sum", {"FunctionName": {"Ref": logical}}
        )
    }


def _alarm(
    words: str, namespace: str, metric: str, statistic: str, dimensions: Json, threshold: int = 0
) -> Json:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmDescription": words,
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            "Statistic": statistic,
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
        },
    }


def _complete_api(properties: Json, stage: str, cors_origin: str | None) -> None:
    definition = properties["DefinitionBody"]
    # The name in metrics too, which has to tell the stages of one account apart.
    definition["info"]["title"] = f"holdfast-{stage}"
    definition["x-amazon-apigateway-gateway-responses"] = gateway_responses(cors_origin)
    paths = {""}
    for path in definition["paths"]:
        parts = path.strip("/").split("/")
        paths |= {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
    if len(paths) > MAX_PATHS:
        raise PackagingFailed(
            f"The API has {len(paths)} path parts; API Gateway allows {MAX_PATHS} in one REST API unless AWS has raised "
            'the quota "Resources per API". Raise MAX_PATHS in local/packaging/template.py once it has.'
        )


def _logical(queue_name: str) -> str:
    return "".join(part.capitalize() for part in queue_name.replace("_", "-").split("-")) + "Queue"
