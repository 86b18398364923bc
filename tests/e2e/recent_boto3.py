"""Exits 0 when this python3 has a boto3 the tests can use: 1.36, which sends checksums by default, or later."""

import sys

import boto3

sys.exit(tuple(map(int, boto3.__version__.split(".")[:2])) < (1, 36))
