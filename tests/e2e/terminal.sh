# A real terminal for tests: tmux. Sourced after lib.sh.
# shellcheck shell=bash

# term_start COLUMNS ROWS COMMAND...: run the command in a terminal of that size. The server ends with it, or by term_end.
term_start()
{
    local columns=$1 rows=$2
    shift 2
    need tmux
    # A server that was told to end may still be there: each terminal has one of its own.
    term_count=$((${term_count:-0} + 1))
    term_socket=$PWD/.tmux.$term_count
    env -u TMUX TERM=screen-256color tmux -S "$term_socket" -f /dev/null new-session -d -x "$columns" -y "$rows" \
        timeout --foreground 100 "$@"
}

term() { env -u TMUX tmux -S "$term_socket" "$@"; }

# Keys, as tmux names them; text as it stands.
term_key() { term send-keys "$@"; }
term_type() { term send-keys -l -- "$1"; }

# What the screen shows; lines the terminal wrapped are one line.
term_screen() { term capture-pane -pJ; }

# term_wait REGEX: until the screen shows it; a minute at most.
term_wait()
{
    local i
    for ((i = 0; i < 600; i++)); do
        term_screen >"$PWD/.screen" 2>/dev/null || true
        ! grep -qE -e "$1" "$PWD/.screen" || return 0
        sleep 0.1
    done
    sed 's/^/    screen| /' "$PWD/.screen" >&2
    term_end
    fail "the terminal does not show: $1"
}

term_end() { term kill-server 2>/dev/null || true; }
