/* sealift completion: scripts for shells, and the words they ask for. */
#include "cli/suggest.h"

#include <string.h>

/* In each, {program} stands for the name of the program, and {function} for the same in the name of a function. */
static const char bash[] =
    "# Completion of {program} for bash: the program itself says what may come next.\n"
    "_{function}()\n"
    "{\n"
    "    local IFS=$' \\t\\n' line words cur cut prefix\n"
    "    line=${COMP_LINE:0:COMP_POINT}\n"
    "    read -ra words <<<\"$line\"\n"
    "    [[ $line != *[[:space:]] ]] || words+=('')\n"
    "    cur=${words[${#words[@]} - 1]}\n"
    "    # Readline replaces only what follows the last '=' or ':'.\n"
    "    cut=${cur%\"${cur##*[=:]}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        prefix=${line#* }\n"
    "        case $line in\n"
    "        ':files '*)\n"
    "            compopt -o filenames\n"
    "            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"${cur#\"$prefix\"}\")\n"
    "            ;;\n"
    "        ':folders '*)\n"
    "            compopt -o filenames\n"
    "            mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- \"${cur#\"$prefix\"}\")\n"
    "            ;;\n"
    "        *)\n"
    "            line=${line%%$'\\t'*}\n"
    "            COMPREPLY+=(\"${line#\"$cut\"}\")\n"
    "            [[ $line != *[=:./] ]] || compopt -o nospace\n"
    "            ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" completion words -- \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _{function} {program}\n";

static const char zsh[] =
    "#compdef {program}\n"
    "# Completion of {program} for zsh: the program itself says what may come next.\n"
    "_{function}()\n"
    "{\n"
    "    local line word meaning files\n"
    "    local -a whole open whole_shown open_shown\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "        (':files '*|':folders '*)\n"
    "            files=$line\n"
    "            ;;\n"
    "        (*)\n"
    "            word=${line%%$'\\t'*} meaning=${line#*$'\\t'}\n"
    "            if [[ $word == *[=:./] ]]; then\n"
    "                open+=($word) open_shown+=(\"$word${meaning:+  -- }$meaning\")\n"
    "            else\n"
    "                whole+=($word) whole_shown+=(\"$word${meaning:+  -- }$meaning\")\n"
    "            fi\n"
    "            ;;\n"
    "        esac\n"
    "    done < <($words[1] completion words -- \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)\n"
    "    (( $#whole )) && compadd -l -d whole_shown -a whole\n"
    "    (( $#open )) && compadd -S '' -l -d open_shown -a open\n"
    "    if [[ -n $files ]]; then\n"
    "        [[ -z ${files#* } ]] || compset -P \"${(b)${files#* }}\"\n"
    "        if [[ $files == ':folders '* ]]; then _files -/; else _files; fi\n"
    "    fi\n"
    "}\n"
    "if [[ $funcstack[1] == _{function} ]]; then _{function} \"$@\"; else compdef _{function} @; fi\n";

static const char fish[] =
    "# Completion of {program} for fish: the program itself says what may come next.\n"
    "function __{function}_words\n"
    "    set -l words (commandline -opc) (commandline -ct)\n"
    "    for line in (command $words[1] completion words -- $words[2..-1] 2>/dev/null)\n"
    "        set -l prefix (string replace -r '^:[a-z]+ ' '' -- $line)\n"
    "        switch $line\n"
    "            case ':files *'\n"
    "                set -l typed (string sub -s (math (string length -- $prefix) + 1) -- $words[-1])\n"
    "                string replace -r '^' -- $prefix (__fish_complete_path \"$typed\")\n"
    "            case ':folders *'\n"
    "                set -l typed (string sub -s (math (string length -- $prefix) + 1) -- $words[-1])\n"
    "                string replace -r '^' -- $prefix (__fish_complete_directories \"$typed\" '')\n"
    "            case '*'\n"
    "                echo $line\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c {program} -f -a '(__{function}_words)'\n";

/* The name of a program as part of the name of a function. */
static bool add_function(const char *name, struct sl_buf *b, struct sl_err *err)
{
    for (; *name; name++)
        if (!sl_buf_add_char(b, *name == '-' ? '_' : *name, err))
            return false;
    return true;
}

static bool put_text(struct sl_context *c, struct sl_span text, struct sl_err *err)
{
    if (!c->console.json)
        return sl_console_bytes(&c->console, text, err);
    SL_AUTO(sl_json_clear)
    json_t *answer = json_pack("{s:s%}", "text", text.ptr ? (const char *)text.ptr : "", text.len);
    return answer ? sl_console_json(&c->console, answer, err) : sl_fail_nomem(err);
}

static bool put_script(struct sl_context *c, const char *script, struct sl_err *err)
{
    static const char program[] = "{program}", function[] = "{function}";
    SL_AUTO(sl_buf_clear) struct sl_buf b = { 0 };
    while (*script) {
        bool ok;
        if (strncmp(script, program, sizeof program - 1) == 0) {
            ok = sl_buf_add_str(&b, c->tool->name, err);
            script += sizeof program - 1;
        } else if (strncmp(script, function, sizeof function - 1) == 0) {
            ok = add_function(c->tool->name, &b, err);
            script += sizeof function - 1;
        } else {
            ok = sl_buf_add_char(&b, *script++, err);
        }
        if (!ok)
            return false;
    }
    return put_text(c, sl_buf_span(&b), err);
}

static bool put_words(struct sl_context *c, struct sl_err *err)
{
    SL_AUTO(sl_buf_clear) struct sl_buf b = SL_BUF_MAX((size_t)1 << 20);
    return sl_suggest_words(c->tool, (int)c->args.n_positional - 1, c->args.positional + 1, &b, err)
           && put_text(c, sl_buf_span(&b), err);
}

bool sl_cmd_completion(struct sl_context *c, enum sl_exit *status, struct sl_err *err)
{
    (void)status;
    static const struct {
        const char *shell, *script;
    } scripts[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };
    const char *what = c->args.positional[0];
    if (strcmp(what, "words") == 0)
        return put_words(c, err);
    if (c->args.n_positional > 1)
        return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "'%s completion %s' takes no further argument '%s'", c->tool->name,
                       what, c->args.positional[1]);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (strcmp(what, scripts[i].shell) == 0)
            return put_script(c, scripts[i].script, err);
    return sl_fail(err, SL_E_USAGE, SL_LOC_NONE, "no completion for '%s': expected bash, zsh, fish or words", what);
}
