#include "publisher/priv/batch.h"

#include "publisher/priv/remote.h"

#include <assert.h>
#include <string.h>

void sl_batch_clear(struct sl_batch *b)
{
    for (size_t i = 0; b->replies && i < b->n; i++)
        sl_reply_clear(&b->replies[i]);
    sl_arena_clear(&b->arena);
    *b = (struct sl_batch){ 0 };
}

static bool grow(struct sl_batch *b, struct sl_err *err)
{
    size_t capacity = b->capacity ? b->capacity * 2 : 16;
    struct sl_request *requests = sl_arena_alloc(&b->arena, capacity, sizeof *requests, err);
    const char **doing = sl_arena_alloc(&b->arena, capacity, sizeof *doing, err);
    if (!requests || !doing)
        return false;
    if (b->n) {
        memcpy(requests, b->requests, b->n * sizeof *requests);
        memcpy(doing, b->doing, b->n * sizeof *doing);
    }
    b->requests = requests;
    b->doing = doing;
    b->capacity = capacity;
    return true;
}

bool sl_batch_add(struct sl_batch *b, const struct sl_request *request, const char *doing, size_t *ret_index,
                  struct sl_err *err)
{
    assert(!b->replies);
    if (b->n == b->capacity && !grow(b, err))
        return false;
    b->doing[b->n] = sl_arena_str(&b->arena, doing, err);
    if (!b->doing[b->n])
        return false;
    b->requests[b->n] = *request;
    *ret_index = b->n++;
    return true;
}

bool sl_batch_send(struct sl_batch *b, struct sl_wire *wire, struct sl_err *err)
{
    if (!b->n)
        return true;
    b->replies = sl_arena_alloc(&b->arena, b->n, sizeof *b->replies, err);
    return b->replies && sl_wire_send_all(wire, b->requests, b->n, b->replies, err);
}

bool sl_batch_code(struct sl_batch *b, size_t i, const char **ret, struct sl_err *err)
{
    struct sl_remote remote = { "", "", "", "" };
    if (!sl_remote_read(&b->replies[i], &b->arena, &remote, err))
        return false;
    *ret = remote.code;
    return true;
}

bool sl_batch_expect(const struct sl_batch *b, size_t i, struct sl_loc loc, struct sl_err *err)
{
    if (sl_reply_expect(&b->requests[i], &b->replies[i], b->doing[i], err))
        return true;
    if (err->loc.line == 0)
        err->loc = loc;
    return false;
}

bool sl_batch_xml(struct sl_batch *b, size_t i, struct sl_loc loc, const char *root, const struct sl_xml **ret,
                  struct sl_err *err)
{
    const struct sl_xml *found = NULL;
    if (!sl_batch_expect(b, i, loc, err))
        return false;
    if (!sl_xml_parse(sl_buf_span(&b->replies[i].body), &b->arena, &found, err)) {
        err->loc = loc; /* the place in the reply is nobody's concern */
        err->code = err->code == SL_E_INPUT ? SL_E_NETWORK : err->code;
        return sl_while(err, loc, "%s: the reply is not XML", b->doing[i]);
    }
    if (root && strcmp(found->name, root) != 0)
        return sl_fail(err, SL_E_NETWORK, loc,
                       "%s: the reply is a '%.60s', not a %s; is the endpoint what it should be?", b->doing[i],
                       found->name, root);
    *ret = found;
    return true;
}
