"""What CloudFormation is told to make: everything that app.py declares, and nothing that fails unnoticed."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from chalicelib.core import queue as queues
from local import package as packaging
from local.packaging import PackagingFailed, build, checks
from local.packaging.gateway_responses import gateway_responses
from local.packaging.template import QueueLimits, complete, function_name
from tests.package.reading import Json, functions, of_type

ROOT = Path(__file__).resolve().parents[2]


def test_cloudformation_would_take_it(package: packaging.Package) -> None:
    checks.lint(package.template)


def test_a_template_that_is_wrong_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(
        json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Nonsense": 1}}}})
    )
    with pytest.raises(PackagingFailed, match="Nonsense"):
        checks.lint(wrong)


def test_each_function_of_the_app_is_there_with_settings_of_its_own(template: Json) -> None:
    from app import app

    named = {function_name(logical) for logical in functions(template)}
    assert named == {source.name for source in app.pure_lambda_functions} | {
        source.name for source in app.event_sources
    } | {"api_handler"}
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    assert set(config["lambda_functions"]) == named, (
        "config.json speaks of the functions in app.py and of no others"
    )


def test_time_limits(template: Json) -> None:
    limits = {function_name(logical): it["Timeout"] for logical, it in functions(template).items()}
    assert limits["api_handler"] == 29, "API Gateway gives up then"
    assert limits["backfill"] * 6 == queues.BACKFILL.visibility_seconds
    assert {limits[name] for name in limits if name.startswith("every_")} == {900}
    assert limits["migrate"] == 900


def test_logs_of_each_function_end_some_day(template: Json) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert all(group["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())
    for function in functions(template).values():
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups


def test_each_queue_has_a_dead_letter_queue_and_an_alarm_on_it(template: Json) -> None:
    made = {it["QueueName"]: it for it in of_type(template, "AWS::SQS::Queue").values()}
    assert set(made) == {f"holdfast-dev-{name}{end}" for name in queues.QUEUES for end in ("", "-dead")}
    for queue in queues.QUEUES.values():
        whole = made[f"holdfast-dev-{queue.name}"]
        assert whole["VisibilityTimeout"] == queue.visibility_seconds
        assert whole["RedrivePolicy"]["maxReceiveCount"] == queue.max_receives == 5
        dead = whole["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert template["Resources"][dead]["Properties"]["QueueName"] == f"holdfast-dev-{queue.name}-dead"
        assert template["Resources"][dead]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
        alarm = template["Resources"][f"{dead}Alarm"]["Properties"]
        assert alarm["Dimensions"][0]["Value"] == {"Fn::GetAtt": [dead, "QueueName"]}
    assert all(it["SqsManagedSseEnabled"] for it in made.values())


def test_messages_fail_alone_and_schedules_are_not_tried_twice(template: Json) -> None:
    for function in functions(template).values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
                workers = event["Properties"]["ScalingConfig"]["MaximumConcurrency"]["Ref"]
                assert (
                    workers == event["Properties"]["Queue"]["Fn::GetAtt"][0].removesuffix("Queue") + "Workers"
                )
                assert workers in template["Parameters"]
            else:
                assert event["Properties"]["State"] == {"Ref": "Schedules"}
                assert function["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_what_works_off_a_queue_takes_no_more_of_the_accounts_concurrency_than_is_set_aside_for_it() -> None:
    """A queue that starts more than are reserved is throttled, and its messages end up as dead letters."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    prod = config["stages"]["prod"]["lambda_functions"]
    resources = json.loads((ROOT / ".chalice" / "resources.json").read_text(encoding="utf-8"))
    defaults = resources["Metadata"]["StageDefaults"]["prod"]
    for queue in queues.QUEUES.values():
        assert prod[queue.name]["reserved_concurrency"] >= defaults[f"{queue.name.capitalize()}Workers"]


def test_alarms(template: Json) -> None:
    alarms = of_type(template, "AWS::CloudWatch::Alarm")
    text = json.dumps(alarms)
    for metric in (
        "JobFailures",
        "DefaultPartitionRows",
        "5XXError",
        "ACUUtilization",
        "CPUUtilization",
        "Errors",
    ):
        assert metric in text
    assert {f"{name}ErrorsAlarm" for name in functions(template) if name != "APIHandler"} <= set(alarms)
    assert all(it["AlarmActions"] == [{"Ref": "AlarmTopic"}] for it in alarms.values())
    assert all(it["AlarmDescription"].endswith(".") for it in alarms.values())


def test_alarms_on_our_metrics_ask_for_the_dimensions_that_are_written(
    template: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.core import log

    lines: list[Json] = []
    monkeypatch.setattr(log, "write", lines.append)
    log.metric("JobFailures", 1, Job="x")
    log.metric("DefaultPartitionRows", 1, Partition="x")
    for line in lines:
        [written] = line["_aws"]["CloudWatchMetrics"]
        [dimensions] = written["Dimensions"]
        schema = ", ".join([json.dumps(written["Namespace"]), *dimensions])
        [metric] = written["Metrics"]
        [asked] = template["Resources"][f"{metric['Name']}Alarm"]["Properties"]["Metrics"]
        assert f"({metric['Name']}) FROM SCHEMA({schema}) " in asked["Expression"]["Fn::Sub"]
        assert set(dimensions) <= set(line)


def test_what_api_gateway_answers_itself_is_a_problem_too(template: Json) -> None:
    responses = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"][
        "x-amazon-apigateway-gateway-responses"
    ]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED"} <= set(responses)
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404
    for response in responses.values():
        assert (
            response["responseParameters"]["gatewayresponse.header.Content-Type"]
            == "'application/problem+json'"
        )
        body = json.loads(response["responseTemplates"]["application/json"])
        assert {"type", "title", "code", "detail", "request_id"} <= set(body)
        assert body.get("status") == response.get("statusCode")


def test_a_cross_origin_console_may_read_those() -> None:
    headers = gateway_responses("https://console.example.com")["DEFAULT_4XX"]["responseParameters"]
    assert headers["gatewayresponse.header.Access-Control-Allow-Origin"] == "'https://console.example.com'"


def test_each_stage_has_its_defaults_and_names() -> None:
    whole = json.loads((ROOT / ".chalice" / "resources.json").read_text(encoding="utf-8"))
    stages = whole["Metadata"]["StageDefaults"]
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    assert set(stages) == set(config["stages"]) >= {"dev", "prod"}
    without = {name for name, it in whole["Parameters"].items() if "Default" not in it} - {
        "VpcId",
        "SubnetIds",
    }
    assert all(set(defaults) == without for defaults in stages.values())
    assert stages["prod"]["DeletionProtection"] == "true"
    for stage in stages:
        environment = build.Config(ROOT, stage).environment
        assert (environment["HOLDFAST_STAGE"], environment["HOLDFAST_QUEUE_PREFIX"]) == (
            stage,
            f"holdfast-{stage}-",
        )


def test_the_template_takes_the_defaults_of_its_stage(template: Json) -> None:
    assert "Metadata" not in template
    stage = template["Parameters"]["Stage"]
    assert (stage["Default"], stage["AllowedValues"]) == ("dev", ["dev"])
    assert template["Parameters"]["MaxAcu"]["Default"] == 2


def _fresh(template: Json) -> Json:
    """A template as Chalice leaves it, as far as the function `complete` looks at it."""
    again = copy.deepcopy(template)
    again["Metadata"] = {"StageDefaults": {"dev": {}}}
    for name in queues.QUEUES:
        events = again["Resources"][name.capitalize()]["Properties"]["Events"]
        arn = f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:holdfast-dev-{name}"
        events[f"{name.capitalize()}SqsEventSource"]["Properties"]["Queue"] = {"Fn::Sub": arn}
    return again


def test_a_queue_that_shows_messages_again_too_soon_is_refused(template: Json) -> None:
    config = build.Config(ROOT, "dev")
    with pytest.raises(PackagingFailed, match="six times"):
        complete(
            _fresh(template),
            "dev",
            "1",
            config,
            [QueueLimits("backfill", 300, 5), QueueLimits("scrape", 300, 5)],
        )
    with pytest.raises(PackagingFailed, match="does not have"):
        complete(_fresh(template), "dev", "1", config, [QueueLimits("other", 300, 5)])


def test_more_paths_than_api_gateway_takes_are_refused(template: Json) -> None:
    crowded = _fresh(template)
    crowded["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"] = {
        f"/{number}": {} for number in range(300)
    }
    limits = [QueueLimits(it.name, it.visibility_seconds, it.max_receives) for it in queues.QUEUES.values()]
    with pytest.raises(PackagingFailed, match="301 path parts"):
        complete(crowded, "dev", "1", build.Config(ROOT, "dev"), limits)
