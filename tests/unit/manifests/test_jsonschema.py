"""Our reading of JSON Schema against python-jsonschema's: the same verdict for every pair of schema and value.

    test_jsonschema.py PRINT_JSONSCHEMA
"""
import itertools
import json
import os
import subprocess
import sys

try:
    import jsonschema
except ImportError as missing:
    print(f"SKIPPED 1 case: {missing}")
    sys.exit(1 if os.environ.get("SEALIFT_REQUIRE") == "all" else 77)

VALUES = [
    None, True, False, 0, 1, 1.0, 1.5, -3, 7, 9007199254740992, "", "a", "aé", "abc", "https://x/y", "f" * 64, [], [1],
    [1, "a"], [1, 2, 3, 4], {}, {"a": 1}, {"a": "x", "b": 2}, {"b": {"a": [1]}}, {"url": "https://x", "size": 3},
    {"next": {"next": {}}}, {"next": {"next": 1}},
]
SCHEMAS = [
    True, False, {}, {"type": "object"}, {"type": "array"}, {"type": "string"}, {"type": "integer"}, {"type": "number"},
    {"type": "boolean"}, {"type": "null"}, {"type": ["string", "integer"]}, {"const": 1}, {"const": {"a": 1.0}},
    {"enum": [1, "a", []]}, {"enum": [True]}, {"required": ["a"]}, {"required": ["a", "b"]}, {"properties": {"a": {"type": "integer"}}},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"properties": {"a": True}, "additionalProperties": {"type": "integer"}}, {"additionalProperties": False},
    {"items": {"type": "integer"}}, {"items": False}, {"minItems": 1, "maxItems": 3}, {"minLength": 1}, {"maxLength": 2},
    {"minimum": 1}, {"maximum": 1}, {"exclusiveMinimum": 1}, {"exclusiveMaximum": 1}, {"minProperties": 1},
    {"maxProperties": 1}, {"pattern": "^https://"}, {"pattern": "b"}, {"pattern": "^[0-9a-f]{64}$"}, {"pattern": "^a|c$"},
    {"pattern": "^[a-c]+$"}, {"pattern": "x\\.y|x/y"}, {"not": {"type": "object"}}, {"not": {}},
    {"allOf": [{"type": "integer"}, {"minimum": 1}]}, {"anyOf": [{"type": "string"}, {"minimum": 1}]},
    {"oneOf": [{"type": "integer"}, {"type": "number"}]}, {"oneOf": [{"type": "integer"}, {"minimum": 5}]},
    {"$defs": {"n": {"properties": {"next": {"$ref": "#/$defs/n"}}, "type": "object"}}, "$ref": "#/$defs/n"},
    {"properties": {"next": {"$ref": "#"}}, "type": "object", "additionalProperties": False},
    {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "t", "description": "d", "default": 1, "examples": [1], "$comment": "c", "type": "string"},
    {"type": "object", "required": ["url", "size"], "additionalProperties": False,
     "properties": {"url": {"type": "string", "pattern": "^https://", "maxLength": 2048}, "size": {"type": "integer", "minimum": 1}}},
    {"properties": {"b": {"properties": {"a": {"items": {"const": 1}}}}}},
]
# Wrong, or beyond what ours knows: never a verdict.
BROKEN = [
    {"patternProperties": {}}, {"type": "text"}, {"type": 1}, {"format": "uri"}, {"properties": {"zz": {"if": True}}},
    {"pattern": "\\d"}, {"pattern": "(?:a)"}, {"pattern": "[\\w]"}, {"pattern": "a+?"}, {"pattern": "[[:alpha:]]"},
    {"pattern": "("}, {"$ref": "#/$defs/none"}, {"$ref": "other.json"}, {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    {"anyOf": [{"allOf": [{"$ref": "#"}]}, {"$ref": "#"}]},
    {"$schema": "http://json-schema.org/draft-07/schema#"}, {"enum": 1}, {"required": 1}, {"minimum": "1"}, {"anyOf": []}, {"anyOf": [{"maxLength": "1"}]}, {"not": {"minLength": "1"}}, 3,
]

pairs = list(itertools.product(SCHEMAS, VALUES))
lines = [json.dumps(pair) for pair in pairs + [[schema, "text"] for schema in BROKEN]]
answers = subprocess.run(sys.argv[1], input="\n".join(lines) + "\n", text=True, capture_output=True, check=True).stdout.splitlines()
assert len(answers) == len(lines), answers
bad = []
for (schema, value), answer in zip(pairs, answers):
    want = "valid" if jsonschema.Draft202012Validator(schema).is_valid(value) else "invalid"
    if answer != want:
        bad.append(f"{json.dumps(schema)} {json.dumps(value)}: {answer}, python-jsonschema says {want}")
for schema, answer in zip(BROKEN, answers[len(pairs):]):
    if answer != "broken":
        bad.append(f"{json.dumps(schema)}: {answer}, expected broken")
print("\n".join(bad) or f"{len(lines)} verdicts agree")
sys.exit(bool(bad))
