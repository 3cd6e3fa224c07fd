"""Who may do what, once deployed: least privilege, no secret in clear, no way in from outside."""

from __future__ import annotations

import json
import re

from tests.package.reading import Json, functions, named_secrets, of_type, readable_secrets, statements


def test_each_function_reads_the_secrets_that_it_names_and_no_others(template: Json) -> None:
    for function in functions(template).values():
        assert readable_secrets(template, function) == named_secrets(function)


def test_the_api_cannot_read_the_secrets_of_owner_and_jobs(template: Json) -> None:
    api = functions(template)["APIHandler"]
    assert readable_secrets(template, api) == {"ApiDatabaseSecret", "TokenKeysSecret"}
    others = {
        name: readable_secrets(template, it)
        for name, it in functions(template).items()
        if name != "APIHandler"
    }
    assert {name for name, secrets in others.items() if "OwnerDatabaseSecret" in secrets} == {"Migrate"}
    assert not any("TokenKeysSecret" in secrets for secrets in others.values())


def test_no_policy_allows_everything(template: Json) -> None:
    for function in functions(template).values():
        for statement in statements(template, function):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not any("*" in action for action in actions)
            if statement["Resource"] == "*":
                assert {action.split(":")[0] for action in actions} == {"ec2"}, (
                    "network interfaces have no narrower name"
                )


def test_each_worker_takes_from_its_own_queue_and_nobody_else_does(template: Json) -> None:
    takers = {
        name: statement["Resource"]
        for name, function in functions(template).items()
        for statement in statements(template, function)
        if "sqs:ReceiveMessage" in statement["Action"]
    }
    assert takers == {
        "Backfill": {"Fn::GetAtt": ["BackfillQueue", "Arn"]},
        "Scrape": {"Fn::GetAtt": ["ScrapeQueue", "Arn"]},
    }


def test_network_interfaces_are_lambdas_business_only(template: Json) -> None:
    for function in functions(template).values():
        actions: dict[str, set[str]] = {"Allow": set(), "Deny": set()}
        for statement in statements(template, function):
            actions[statement["Effect"]] |= {
                action for action in statement["Action"] if action.startswith("ec2:")
            }
        assert actions["Allow"] == actions["Deny"] != set()


def test_each_function_lives_in_the_vpc_and_only_migrate_reaches_the_database_itself(template: Json) -> None:
    for name, function in functions(template).items():
        assert function["VpcConfig"]["SubnetIds"] == {"Ref": "SubnetIds"}
        [group] = function["VpcConfig"]["SecurityGroupIds"]
        assert group["Fn::GetAtt"][0] == (
            "MigrateSecurityGroup" if name == "Migrate" else "FunctionSecurityGroup"
        )
    into = {
        rule["SourceSecurityGroupId"]["Fn::GetAtt"][0]
        for rule in of_type(template, "AWS::EC2::SecurityGroupIngress").values()
        if rule["GroupId"]["Fn::GetAtt"][0] == "DatabaseSecurityGroup"
    }
    assert into == {"ProxySecurityGroup", "MigrateSecurityGroup"}


def test_access_logs_have_no_personal_data(template: Json) -> None:
    form = template["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]["Format"]
    assert "$context.resourcePath" in form, "the route, not the path"
    for word in ("identity", "sourceIp", "userAgent", "authorizer", "$context.path", "domain"):
        assert word not in form
    json.loads(form)


def test_no_secret_stands_in_the_template(template: Json) -> None:
    for function in functions(template).values():
        for name, value in function["Environment"]["Variables"].items():
            if name.endswith(("_KEY", "_KEYS", "_KEY_ID", "_APP_ID", "_URL", "_SECRET")):
                assert '"secretsmanager:${' in json.dumps(value), name
    database = template["Resources"]["DatabaseCluster"]["Properties"]
    assert database["MasterUserPassword"]["Fn::Sub"].startswith(
        "{{resolve:secretsmanager:${OwnerDatabaseSecret}"
    )
    for secret in of_type(template, "AWS::SecretsManager::Secret").values():
        assert "SecretString" not in secret
        made = secret["GenerateSecretString"]
        assert made["GenerateStringKey"] not in json.loads(made["SecretStringTemplate"])
    assert not re.search(r"AKIA|BEGIN [A-Z ]*PRIVATE KEY", json.dumps(template))


def test_the_generated_token_keys_have_the_shape_that_the_settings_want(template: Json) -> None:
    made = template["Resources"]["TokenKeysSecret"]["Properties"]["GenerateSecretString"]
    assert json.loads(made["SecretStringTemplate"]) == {}
    assert made["PasswordLength"] >= 32


def test_the_database_is_closed_and_kept(template: Json) -> None:
    cluster = template["Resources"]["DatabaseCluster"]
    assert cluster["DeletionPolicy"] == "Snapshot"
    assert cluster["Properties"]["StorageEncrypted"] is True
    assert template["Resources"]["DatabaseInstance"]["Properties"]["PubliclyAccessible"] is False
    proxy = template["Resources"]["DatabaseProxy"]["Properties"]
    assert proxy["RequireTLS"] is True
    assert [it["SecretArn"]["Ref"] for it in proxy["Auth"]] == ["ApiDatabaseSecret", "JobsDatabaseSecret"]
