#include "cli/session.h"

#include "cli/env.h"
#include "cli/interrupt.h"
#include "publisher/credentials.h"
