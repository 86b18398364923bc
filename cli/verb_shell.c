/* Verbs about the program itself: its manual, and what a shell completes. Both programs have them. */
#include "cli/verb.h"

#define END SL_OPT_COUNT

const struct sl_verb sl_verb_shell[] = {
    { "manual",
      "[PAGE]",
      "print a page of the manual",
      "Prints a manual page in the form man reads, as in 'manual publish | man -l -'. PAGE is a verb with - for each "
      "blank, such as job-watch, or the name of the program itself. Without PAGE it lists the pages there are, "
      "or with -o DIR writes them all into that folder.",
      { "manual", "manual sealift-signer-sign" },
      { SL_OPT_OUT, END },
      0,
      1,
      sl_cmd_manual,
      0 },
    { "completion",
      "SHELL [WORD ...]",
      "print what completes words in a shell",
      "Prints a script for bash, zsh or fish to read; packages bring it along. With words in place of SHELL it prints "
      "what may come next on a command line of the words after --, the last of which is being typed: that is what "
      "the scripts ask.",
      { "completion bash", "completion words -- key ''" },
      { END },
      1,
      4096,
      sl_cmd_completion,
      0 },
    { 0 },
};
