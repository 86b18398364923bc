/* What a FreeRTOS device reads of a job document, by the parser of aws/Jobs-for-AWS-IoT-embedded-sdk (ota_job_handler.c,
 * job_parser.c). Reads the document on stdin, writes "name value" for each field. Exit status: 0 one file was read, 1 the
 * parser refuses it, 2 it says that there are more files. */
#include "ota_job_processor.h"

#include <stdio.h>

static void put(const char *name, const char *text, size_t len)
{
    printf("%s %.*s\n", name, (int)len, text ? text : "");
}

int main(void)
{
    static char document[65536];
    AfrOtaJobDocumentFields_t f = { 0 };
    const size_t len = fread(document, 1, sizeof document, stdin);
    const int8_t next = otaParser_parseJobDocFile(document, len, 0, "HTTP", 4, &f);
    if (next != 0)
        return next < 0 ? 1 : 2;
    put("signature", f.signature, f.signatureLen);
    put("filepath", f.filepath, f.filepathLen);
    put("certfile", f.certfile, f.certfileLen);
    put("url", f.imageRef, f.imageRefLen);
    put("auth_scheme", f.authScheme, f.authSchemeLen);
    printf("filesize %u\nfileid %u\nfileType %u\n", (unsigned)f.fileSize, (unsigned)f.fileId, (unsigned)f.fileType);
    return 0;
}
