/* What the OTA library of FreeRTOS reads of a job (aws/ota-for-aws-iot-embedded-sdk, ota.c), with the library's own limits
 * as they are when nobody configures others. Reads {"execution":{"jobId":...,"jobDocument":...}} on stdin, writes
 * "name value" for each field. Exit status 1: the library refuses it. */
#include "ota.c"

const char OTA_JsonFileSignatureKey[OTA_FILE_SIG_KEY_STR_MAX_LENGTH] = "sig-sha256-ecdsa";
const AppVersion32_t appFirmwareVersion;

void setControlInterface(OtaControlInterface_t *control)
{
    (void)control;
}

OtaErr_t setDataInterface(OtaDataInterface_t *data, const uint8_t *protocol)
{
    (void)data;
    (void)protocol;
    return OtaErrNone;
}

int main(void)
{
    static char message[65536];
    static uint8_t path[256], cert[256], url[OTA_REQUEST_URL_MAX_SIZE], auth[64], stream[64],
        bitmap[OTA_MAX_BLOCK_BITMAP_SIZE];
    static uint8_t job[OTA_JOB_ID_MAX_SIZE], protocols[OTA_PROTOCOL_BUFFER_SIZE];
    static Sig_t signature;
    static OtaInterfaces_t interfaces = { .os.mem = { malloc, free } };
    OtaFileContext_t *f = &otaAgent.fileContext, *final = NULL;
    JsonDocModel_t model;
    bool update = false;
    const size_t len = fread(message, 1, sizeof message, stdin);
    otaAgent.pOtaInterface = &interfaces;
    *f = (OtaFileContext_t){ .pFilePath = path,
                             .filePathMaxSize = sizeof path,
                             .pCertFilepath = cert,
                             .certFilePathMaxSize = sizeof cert,
                             .pUpdateUrlPath = url,
                             .updateUrlMaxSize = sizeof url,
                             .pAuthScheme = auth,
                             .authSchemeMaxSize = sizeof auth,
                             .pStreamName = stream,
                             .streamNameMaxSize = sizeof stream,
                             .pSignature = &signature,
                             .pRxBlockBitmap = bitmap,
                             .blockBitmapMaxSize = sizeof bitmap,
                             .pJobName = job,
                             .jobNameMaxSize = sizeof job,
                             .pProtocols = protocols,
                             .protocolMaxSize = sizeof protocols };
    if (initDocModel(&model, otaJobDocModelParamStructure, f, sizeof *f, OTA_NUM_JOB_PARAMS) != DocParseErrNone
        || parseJSONbyModel(message, (uint32_t)len, &model) != DocParseErrNone
        || validateAndStartJob(f, &final, &update) != OtaJobParseErrNone)
        return 1;
    printf("job %s\nprotocols %s\nfilepath %s\ncertfile %s\nurl %s\nauth_scheme %s\n", (char *)job, (char *)protocols,
           path, cert, url, auth);
    printf("filesize %u\nfileid %u\nfileType %u\nsignature_bytes %u\n", (unsigned)f->fileSize,
           (unsigned)f->serverFileID, (unsigned)f->fileType, (unsigned)signature.size);
    return 0;
}
