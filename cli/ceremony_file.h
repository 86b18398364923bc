/* The files of a ceremony: plans, requests, responses, transcripts. */
#ifndef SL_CLI_CEREMONY_FILE_H
#define SL_CLI_CEREMONY_FILE_H

#include "signer/ceremony.h"

/* A whole file. */
bool sl_ceremony_file_read(const char *path, struct sl_buf *ret, struct sl_err *err) SL_MUST_USE;

bool sl_ceremony_file_request(const char *path, struct sl_ceremony *ret, struct sl_err *err) SL_MUST_USE;
bool sl_ceremony_file_transcript(const char *path, struct sl_ceremony_transcript *ret, struct sl_err *err) SL_MUST_USE;

/* A new file; the same bytes may be there already. SL_E_CONFLICT when other ones are. */
bool sl_ceremony_file_write(const char *path, struct sl_span bytes, struct sl_err *err) SL_MUST_USE;

#endif
