/* What to say of text that is not YAML: libyaml's words name its own rules, these what to change. */
#ifndef SL_MANIFESTS_PRIV_YAML_ADVICE_H
#define SL_MANIFESTS_PRIV_YAML_ADVICE_H

#include "core/buf.h"

#include <yaml.h>

/* Fill err from the parser's error; text is what it was given, name stands for the file. Returns false. */
bool sl_yaml_advice_fail(const yaml_parser_t *parser, struct sl_span text, const char *name, struct sl_err *err);

#endif
