/* Get one URL over the wire, for wire_tls.sh: wire_get URL [CA-BUNDLE [PROXY [EXCEPT]]]. Prints "status N" or "error CODE: message". */
#include "publisher/priv/wire.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct sl_err err = { .code = SL_OK };
    SL_AUTO(sl_wire_closep) struct sl_wire *wire = NULL;
    SL_AUTO(sl_reply_clear) struct sl_reply reply = { .status = 0 };
    struct sl_wire_options options = { .region = "eu-west-1", .ca_bundle = argc > 2 ? argv[2] : NULL };
    if (argc > 3)
        options.proxies = (struct sl_wire_proxies){ .for_https = argv[3], .except = argc > 4 ? argv[4] : NULL };
    struct sl_patience patience = { 5000, 5, 512, 1000, 2 };
    struct sl_request req = { .method = "GET", .url = argc > 1 ? argv[1] : "" };
    bool ok = sl_secret_setup(&err) && sl_wire_open(&options, NULL, &wire, &err);
    if (ok)
        sl_wire_set_patience(wire, &patience);
    if (ok && sl_wire_send(wire, &req, &reply, &err))
        (void)printf("status %d\n", reply.status);
    else
        (void)printf("error %d: %s\n", (int)err.code, err.msg);
    return 0;
}
