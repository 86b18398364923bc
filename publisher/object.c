#include "publisher/object.h"

const char *sl_object_confirmed_name(enum sl_confirmed_by by)
{
    switch (by) {
    case SL_CONFIRMED_CHECKSUM:
        return "checksum";
    case SL_CONFIRMED_READ_BACK:
        return "read-back";
    case SL_CONFIRMED_NOT:
        break;
    }
    return "not confirmed";
}
