"""moto's server, with a KMS that signs digests as digests, and RSASSA-PSS with the salt KMS documents.

moto 5 takes MessageType and passes over it: it hashes a digest once more; its salt is the longest that fits. With the
argument "as-is" it is left so.
"""
import sys
import threading

from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from moto.kms import responses
from moto.kms import utils as keys
from moto.server import main

asked = threading.local()


def sign_request(self, original=responses.KmsResponse.sign):
    asked.digest = self._get_param("MessageType") == "DIGEST"
    try:
        return original(self)
    finally:
        asked.digest = False


def sign_ecdsa(self, message, signing_algorithm):
    kind = self._ECDSAPrivateKey__hash_algorithm(signing_algorithm)
    return self.private_key.sign(message, ec.ECDSA(utils.Prehashed(kind) if asked.digest else kind))


def sign_rsa(self, message, signing_algorithm):
    pad, kind = self._RSAPrivateKey__padding_and_hash_algorithm(signing_algorithm)
    if isinstance(pad, padding.PSS):
        pad = padding.PSS(padding.MGF1(kind), kind.digest_size)
    return self.private_key.sign(message, pad, utils.Prehashed(kind) if asked.digest else kind)


if sys.argv[1] == "fixed":
    responses.KmsResponse.sign = sign_request
    keys.ECDSAPrivateKey.sign = sign_ecdsa
    keys.RSAPrivateKey.sign = sign_rsa
main(["-H", "127.0.0.1", "-p", sys.argv[2]])
