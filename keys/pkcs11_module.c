#include "core/os.h"
#include "core/text.h"
#include "keys/priv/pkcs11.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define PROXY "p11-kit-proxy.so"

void sl_pkcs11_module_free(struct sl_pkcs11_module *m)
{
    if (!m)
        return;
    while (m->tokens) {
        struct sl_pkcs11_token *t = m->tokens;
        m->tokens = t->next;
        sl_pkcs11_token_free(t);
    }
    if (m->initialized)
        (void)m->call->C_Finalize(NULL);
    if (m->library)
        (void)dlclose(m->library);
    free(m->path);
    free(m);
}

static void module_freep(struct sl_pkcs11_module **m)
{
    sl_pkcs11_module_free(*m);
}

/* Where the module is: a path, or a name that the system's loader looks for. RFC 7512 section 2.3: a module-name has neither
 * "lib" before it nor a suffix. */
static bool locate(const struct sl_pkcs11_query *q, struct sl_buf *ret, struct sl_err *err)
{
    const struct sl_pkcs11_value *path = &q->uri.attr[SL_PKCS11_MODULE_PATH];
    const struct sl_pkcs11_value *name = &q->uri.attr[SL_PKCS11_MODULE_NAME];
    const struct sl_token_access *access = q->ask->access;
    if (path->given)
        return sl_buf_add_str(ret, (const char *)path->bytes, err);
    if (name->given)
        return sl_buf_addf(ret, err, "%s.so", (const char *)name->bytes);
    return sl_buf_add_str(ret, access && access->module ? access->module : PROXY, err);
}

static bool load(struct sl_pkcs11_module *m, bool named, struct sl_err *err)
{
    if (!sl_os_can_load())
        return sl_fail(err, SL_E_UNSUPPORTED, SL_LOC_NONE,
                       "this program is linked statically and can load no PKCS #11 module; keys in tokens need the one "
                       "that is not");
    m->library = dlopen(m->path, RTLD_NOW | RTLD_LOCAL);
    if (!m->library && named) {
        SL_AUTO(sl_buf_clear) struct sl_buf lib = { 0 };
        if (!sl_buf_addf(&lib, err, "lib%s", m->path))
            return false;
        m->library = dlopen(sl_buf_str(&lib), RTLD_NOW | RTLD_LOCAL);
    }
    if (!m->library) {
        const char *why = dlerror();
        return sl_fail(
            err, SL_E_IO, SL_LOC_NONE,
            "the PKCS #11 module '%.160s' cannot be loaded (%.160s); name one by 'module-path' in the key's URI "
            "or by SEALIFT_PKCS11_MODULE",
            m->path, why ? why : "no reason given");
    }
    void *symbol = dlsym(m->library, "C_GetFunctionList");
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    memcpy(&get, &symbol, sizeof get); /* ISO C has no cast from data to function; POSIX has the value */
    CK_RV rv = get ? get(&m->call) : CKR_OK;
    if (rv != CKR_OK)
        return sl_pkcs11_reason_fail(err, "list its functions", rv);
    if (!m->call)
        return sl_fail(err, SL_E_INPUT, SL_LOC_NONE, "'%.160s' is no PKCS #11 module: it has no C_GetFunctionList",
                       m->path);
    return true;
}

static bool initialize(struct sl_pkcs11_module *m, struct sl_err *err)
{
    assert(m->call);
    CK_C_INITIALIZE_ARGS threads = { .flags = CKF_OS_LOCKING_OK };
    CK_RV rv = m->call->C_Initialize(&threads);
    if (rv == CKR_CANT_LOCK || rv == CKR_ARGUMENTS_BAD)
        rv = m->call->C_Initialize(NULL);
    if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        return sl_pkcs11_reason_fail(err, "start", rv)
               || sl_advise(err,
                            "a module that needs a daemon cannot reach it, for the process that signs may create no "
                            "socket");
    m->initialized = rv == CKR_OK;
    rv = m->call->C_GetInfo(&m->info);
    return rv == CKR_OK || sl_pkcs11_reason_fail(err, "say what it is", rv);
}

struct sl_pkcs11_module *sl_pkcs11_module_get(struct sl_pkcs11 *p, const struct sl_pkcs11_query *q, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf path = { 0 };
    if (!locate(q, &path, err))
        return NULL;
    for (struct sl_pkcs11_module *m = p->modules; m; m = m->next)
        if (strcmp(m->path, sl_buf_str(&path)) == 0)
            return m;
    SL_AUTO(module_freep) struct sl_pkcs11_module *m = calloc(1, sizeof *m);
    if (m)
        m->path = sl_text_copy(sl_buf_str(&path));
    if (!m || !m->path) {
        (void)sl_fail_nomem(err);
        return NULL;
    }
    bool named = q->uri.attr[SL_PKCS11_MODULE_NAME].given && !q->uri.attr[SL_PKCS11_MODULE_PATH].given;
    if (!load(m, named, err) || !initialize(m, err) || !sl_pkcs11_token_list(m, err))
        return NULL;
    struct sl_pkcs11_module *kept = m;
    kept->next = p->modules;
    p->modules = kept;
    m = NULL;
    return kept;
}
