"""A clock for botocore's signer. Its versions differ in where they read the time."""

import contextlib
import datetime
import types

import botocore.auth


@contextlib.contextmanager
def botocore_time(now):
    """Let botocore sign with the naive UTC time that now() gives."""
    if hasattr(botocore.auth, "get_current_datetime"):
        where, name, fake = botocore.auth, "get_current_datetime", lambda *_, **__: now()
    else:
        class Clock(datetime.datetime):
            @classmethod
            def utcnow(cls):
                return now()

        where, name = botocore.auth, "datetime"
        fake = types.SimpleNamespace(**{**vars(datetime), "datetime": Clock})
    real = getattr(where, name)
    setattr(where, name, fake)
    try:
        yield
    finally:
        setattr(where, name, real)
