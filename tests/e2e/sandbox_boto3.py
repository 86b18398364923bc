"""Call every operation of the sandbox's IAM, STS, IoT and jobs data plane with boto3, and compare each JSON reply with
the service's own model: botocore passes over members it does not know, this does not."""
import datetime
import json

import boto3
import botocore.exceptions

ACCOUNT, REGION = "123456789012", "eu-west-1"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": ACCOUNT, "Service": "iot.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::firmware/*"}]})
KINDS = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "timestamp": (int, float)}
called = set()


def compare(value, shape, where):
    """Each member of a JSON value is one of its shape's, and of its kind."""
    if shape.type_name == "structure":
        assert isinstance(value, dict), where
        for name, member in value.items():
            assert name in shape.members, f"{where}.{name} is not in the service model"
            compare(member, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        assert isinstance(value, list), where
        for member in value:
            compare(member, shape.member, f"{where}[]")
    elif shape.type_name == "map":
        for key, member in value.items():
            compare(member, shape.value, f"{where}.{key}")
    else:
        assert isinstance(value, KINDS[shape.type_name]), f"{where} is a {type(value)}, not a {shape.type_name}"
        assert shape.type_name == "boolean" or not isinstance(value, bool), where
        enum = getattr(shape, "enum", None)
        assert not enum or value in enum, f"{where}: {value}"


def check(http_response, parsed, model, **_):
    called.add(model.name)
    if http_response.status_code >= 300 or model.output_shape is None:
        return
    if model.metadata["protocol"].startswith("rest-json") and http_response.content:
        compare(json.loads(http_response.content), model.output_shape, model.name)
    elif model.metadata["protocol"] == "query":
        for name in model.output_shape.required_members:
            assert name in parsed, f"{model.name} lacks {name}"


session = boto3.Session()
for service in ("iam", "sts", "iot", "iot-jobs-data"):
    session.events.register(f"after-call.{service}", check)
iam, sts, iot, data, s3 = (session.client(n) for n in ("iam", "sts", "iot", "iot-jobs-data", "s3"))


def refused(client, code, call, **arguments):
    """The service answers with this error, which botocore knows as an exception of that name when it is modeled."""
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        known = getattr(client.exceptions, code, None) if code in dir(client.exceptions) else None
        assert known is None or isinstance(e, known), type(e)
        return e.response
    raise AssertionError(f"not refused with {code}")


# IAM and STS
role = iam.create_role(RoleName="download", AssumeRolePolicyDocument=TRUST, Description="a & b")["Role"]
assert role["AssumeRolePolicyDocument"] == json.loads(TRUST) and isinstance(role["CreateDate"], datetime.datetime)
assert iam.get_role(RoleName="download")["Role"]["Arn"] == role["Arn"]
iam.update_assume_role_policy(RoleName="download", PolicyDocument=TRUST)
iam.put_role_policy(RoleName="download", PolicyName="read", PolicyDocument=POLICY)
assert iam.get_role_policy(RoleName="download", PolicyName="read")["PolicyDocument"] == json.loads(POLICY)
for i in range(3):
    iam.put_role_policy(RoleName="download", PolicyName=f"p{i}", PolicyDocument=POLICY)
pages = iam.get_paginator("list_role_policies").paginate(RoleName="download", PaginationConfig={"PageSize": 1})
assert [n for page in pages for n in page["PolicyNames"]] == ["read", "p0", "p1", "p2"]
for i in range(3):
    iam.delete_role_policy(RoleName="download", PolicyName=f"p{i}")
managed = iam.create_policy(PolicyName="fw", PolicyDocument=POLICY)["Policy"]["Arn"]
iam.attach_role_policy(RoleName="download", PolicyArn=managed)
assert iam.get_policy(PolicyArn=managed)["Policy"]["AttachmentCount"] == 1
assert iam.get_policy_version(PolicyArn=managed, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(POLICY)
assert iam.list_policy_versions(PolicyArn=managed)["Versions"][0]["IsDefaultVersion"] is True
assert iam.list_policies(Scope="Local")["Policies"][0]["Arn"] == managed
assert iam.list_attached_role_policies(RoleName="download")["AttachedPolicies"][0]["PolicyArn"] == managed
refused(iam, "DeleteConflict", iam.delete_policy, PolicyArn=managed)
iam.detach_role_policy(RoleName="download", PolicyArn=managed)
iam.delete_policy(PolicyArn=managed)
assert len(iam.list_roles()["Roles"]) == 1
iam.create_user(UserName="ann")
assert iam.get_user(UserName="ann")["User"]["UserName"] == "ann"
key = iam.create_access_key(UserName="ann")["AccessKey"]
iam.put_user_policy(UserName="ann", PolicyName="read", PolicyDocument=POLICY)
assert iam.list_user_policies(UserName="ann")["PolicyNames"] == ["read"]
assert iam.get_user_policy(UserName="ann", PolicyName="read")["PolicyDocument"] == json.loads(POLICY)
ann = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
assert ann.client("sts").get_caller_identity()["Arn"].endswith(":user/ann")
refused(iam, "AccessDenied", ann.client("iam").list_roles)
iam.delete_user_policy(UserName="ann", PolicyName="read")
iam.delete_access_key(UserName="ann", AccessKeyId=key["AccessKeyId"])
iam.delete_user(UserName="ann")
refused(iam, "NoSuchEntity", iam.get_user, UserName="ann")
assert sts.get_caller_identity()["Account"] == ACCOUNT
assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="me", DurationSeconds=900)
left = assumed["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
assert 880 < left.total_seconds() <= 901, left

# Things and groups
for name in ("a", "b", "c"):
    iot.create_thing(thingName=name, attributePayload={"attributes": {"site": name}})
assert iot.describe_thing(thingName="a")["attributes"] == {"site": "a"}
assert [t["thingName"] for p in iot.get_paginator("list_things").paginate(PaginationConfig={"PageSize": 2})
        for t in p["things"]] == ["a", "b", "c"]
iot.create_thing_group(thingGroupName="all")
iot.create_thing_group(thingGroupName="g", parentGroupName="all", tags=[{"Key": "k", "Value": "v"}],
                       thingGroupProperties={"thingGroupDescription": "the lab"})
group = iot.describe_thing_group(thingGroupName="g")
assert isinstance(group["thingGroupMetadata"]["creationDate"], datetime.datetime)
for name in ("a", "b"):
    iot.add_thing_to_thing_group(thingGroupName="g", thingName=name)
assert iot.list_things_in_thing_group(thingGroupName="all", recursive=True)["things"] == ["a", "b"]
assert iot.list_thing_groups_for_thing(thingName="a")["thingGroups"][0]["groupName"] == "g"
assert len(iot.list_thing_groups()["thingGroups"]) == 2
for kind in ("iot:Jobs", "iot:Data-ATS"):
    assert iot.describe_endpoint(endpointType=kind)["endpointAddress"].startswith("127.0.0.1:")

# Jobs
s3.create_bucket(Bucket="firmware", CreateBucketConfiguration={"LocationConstraint": REGION})
s3.put_bucket_versioning(Bucket="firmware", VersioningConfiguration={"Status": "Enabled"})
s3.put_object(Bucket="firmware", Key="x y+z", Body=b"bytes")
URL = f"https://s3.{REGION}.amazonaws.com/firmware/x%20y%2Bz"
DOCUMENT = json.dumps({"url": "${aws:iot:s3-presigned-url-v2:" + URL + "}", "nothing": None})
job = iot.create_job(
    jobId="j", targets=[group["thingGroupArn"]], document=DOCUMENT, description="d", targetSelection="CONTINUOUS",
    presignedUrlConfig={"roleArn": role["Arn"], "expiresInSec": 60}, timeoutConfig={"inProgressTimeoutInMinutes": 5},
    jobExecutionsRolloutConfig={"exponentialRate": {"baseRatePerMinute": 10, "incrementFactor": 1.5,
                                                    "rateIncreaseCriteria": {"numberOfSucceededThings": 5}}},
    abortConfig={"criteriaList": [{"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 12.25,
                                   "minNumberOfExecutedThings": 10}]},
    jobExecutionsRetryConfig={"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]},
    tags=[{"Key": "team", "Value": "hvac"}])
reboot = f"arn:aws:iot:{REGION}::jobtemplate/AWS-Reboot:1.0"
assert reboot in [t["templateArn"] for t in iot.list_managed_job_templates()["managedJobTemplates"]]
managed = iot.describe_managed_job_template(templateName="AWS-Download-File", templateVersion="1.0")
assert [p["key"] for p in managed["documentParameters"] if not p["optional"]] == ["downloadUrl", "filePath"], managed
assert "${aws:iot:parameter:filePath}" in managed["document"], managed
refused(iot, "ResourceNotFoundException", iot.describe_managed_job_template, templateName="AWS-Reboot",
        templateVersion="7.0")
refused(iot, "InvalidRequestException", iot.create_job, jobId="r", targets=[f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/c"],
        jobTemplateArn=reboot, documentParameters={"filePath": "/x"})
refused(iot, "InvalidRequestException", iot.create_job, jobId="r", targets=[f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/c"],
        jobTemplateArn=reboot, document="{}")
iot.create_job(jobId="r", targets=[f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/c"], jobTemplateArn=reboot,
               documentParameters={"runAsUser": "root"})
assert iot.describe_job(jobId="r")["job"]["documentParameters"] == {"runAsUser": "root"}
assert json.loads(iot.get_job_document(jobId="r")["document"])["steps"][0]["action"]["runAsUser"] == "root"
iot.delete_job(jobId="r", force=True)
taken = refused(iot, "ResourceAlreadyExistsException", iot.create_job, jobId="j", targets=[group["thingGroupArn"]],
                document="{}")
assert taken["resourceId"] == "j" and taken["resourceArn"] == job["jobArn"], taken
described = iot.describe_job(jobId="j")["job"]
assert described["abortConfig"]["criteriaList"][0]["thresholdPercentage"] == 12.25
assert described["jobProcessDetails"]["numberOfQueuedThings"] == 2
assert isinstance(described["createdAt"], datetime.datetime)
assert iot.get_job_document(jobId="j")["document"] == DOCUMENT
iot.update_job(jobId="j", description="e")
iot.associate_targets_with_job(jobId="j", targets=[f"arn:aws:iot:{REGION}:{ACCOUNT}:thing/c"], comment="more")
iot.tag_resource(resourceArn=job["jobArn"], tags=[{"Key": "x", "Value": ""}])
iot.untag_resource(resourceArn=job["jobArn"], tagKeys=["team"])
assert iot.list_tags_for_resource(resourceArn=job["jobArn"])["tags"] == [{"Key": "x", "Value": ""}]
pages = iot.get_paginator("list_job_executions_for_job").paginate(jobId="j", PaginationConfig={"PageSize": 1})
assert len([e for p in pages for e in p["executionSummaries"]]) == 3
assert iot.list_job_executions_for_thing(thingName="a")["executionSummaries"][0]["jobId"] == "j"
assert iot.describe_job_execution(thingName="a", jobId="j")["execution"]["versionNumber"] == 1
assert iot.list_jobs(thingGroupName="g")["jobs"][0]["jobId"] == "j"

# The devices' side
assert data.get_pending_job_executions(thingName="a")["queuedJobs"][0]["jobId"] == "j"
execution = data.start_next_pending_job_execution(thingName="a", statusDetails={"step": "1"})["execution"]
assert execution["approximateSecondsBeforeTimedOut"] == 300
document = json.loads(execution["jobDocument"])
assert set(document) == {"url"} and document["url"].startswith("http://127.0.0.1:")
again = data.describe_job_execution(thingName="a", jobId="$next")["execution"]
assert again["jobId"] == "j" and json.loads(again["jobDocument"])["url"] != document["url"]
state = data.update_job_execution(thingName="a", jobId="j", status="SUCCEEDED", includeJobExecutionState=True,
                                  includeJobDocument=True)
assert state["executionState"]["status"] == "SUCCEEDED" and "jobDocument" in state
refused(data, "TerminalStateException", data.describe_job_execution, thingName="a", jobId="j")
refused(data, "InvalidStateTransitionException", data.update_job_execution, thingName="a", jobId="j", status="FAILED")
refused(data, "ResourceNotFoundException", data.get_pending_job_executions, thingName="z")

iot.remove_thing_from_thing_group(thingGroupName="g", thingName="b")
assert iot.describe_job(jobId="j")["job"]["jobProcessDetails"]["numberOfRemovedThings"] == 1
refused(iot, "VersionConflictException", iot.cancel_job_execution, thingName="c", jobId="j", expectedVersion=7)
iot.cancel_job_execution(thingName="c", jobId="j")
iot.delete_job_execution(thingName="c", jobId="j", executionNumber=1)
iot.cancel_job(jobId="j", reasonCode="DONE", comment="enough")
refused(iot, "InvalidRequestException", iot.cancel_job, jobId="j")
iot.delete_job(jobId="j")
refused(iot, "InvalidStateTransitionException", iot.delete_job, jobId="j")
iot.delete_thing_group(thingGroupName="g")
iot.delete_thing(thingName="a")
refused(iot, "ResourceNotFoundException", iot.describe_thing, thingName="a")
iam.delete_role_policy(RoleName="download", PolicyName="read")
iam.delete_role(RoleName="download")
print(f"{len(called)} operations: every reply is as the service models say")
