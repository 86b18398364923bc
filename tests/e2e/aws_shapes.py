"""Compare JSON replies with the service's own model: botocore passes over members it does not know, this does not. Error
codes have to be the operation's own, or ones that every operation may give."""
import json

KINDS = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "timestamp": (int, float),
         "blob": str}
COMMON = {"AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InvalidSignatureException",
          "SerializationException", "ThrottlingException", "UnrecognizedClientException", "ValidationException"}
called = set()


def compare(value, shape, where):
    """Each member of a JSON value is one of its shape's, and of its kind."""
    if shape.type_name == "structure":
        assert isinstance(value, dict), where
        names = {m.serialization.get("name", n): m for n, m in shape.members.items()}
        for name, member in value.items():
            assert name in names, f"{where}.{name} is not in the service model"
            compare(member, names[name], f"{where}.{name}")
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
    if http_response.status_code >= 300:
        code = parsed["Error"]["Code"]
        own = {e.metadata.get("error", {}).get("code", e.name) for e in model.error_shapes}
        assert code in own | COMMON, f"{model.name} does not refuse with {code}"
    elif model.output_shape is None:
        assert not http_response.content, f"{model.name} replies with nothing"
    else:
        compare(json.loads(http_response.content), model.output_shape, model.name)
        for name in model.output_shape.required_members:
            assert name in parsed, f"{model.name} lacks {name}"


def watch(session, *services):
    """Every call of these services' clients is checked from here on."""
    for service in services:
        session.events.register(f"after-call.{service}", check)


def refused(client, code, call, *words, **arguments):
    """The service answers with this error, which botocore knows as an exception of that name when it is modeled."""
    try:
        call(**arguments)
    except client.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        known = getattr(client.exceptions, code, None) if code in dir(client.exceptions) else None
        assert known is None or isinstance(e, known), type(e)
        for word in words:
            assert word in e.response["Error"]["Message"], e
        return e.response
    raise AssertionError(f"not refused with {code}")
