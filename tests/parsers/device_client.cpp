// What the AWS IoT Device Client reads of a job document (source/jobs/JobDocument.cpp). Reads the document on stdin and
// writes, for each step, its user and each word it would run, on lines of their own. Exit status 1: the client refuses it.
#include "jobs/JobDocument.h"

#include <cstdio>

using Aws::Iot::DeviceClient::Jobs::PlainJobDocument;

static void put(const PlainJobDocument::JobAction &action)
{
    std::printf("step %s\nuser %s\n", action.name.c_str(), action.runAsUser ? action.runAsUser->c_str() : "");
    if (action.handlerInput) {
        std::printf("handler %s\n", action.handlerInput->handler.c_str());
        if (action.handlerInput->args)
            for (const auto &word : *action.handlerInput->args)
                std::printf("word %s\n", word.c_str());
    }
    if (action.commandInput)
        for (const auto &word : action.commandInput->command)
            std::printf("word %s\n", word.c_str());
}

int main()
{
    json_t *value = json_loadf(stdin, 0, nullptr);
    PlainJobDocument document;
    document.LoadFromJobDocument(Aws::Crt::JsonView(value));
    if (!value || !document.Validate())
        return 1;
    std::printf("version %s\n", document.version.c_str());
    for (const auto &action : document.steps)
        put(action);
    if (document.finalStep)
        put(*document.finalStep);
    json_decref(value);
    return 0;
}
