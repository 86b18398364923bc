/* What unit tests may set on a wire. */
#ifndef SL_PUBLISHER_PRIV_WIRE_H
#define SL_PUBLISHER_PRIV_WIRE_H

#include "publisher/priv/transfer.h"

/* The patience from now on. */
void sl_wire_set_patience(struct sl_wire *w, const struct sl_patience *patience);

#endif
