# A fleet in the sandbox, by boto3:
#   job_fleet.py make JOB N | group GROUP N | report JOB FROM TO STATUS [REASON]
import sys

import boto3

iot = boto3.client("iot")
verb, job = sys.argv[1:3]
if verb == "make":
    arns = [iot.create_thing(thingName="%s-%d" % (job, i))["thingArn"] for i in range(int(sys.argv[3]))]
    iot.create_job(jobId=job, targets=arns, document='{"operation": "reboot"}')
elif verb == "group":
    for i in range(int(sys.argv[3])):
        iot.create_thing(thingName="%s-%d" % (job, i))
        iot.add_thing_to_thing_group(thingGroupName=job, thingName="%s-%d" % (job, i))
else:
    first, end, status = int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    device = boto3.client("iot-jobs-data", endpoint_url=iot.meta.endpoint_url)
    for i in range(first, end):
        details = {"reason": sys.argv[6]} if len(sys.argv) > 6 else {}
        device.update_job_execution(jobId=job, thingName="%s-%d" % (job, i), status=status, statusDetails=details)
