#include "manifests/priv/parts.h"

#define THRESHOLD_BYTES ((uint64_t)64 << 20)
#define PART_BYTES      ((uint64_t)16 << 20)
#define MIB             ((uint64_t)1 << 20)

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

uint64_t sl_parts_size(const struct sl_asked_multipart *asked, uint64_t file_bytes)
{
    uint64_t threshold = asked->threshold.set ? asked->threshold.value : THRESHOLD_BYTES;
    if (file_bytes <= threshold)
        return 0;
    if (asked->part.set)
        return asked->part.value;
    uint64_t least = divide_up(divide_up(file_bytes, SL_PARTS_MAX), MIB) * MIB;
    return least > PART_BYTES ? least : PART_BYTES;
}

size_t sl_parts_count(uint64_t part_bytes, uint64_t file_bytes)
{
    return part_bytes ? (size_t)divide_up(file_bytes, part_bytes) : 0;
}

bool sl_parts_check(const struct sl_asked_multipart *asked, uint64_t file_bytes, const char *artifact,
                    struct sl_loc file_loc, struct sl_err *err)
{
    if (file_bytes > SL_PARTS_MAX * SL_PARTS_PART_MAX_BYTES)
        return sl_fail(err, SL_E_INPUT, file_loc,
                       "artifacts.%s.file: larger than 48.8 TiB, the most S3 stores as one object", artifact);
    uint64_t part = sl_parts_size(asked, file_bytes);
    if (sl_parts_count(part, file_bytes) <= SL_PARTS_MAX)
        return true;
    return sl_fail(err, SL_E_INPUT, asked->part.loc,
                   "bucket.multipart.part: '%s' would have %zu parts, S3 takes at most %u: state %llu MiB or more",
                   artifact, sl_parts_count(part, file_bytes), (unsigned)SL_PARTS_MAX,
                   (unsigned long long)divide_up(divide_up(file_bytes, SL_PARTS_MAX), MIB));
}
