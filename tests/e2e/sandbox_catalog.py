# The Software Package Catalog of the sandbox, by boto3.
import io
import json
import zipfile

import boto3
from botocore.exceptions import ClientError

iot, s3 = boto3.client("iot"), boto3.client("s3")
bucket = "acme-firmware"


def refused(code, status, words, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == status, e
        assert words in e.response["Error"]["Message"], e
        return
    raise AssertionError("not refused: %s" % words)


def put(key, body):
    return {"bucket": bucket, "key": key, "version": s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]}


def archive(name, text, method=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        z.writestr(name, text)
    return out.getvalue()


made = iot.create_package(packageName="app.eu", description="d", tags={"team": "hvac"}, clientToken="t" * 36)
assert made["packageArn"].endswith(":package/app.eu")
assert iot.create_package(packageName="app.eu", description="d", clientToken="t" * 36)["packageName"] == "app.eu"
refused("ConflictException", 409, "already exists", iot.create_package, packageName="app.eu")
refused("ResourceNotFoundException", 404, "not found", iot.get_package, packageName="none")
tags = iot.list_tags_for_resource(resourceArn=made["packageArn"])["tags"]
assert tags == [{"Key": "team", "Value": "hvac"}], tags

app = put("app.bin", b"firmware")
refused("ValidationException", 400, "does not exist", iot.create_package_version, packageName="none", versionName="1")
refused("ValidationException", 400, "not accessible", iot.create_package_version, packageName="app.eu", versionName="1",
        artifact={"s3Location": dict(app, version="gone")})
refused("ValidationException", 400, "at most 3072", iot.create_package_version, packageName="app.eu", versionName="1",
        attributes={"a": "x" * 3072})
version = dict(packageName="app.eu", versionName="1.0.0")
iot.create_package_version(attributes={"k": "v"}, artifact={"s3Location": app}, description="first", recipe="{}", **version)
got = iot.get_package_version(**version)
assert got["status"] == "DRAFT" and got["attributes"] == {"k": "v"} and got["artifact"] == {"s3Location": app}, got
assert got["recipe"] == "{}" and got["description"] == "first" and got["packageVersionArn"].endswith("/app.eu/version/1.0.0")
refused("ConflictException", 409, "already exists", iot.create_package_version, **version)
arn = iot.create_thing(thingName="a")["thingArn"]
job = dict(jobId="j", targets=[arn], document="{}", destinationPackageVersions=[got["packageVersionArn"]])
refused("InvalidRequestException", 400, "is a draft", iot.create_job, **job)
refused("ValidationException", 400, "no published version", iot.update_package, packageName="app.eu", defaultVersionName="1.0.0")
iot.update_package_version(attributes={"k": "w"}, **version)
iot.update_package_version(action="PUBLISH", **version)
refused("ConflictException", 409, "cannot be changed", iot.update_package_version, attributes={"k": "x"}, **version)
refused("ConflictException", 409, "cannot become PUBLISHED", iot.update_package_version, action="PUBLISH", **version)
iot.update_package(packageName="app.eu", defaultVersionName="1.0.0")
assert iot.get_package(packageName="app.eu")["defaultVersionName"] == "1.0.0"
iot.create_job(**job)
refused("ResourceNotFoundException", 404, "no package version", iot.create_job,
        **dict(job, jobId="k", destinationPackageVersions=[got["packageVersionArn"] + "9"]))
iot.create_job(**dict(job, jobId="k", destinationPackageVersions=[made["packageArn"] + "/version/$default"]))

good = put("good.zip", archive("sbom.json", json.dumps({"spdxVersion": "SPDX-2.3"})))
bad = put("bad.zip", archive("sbom.json", json.dumps({"what": 1})))
packed = put("packed.zip", archive("bom.json", json.dumps({"bomFormat": "CycloneDX"}), zipfile.ZIP_DEFLATED))
for location, status in ((good, "SUCCEEDED"), (bad, "FAILED"), (packed, "SUCCEEDED"), (app, "FAILED")):
    reply = iot.associate_sbom_with_package_version(sbom={"s3Location": location}, **version)
    assert reply["sbomValidationStatus"] == "IN_PROGRESS", reply
    got = iot.get_package_version(**version)
    assert got["sbom"] == {"s3Location": location} and got["sbomValidationStatus"] == status, got
iot.associate_sbom_with_package_version(sbom={"s3Location": bad}, **version)
results = iot.list_sbom_validation_results(**version)["validationResultSummaries"]
assert results[0]["fileName"] == "sbom.json" and results[0]["errorCode"] == "INCOMPATIBLE_FORMAT", results
refused("ValidationException", 400, "not accessible", iot.associate_sbom_with_package_version,
        sbom={"s3Location": dict(good, key="none")}, **version)
refused("ResourceNotFoundException", 404, "not found", iot.associate_sbom_with_package_version,
        packageName="app.eu", versionName="9", sbom={"s3Location": good})
iot.disassociate_sbom_from_package_version(**version)
assert "sbom" not in iot.get_package_version(**version)

iot.update_package_version(action="DEPRECATE", **version)
assert [p["packageName"] for p in iot.list_packages()["packageSummaries"]] == ["app.eu"]
summaries = iot.list_package_versions(packageName="app.eu", status="DEPRECATED")["packageVersionSummaries"]
assert [v["versionName"] for v in summaries] == ["1.0.0"], summaries
assert iot.list_package_versions(packageName="app.eu", status="DRAFT")["packageVersionSummaries"] == []
refused("ValidationException", 400, "default version", iot.delete_package_version, **version)
refused("ValidationException", 400, "still has version", iot.delete_package, packageName="app.eu")
iot.update_package(packageName="app.eu", unsetDefaultVersion=True)
iot.delete_package_version(**version)
iot.delete_package(packageName="app.eu")
assert iot.list_packages()["packageSummaries"] == []
print("ok")
