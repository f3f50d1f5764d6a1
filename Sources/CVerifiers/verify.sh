#!/bin/sh
trap 'echo "ERROR: this copy of verify.sh is not whole, or it was stopped. Nothing is verified."; exit 2' EXIT
# verify.sh: checks a bundle of `provenance` (provenance/bundle@v1 or @v2) with a POSIX shell, awk, openssl and sha256sum.
#
#     sh verify.sh --keys DIR [BUNDLE]
#
# It reads Documentation/formats/bundle.md, "Verifying", as its specification; comments quote the rule that a part enforces.
# Records are read by record.md (version 1), post-v2.md and accession-v2.md.
# This file is the same in every bundle of a version: nothing in it is about one bundle, log or key.
#
# For an auditor who reads it: nothing in the bundle is trusted.
#   - No byte of a bundle is ever run, sourced, or used as a pattern, a format or an option.
#   - A file is opened only when `find` has just called it a regular file and its name is made of `a-z A-Z 0-9 . - _ /` alone.
#     Links, pipes and devices are counted as strays and never opened.
#   - awk reads bytes (LC_ALL=C). A NUL, which some awks cannot read, arrives as the byte FF, and in posts an FF as FE: neither
#     FE nor FF is ever UTF-8. Bytes that awk cannot write travel as octal escapes to `printf`.
#   - What is printed of a bundle is printable ASCII; every other byte is written as \x1b.
#   - Everything written goes to one private folder, removed at the end. The bundle must not be written to meanwhile.
#   - Only `report` ends it with a verdict. However else it ends, the trap above says so: a copy that was cut short too.
#   - A full disk must not lose what was found. As long as nothing failed, the file `sound` is there: taking it away needs no room. After
#     each step it is tried whether there is room still.
#
# Parts: 1 the surroundings; 2 tools of this script; 3 programs for awk; 4 keys; 5 the seven steps; 6 the report.

version='verify.sh 2, for provenance/bundle@v1 and provenance/bundle@v2'

usage() {
    cat <<'EOF'
usage: sh verify.sh --keys DIR [-q] [BUNDLE]

Checks a bundle of `provenance`, offline. BUNDLE is a folder; left out, it is the one that verify.sh lies in.

  --keys DIR   the public keys that you trust, got from somewhere else than the bundle: log.vkey, signer.vkey, policy,
               signers. Without them nothing can be proven.
  -q, --quiet  print nothing when everything is verified
  --version    print the version
  -h, --help   print this

The last two lines are the verdict and its limits. Exit codes: 0 VERIFIED, 1 FAILED, 2 ERROR, 3 INCONCLUSIVE.
EOF
}

# ---------------------------------------------------------------------------------------------------------------------
# 1. The surroundings
# ---------------------------------------------------------------------------------------------------------------------

set -u
umask 077
LC_ALL=C
# An openssl.cnf can change what openssl verifies; the built-in defaults are what is wanted.
OPENSSL_CONF=/dev/null
export LC_ALL OPENSSL_CONF
# `cd` must go where it is told, and the shells started below must read no start-up file.
unset CDPATH ENV BASH_ENV
IFS=$(printf ' \t\n_')
IFS=${IFS%_}

# The script works in the bundle's folder, so a PATH with "." in it would run a `sha256sum` that the bundle brings along.
absolute_path_only() {
    old=$PATH:
    # shellcheck disable=SC2123 # this is the search path, and is meant
    PATH=
    while [ -n "$old" ]; do
        case ${old%%:*} in
        /*) PATH=${PATH:+$PATH:}${old%%:*} ;;
        esac
        old=${old#*:}
    done
    export PATH
}

# Ends the script as it is meant to end.
leave() {
    trap - EXIT
    [ -z "${T-}" ] || rm -rf "$T"
    exit "$1"
}

# Ends it when it did not come to its end.
# shellcheck disable=SC2317 # a trap runs it
unfinished() {
    trap - EXIT
    [ -z "${T-}" ] || rm -rf "$T"
    echo 'ERROR: this copy of verify.sh is not whole, or it was stopped. Nothing is verified.' >&9
    exit 2
}

# Standard input, output and error are open from here on: where one was closed, the next file to be opened would take its place.
# What cannot be told on standard output is not forgotten: see report.
lost=no
(exec 9>&2) || exec 2>/dev/null
(exec 9<&0) 2>/dev/null || exec </dev/null
(exec 9>&1) 2>/dev/null || { lost=yes && exec >/dev/null; }
# Standard output, whatever a command that is running has been given for it.
exec 9>&1

# Prints a part of the report, a printf format and its values, and notices when it cannot be written.
say() {
    # shellcheck disable=SC2059 # the format is in this script
    printf "$@" 2>/dev/null || lost=yes
}

complain() {
    printf 'verify.sh: %s\n' "$1" >&2
    printf 'Try: sh verify.sh --help\n' >&2
    leave 2
}

keys=
bundle=
quiet=no
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help | --version)
        case $1 in
        --version) say '%s\n' "$version" ;;
        *) say '%s\n' "$(usage)" ;;
        esac
        [ "$lost" = no ] || complain 'standard output cannot be written'
        leave 0
        ;;
    -q | --quiet) quiet=yes ;;
    --keys)
        if [ $# -lt 2 ] || [ -z "$2" ]; then complain '--keys wants a folder'; fi
        keys=$2
        shift
        ;;
    --keys=?*) keys=${1#--keys=} ;;
    --)
        shift
        break
        ;;
    -*) complain 'an unknown option' ;;
    *)
        [ -z "$bundle" ] || complain 'more than one bundle'
        [ -n "$1" ] || complain 'the name of the bundle is empty'
        bundle=$1
        ;;
    esac
    shift
done
if [ $# -gt 0 ]; then
    if [ $# -gt 1 ] || [ -n "$bundle" ] || [ -z "$1" ]; then complain 'more than one bundle, or an empty name'; fi
    bundle=$1
fi

absolute_path_only
for tool in awk cat cp cut dirname find head mkdir mktemp mv od openssl rm sed sha256sum sort tail tr wc xargs; do
    command -v "$tool" >/dev/null 2>&1 || complain "there is no $tool here"
done

# The physical path of a folder, whatever its name begins with.
folder_of() {
    case $1 in
    /*) (cd "$1" && pwd -P) ;;
    *) (cd "./$1" && pwd -P) ;;
    esac 2>/dev/null
}

script_folder=
case $0 in
*verify.sh*) script_folder=$(folder_of "$(dirname -- "$0")") ;;
esac
if [ -z "$bundle" ]; then
    [ -n "$script_folder" ] || complain 'name the bundle: the folder of this script is not known'
    bundle=$script_folder
    shown=.
else
    shown=$bundle
fi
[ -d "$bundle" ] || complain 'the bundle is no folder that can be read (unpack a zip file first)'
bundle=$(folder_of "$bundle") || complain 'the folder of the bundle cannot be opened'
keys_folder=
if [ -n "$keys" ]; then
    keys_folder=$(folder_of "$keys") || complain 'the folder of keys cannot be opened'
fi

T=$(mktemp -d "${TMPDIR:-/tmp}/verify.XXXXXXXX") || complain 'no temporary folder can be made'
trap unfinished EXIT HUP INT QUIT ALRM PIPE TERM USR1 USR2
T=$(cd "$T" && pwd -P) || exit 2
export T
mkdir "$T/awk" "$T/keys" "$T/hash" "$T/work" || complain 'the temporary folder cannot be written to'
# As much as a report takes, and 64 KiB to try with.
for name in 1 2 3 4 5 6 7 8; do
    printf '%8191s\n' ''
done >"$T/sound" || complain 'the temporary folder is full'
cat "$T/sound" "$T/sound" "$T/sound" "$T/sound" >"$T/room" || complain 'the temporary folder is full'
[ "$(wc -c <"$T/room" | tr -d ' ')" = 262144 ] || complain 'the temporary folder is full'
for name in problems counts facts files head info keytable rules said signers vkeys; do : >"$T/$name"; done
cd "$bundle" || complain 'the folder of the bundle cannot be opened'

# ---------------------------------------------------------------------------------------------------------------------
# 2. Tools of this script
# ---------------------------------------------------------------------------------------------------------------------

# Text from outside, fit for a terminal: every byte that is not printable ASCII is escaped, and it is cut to 200 bytes.
clean() {
    printf '%s\n' "$1" | program clean
}

# Puts something wrong on the list: what it makes of the exit code, its code, the place and the reason (fit for a terminal).
problem() {
    printf '%s %s  %s: %s\n' "$1" "$2" "$3" "$4" >>"$T/problems" || rm -f "$T/sound"
}

# Something here failed that has nothing to do with the bundle: a tool, or the disk. Nothing that was found counts any more, for
# nobody knows since when. (This may run in a part of a pipe: go_on ends the script.)
broken() {
    [ -e "$T/sound" ] || return 0
    rm -f "$T/sound" "$T/room"
    printf '2 E-IO  %s: %s\n' "$1" "$2" >"$T/broken"
}

# Ends with a report when something is broken. Whoever could not write may not have said so; whoever can write now could then.
go_on() {
    if ! { cat "$T/sound" >"$T/try" && [ "$(wc -c <"$T/try" | tr -d ' ')" = 65536 ] && rm "$T/try"; } 2>/dev/null; then
        broken "${TMPDIR:-/tmp}" 'nothing more can be written there: is the disk full?'
    fi
    [ -e "$T/sound" ] || report
}

# Runs an awk program of part 3 with the libraries it needs: program NAME [-v name=value …].
program() {
    awk_program=$1
    shift
    case $awk_program in
    checkpoint | bundlenote | records | proofs)
        set -- -f "$T/awk/files.awk" -f "$T/awk/lines.awk" -f "$T/awk/note.awk" -f "$T/awk/$awk_program.awk" "$@" ;;
    parts) set -- -f "$T/awk/files.awk" -f "$T/awk/front.awk" -f "$T/awk/keys.awk" -f "$T/awk/passages.awk" -f "$T/awk/parts.awk" "$@" ;;
    policy | keyfile) set -- -f "$T/awk/vkeys.awk" -f "$T/awk/$awk_program.awk" "$@" ;;
    *) set -- -f "$T/awk/$awk_program.awk" "$@" ;;
    esac
    awk -f "$T/awk/bytes.awk" "$@" || broken "$awk_program" 'awk failed: is the disk full?'
}

count_lines() {
    wc -l <"$1" | tr -d ' '
}

# The sizes of the files named in a list, a line "size ./path" each, in the order of the list.
sizes() {
    [ -s "$1" ] || return 0
    sed 's|^|./|' "$1" | xargs wc -c | awk '$2 != "total" { print $1, $2 }'
}

# The bytes of the files named in a list, one file after the other; NUL becomes FF.
contents() {
    [ -s "$1" ] || return 0
    sed 's|^|./|' "$1" | xargs cat -- | tr '\000' '\377'
}

# The SHA-256 of the files named in a list, a line "digest  ./path" each.
digests() {
    [ -s "$1" ] || return 0
    sed 's|^|./|' "$1" | xargs sha256sum --
}

# The bytes of the posts named in a list, one after the other; NUL becomes FF, and FF becomes FE.
post_bytes() {
    [ -s "$1" ] || return 0
    sed 's|^|./|' "$1" | xargs cat -- | tr '\377\000' '\376\377'
}

# Writes files below a folder. Each line of standard input is a name and the file's bytes as octal escapes (\001\377…);
# both were made by the awk programs below: the name has digits and dots, the rest backslashes and digits.
write_octal() {
    (
        cd "$1" || exit 1
        # shellcheck disable=SC2016 # the inner shell expands these
        sed "s/ /=/; s/.*/'&'/" | xargs sh -c 'for word; do printf "${word#*=}" >"${word%%=*}" || exit 1; done' sh
    ) || broken files 'not every file could be written: is the disk full?'
}

# Cuts standard input into pieces $T/NAME.1, $T/NAME.2, … of so many lines; prints their number.
cut_lines() {
    awk -v most="$2" -v name="/$1." '
        NR % most == 1 || most == 1 { if (file) close(file); file = ENVIRON["T"] name (++n) }
        { print > file }
        END { print n + 0 }' || broken "$1" 'awk failed: is the disk full?'
}

# An empty folder: some file systems write a file to the disk at once when it takes the place of another.
new_hash() {
    rm -rf "$T/hash"
    mkdir "$T/hash" || broken hash 'no folder can be made: is the disk full?'
}

# The SHA-256 of the files hash/1 … hash/N.
hash_files() {
    awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) print i }' | (cd "$T/hash" && xargs sha256sum) | cut -c 1-64 >"$T/hashed"
    [ "$(count_lines "$T/hashed")" = "$1" ] || broken sha256sum 'it did not hash every file'
    cat "$T/hashed"
}

# The SHA-256 of byte strings: each line of standard input is one, as octal escapes; each line of output is its digest.
# No more than 20,000 are files at a time.
hash_octal() {
    octals=$(cut_lines octal 20000)
    octal=0
    while [ "$octal" -lt "${octals:-0}" ]; do
        octal=$((octal + 1))
        new_hash
        awk '{ print NR, $0 }' "$T/octal.$octal" | write_octal "$T/hash"
        hash_files "$(count_lines "$T/octal.$octal")"
    done
}

# Checks the signatures that awk has put down in octal in work/signatures. Each line of work/tasks is SIGNATURE:MESSAGE, names
# of files in work/signature and work/message; what follows the last dot of SIGNATURE is the number of the key. Appends
# "SIGNATURE ok" or "SIGNATURE bad" to work/verified, for each of them or the check is broken.
verify_signatures() {
    write_octal "$T/work/signature" <"$T/work/signatures"
    known=$(count_lines "$T/work/verified")
    (
        cd "$T/work" || exit 1
        # shellcheck disable=SC2016,SC2086 # the inner shell expands these; $parallel is empty or two words
        xargs $parallel -n 20 sh -c '
            for task; do
                signature=${task%%:*}
                if openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "../keys/${signature##*.}.der" \
                    -in "message/${task#*:}" -sigfile "signature/$signature" </dev/null >/dev/null 2>&1
                then printf "%s ok\n" "$signature"
                else printf "%s bad\n" "$signature"
                fi
            done' sh <tasks >>verified
    )
    [ "$(count_lines "$T/work/verified")" = $((known + $(count_lines "$T/work/tasks"))) ] ||
        broken openssl 'not every signature could be checked'
}

new_work() {
    rm -rf "$T/work"
    mkdir "$T/work" "$T/work/message" "$T/work/signature" "$T/work/leaf" "$T/work/part" || broken work 'no folder can be made: is the disk full?'
    : >"$T/work/verified"
    : >"$T/work/tasks"
    : >"$T/work/signatures"
}

# As many signatures at once as there are processors, where xargs can do that.
parallel=
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null) || jobs=1
case $jobs in
'' | *[!0-9]* | 0 | 1) ;;
*) [ "$(printf 'a\n' | xargs -P "$jobs" echo 2>/dev/null)" = a ] && parallel="-P $jobs" ;;
esac

# ---------------------------------------------------------------------------------------------------------------------
# 3. Programs for awk
# ---------------------------------------------------------------------------------------------------------------------

# One here-document with all of them; each begins at a line "=== name" and becomes a file of this name.
# Numbers are kept as strings of digits wherever they may exceed what awk counts exactly (2^53); names and digests are
# compared as strings (`"" x`), or "1e3" would equal "1000".
write_programs() {
    awk '/^=== / { file = ENVIRON["T"] "/awk/" $2; printf "" > file; next } { print > file }' <<'EOF'
=== bytes.awk
# Bytes, numbers, base64, names, and the list of problems.
BEGIN {
    T = ENVIRON["T"]
    OCT[0] = "\\000"; HEX[0] = "00"; OF["00"] = OCT[0]
    for (i = 1; i < 256; i++) {
        CHAR[i] = sprintf("%c", i)
        ORD[CHAR[i]] = i
        OCT[i] = sprintf("\\%03o", i)
        HEX[i] = sprintf("%02x", i)
        OF[HEX[i]] = OCT[i]
        VALUE_OF[HEX[i]] = i
    }
    VALUE_OF["00"] = 0
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (i = 1; i <= 64; i++) SIX[substr(digits, i, 1)] = i - 1
    LARGEST = "9223372036854775807"
}

function problem(status, code, place, reason) {
    print status, code "  " place ": " reason >> (T "/problems")
}

# Text from outside, fit for a terminal.
function clean(s,   i, c, out, n) {
    if (length(s) > 200) s = substr(s, 1, 200) "..."
    if (s !~ /[^ -~]/) return s
    n = length(s)
    for (i = 1; i <= n; i++) {
        c = substr(s, i, 1)
        out = out (c ~ /[ -~]/ ? c : "\\x" HEX[ORD[c]])
    }
    return out
}

# The same without a space in it, to stand as one word.
function word(s) { s = clean(s); gsub(/ /, "\\x20", s); return s }

# Text without white space but U+0020 as one word, and no two texts as the same; "?" stands for what was not read.
function token(s) { gsub(/%/, "%25", s); gsub(/ /, "%20", s); gsub(/[?]/, "%3f", s); return s }
function untoken(s) { gsub(/%3f/, "?", s); gsub(/%20/, " ", s); gsub(/%25/, "%", s); return s }

# How a record wants its post to be read: 1 by version 1, 2 in the form that the bytes take, with the keys of source and date ("=" and
# the key, or "-"), "p" as plain, "f" in a form of later.
function reading(form, source_key, dated_key) {
    if (form == "") return "1 - -"
    if (form == "rss" || form == "html" || form == "stub") return "2 " source_key " " dated_key
    if (form == "headed" || form == "linked") return "2 - -"
    return form == "plain" ? "p - -" : "f - -"
}

# "Decimal without leading zeros and sign", at most 2^63-1.
function is_decimal(s) {
    return s ~ /^(0|[1-9][0-9]*)$/ && (length(s) < 19 || length(s) == 19 && ("" s) <= LARGEST)
}
function less(a, b) { return length(a) != length(b) ? length(a) < length(b) : ("" a) < ("" b) }
function odd(s) { return substr(s, length(s)) % 2 }
function half(s,   i, out, carry, d) {
    if (length(s) < 16) return sprintf("%.0f", int(s / 2))
    for (i = 1; i <= length(s); i++) {
        d = carry * 10 + substr(s, i, 1)
        if (out != "" || d > 1) out = out int(d / 2)
        carry = d % 2
    }
    return out
}
# s + step, for a step of 1 or -1 and s + step >= 0.
function plus(s, step,   i, d, out) {
    if (length(s) < 16) return sprintf("%.0f", s + step)
    for (i = length(s); i > 0 && step != 0; i--) {
        d = substr(s, i, 1) + step
        step = d > 9 ? 1 : d < 0 ? -1 : 0
        out = (d + 10) % 10 out
    }
    out = substr(s, 1, i) out
    if (step == 1) out = "1" out
    sub(/^0+/, "", out)
    return out
}
# s * 256 + b
function shifted(s, b,   i, d, out) {
    for (i = length(s); i > 0; i--) {
        d = substr(s, i, 1) * 256 + b
        out = d % 10 out
        b = int(d / 10)
    }
    out = (b > 0 ? b : "") out
    sub(/^0+/, "", out)
    return out == "" ? "0" : out
}

function is_hex(s, n) { return length(s) == n && s ~ /^[0-9a-f]+$/ }

# RFC 4648 base64 "in its one canonical spelling": padded, no other characters, unused bits zero.
function is_base64(s,   n) {
    n = length(s)
    if (n % 4) return 0
    if (n == 0) return 1
    # In a string, for between two slashes some awks take "\/" in brackets for two characters.
    if (substr(s, n - 1) == "==") return substr(s, 1, n - 2) ~ "^[A-Za-z0-9+/]*[AQgw]$"
    if (substr(s, n) == "=") return substr(s, 1, n - 1) ~ "^[A-Za-z0-9+/]*[AEIMQUYcgkosw048]$"
    return s ~ "^[A-Za-z0-9+/]*$"
}
function base64_size(s,   n) {
    n = length(s)
    return n / 4 * 3 - (substr(s, n) == "=") - (substr(s, n - 1) == "==")
}
function base64_hex(s,   i, n, v, out) {
    n = length(s)
    for (i = 1; i < n; i += 4) {
        v = SIX[substr(s, i, 1)] * 262144 + SIX[substr(s, i + 1, 1)] * 4096 + SIX[substr(s, i + 2, 1)] * 64 + SIX[substr(s, i + 3, 1)]
        out = out sprintf("%06x", v)
    }
    return substr(out, 1, 2 * base64_size(s))
}
function hex_octal(s,   i, n, out) {
    n = length(s)
    for (i = 1; i < n; i += 2) out = out OF[substr(s, i, 2)]
    return out
}
function text_octal(s,   i, n, out) {
    n = length(s)
    for (i = 1; i <= n; i++) out = out OCT[ORD[substr(s, i, 1)]]
    return out
}

# Reads a string as UTF-8: 0 when it is not (RFC 3629: no surrogates, no overlong forms, nothing over 10FFFF). Says of its
# characters whether one is White_Space, a control of category Cc or U+2028/2029, a control below U+0020 or DEL, and
# whether the first or the last is White_Space.
function scan(s,   i, n, b, need, size, point, characters, space) {
    SPACE = CONTROL = LOW = FIRST = LAST = 0
    n = length(s)
    for (i = 1; i <= n; i++) {
        b = ORD[substr(s, i, 1)]
        if (need == 0) {
            if (b < 128) { size = 0; point = b }
            else if (b >= 194 && b <= 223) { size = 1; point = b - 192 }
            else if (b >= 224 && b <= 239) { size = 2; point = b - 224 }
            else if (b >= 240 && b <= 244) { size = 3; point = b - 240 }
            else return 0
            need = size
        } else {
            if (b < 128 || b > 191) return 0
            point = point * 64 + b - 128
            need--
        }
        if (need > 0) continue
        if (size == 2 && (point < 2048 || point >= 55296 && point <= 57343)) return 0
        if (size == 3 && (point < 65536 || point > 1114111)) return 0
        space = point >= 9 && point <= 13 || point == 32 || point == 133 || point == 160 || point == 5760 ||
            point >= 8192 && point <= 8202 || point == 8232 || point == 8233 || point == 8239 || point == 8287 || point == 12288
        if (space) SPACE = 1
        if (point < 32 || point >= 127 && point <= 159 || point == 8232 || point == 8233) CONTROL = 1
        if (point < 32 || point == 127) LOW = 1
        if (++characters == 1) FIRST = space
        LAST = space
    }
    return need == 0
}

# A line of a note: "MUST be valid UTF-8, and MUST NOT contain any ASCII control characters (those below U+0020)".
function is_note_line(s) {
    if (s !~ /[^ -~]/) return 1
    return scan(s) && s !~ /[\001-\037]/
}
# signed-note: a key name is "non-empty and not contain any Unicode spaces nor plus characters"; at most 255 bytes, no controls.
function is_name(s) {
    if (s == "" || length(s) > 255 || index(s, "+")) return 0
    if (s !~ /[^!-~]/) return 1
    return scan(s) && !SPACE && !LOW
}
# record.md, "Source and date": not empty, not too long, no White_Space at either end, no Cc, U+2028 or U+2029.
function is_stated(s, limit) {
    if (s == "" || length(s) > limit) return 0
    if (s !~ /[^ -~]/) return s !~ /^ / && s !~ / $/
    return scan(s) && !CONTROL && !FIRST && !LAST
}

# post-v2.md: "`http://` or `https://` in any case, then something that is no `/`".
function is_address(s) { return s ~ "^[Hh][Tt][Tt][Pp][Ss]?://[^/]" }

# record.md: "the date must name a day, or a time with a zone".
function is_date(s,   month, day, year, most, zone) {
    if (s !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]/) return 0
    year = substr(s, 1, 4); month = substr(s, 6, 2) + 0; day = substr(s, 9, 2) + 0
    most = month == 2 ? 28 + (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) : \
        month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
    if (month < 1 || month > 12 || day < 1 || day > most) return 0
    s = substr(s, 11)
    if (s == "") return 1
    if (s !~ /^[Tt ][0-9][0-9]:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)? ?([Zz]|[-+][0-9][0-9](:?[0-9][0-9])?)$/) return 0
    if (substr(s, 2, 2) > 23 || substr(s, 5, 2) > 59 || substr(s, 7, 1) == ":" && substr(s, 8, 2) > 60) return 0
    if (s ~ /[Zz]$/) return 1
    zone = s
    sub(/^.*[-+]/, "", zone)
    return substr(zone, 1, 2) <= 23 && (length(zone) == 2 || substr(zone, length(zone) - 1) <= 59)
}

=== octal.awk
{ print $1, hex_octal($2) }

=== clean.awk
{ print clean($0) }

=== self.awk
# Whether this awk does what the programs need of it: bytes as characters, numbers of any length.
{
    ok = length($0) == 4 && ORD[substr($0, 2, 1)] == 195 && substr($0, 4) == "\377" && $0 ~ /[^ -~]/ && "\303\251" !~ /[ -~]/
    ok = ok && !scan($0) && scan("\303\251") && is_name("a\303\251") && !is_name("a\302\240b") && !is_note_line("a\tb\303\251")
    ok = ok && half("9223372036854775807") == "4611686018427387903" && half("1099511627777") == "549755813888"
    ok = ok && plus("10000000000000000", -1) == "9999999999999999" && plus("9999999999999999", 1) == "10000000000000000"
    ok = ok && plus("1099511627775", 1) == "1099511627776" && shifted("36028797018963967", 255) == "9223372036854775807"
    ok = ok && is_decimal(LARGEST) && !is_decimal("9223372036854775808") && !is_decimal("01") && less("9", "10") && less("1e3", "999")
    ok = ok && is_base64("AAAA") && is_base64("AA==") && !is_base64("AB==") && base64_hex("+/8=") == "fbff"
    ok = ok && !is_base64("AA\\A") && !is_base64("A\\==") && "a\\b" ~ "[^A-Za-z0-9._/-]" && "a/b" !~ "[^A-Za-z0-9._/-]"
    ok = ok && is_note_line("0\\A^-~ \303\251") && is_name("\\0]^-") && "0\\A^-~\t" !~ /[\001-\010\013-\037\177]/
    ok = ok && "a\177" ~ /[\001-\010\013-\037\177]/ && "a\001" ~ /[\001-\010\013-\037\177]/ && "a\t" !~ /[\001-\010\013-\037\177]/
    print ok ? "ok" : "no"
}

=== files.awk
# Cuts standard input, which is the bytes of many files, one after the other, back into files. SIZES names a list of
# "size ./path". For each file file_start(path, size), file_line(line, ends_in_LF) and file_end() are called.
function open_files(sizes,   line, space) {
    FILES = 0
    while ((getline line < sizes) > 0) {
        space = index(line, " ")
        FILE_SIZE[++FILES] = substr(line, 1, space - 1) + 0
        FILE_PATH[FILES] = substr(line, space + 3)
        WANTED_BYTES += FILE_SIZE[FILES]
    }
    close(sizes)
    FILE = 0
    LEFT = 0
}
# Goes on to the next file that has bytes left; 0 when there is none.
function next_file() {
    while (LEFT == 0) {
        if (FILE > 0) file_end()
        if (FILE == FILES) { FILE++; return 0 }
        FILE++
        LEFT = FILE_SIZE[FILE]
        file_start(FILE_PATH[FILE], FILE_SIZE[FILE])
    }
    return 1
}
# Takes a line of the stream, which was followed by LF, or by nothing at the very end.
function feed(line,   n) {
    READ_BYTES += length(line) + 1
    for (;;) {
        if (LEFT == 0 && (FILE > FILES || !next_file())) return
        n = length(line)
        if (n < LEFT) {
            LEFT -= n + 1
            file_line(line, 1)
            return
        }
        # The file ends within this line: its last line has no LF, and the next file begins here.
        file_line(substr(line, 1, LEFT), 0)
        line = substr(line, LEFT + 1)
        LEFT = 0
    }
}
# 1 when every file had the bytes that were announced; they are other ones when somebody wrote to the bundle meanwhile.
function close_files() {
    if (FILE <= FILES && LEFT == 0) next_file()
    return LEFT == 0 && (READ_BYTES == WANTED_BYTES || READ_BYTES == WANTED_BYTES + 1)
}

=== lines.awk
# Collects each file's lines in LINE[1..LINES]; ENDED says whether the last ends in LF.
function file_start(path, size) { PATH = path; SIZE = size; LINES = 0; ENDED = 0 }
function file_line(line, ended) { LINE[++LINES] = line; ENDED = ended }

=== note.awk
# C2SP signed notes and the keys that may have signed them.

# Reads the note in LINE[1..LINES]; `ended`: its last line ends in LF. Answers what is wrong, or nothing. Then TEXT is the
# number of lines of the text, and SIGNER[i], SIGNER_ID[i] and SIGNATURE[i] (base64 of key ID and signature) are its
# SIGNATURES signature lines.
function read_note(ended, bytes, most,   i, j, rest, space, key) {
    if (bytes > 1000000) return bytes " bytes; a note has at most 1000000"
    if (LINES == 0 || !ended) return "the last line does not end in a newline"
    for (i = 1; i <= LINES; i++) {
        # Signature lines, which are most of what is not ASCII, are looked at without their dash.
        rest = LINE[i]
        if (substr(rest, 1, 4) == "\342\200\224 ") rest = substr(rest, 5)
        if (!is_note_line(rest)) return "line " i ": not UTF-8, or a control character"
    }
    # "The signatures are separated from the text by a blank line", the last one.
    for (j = LINES; j > 1 && LINE[j] != ""; j--) ;
    if (j < 2) return "no empty line before the signatures"
    if (j == LINES) return "no signature line"
    SIGNATURES = LINES - j
    if (SIGNATURES > most) return SIGNATURES " signature lines; at most " most " are read"
    split("", SEEN)
    for (i = 1; i <= SIGNATURES; i++) {
        rest = LINE[j + i]
        if (substr(rest, 1, 4) != "\342\200\224 ") return "line " j + i ": a signature line starts with an em dash and a space"
        rest = substr(rest, 5)
        space = index(rest, " ")
        if (!space) return "line " j + i ": a signature line is a dash, a name and base64"
        SIGNER[i] = substr(rest, 1, space - 1)
        SIGNATURE[i] = substr(rest, space + 1)
        if (!is_name(SIGNER[i])) return "line " j + i ": a key name is not empty, and has no space and no plus"
        if (!is_base64(SIGNATURE[i])) return "line " j + i ": the signature is not canonical base64"
        SIGNATURE_SIZE[i] = base64_size(SIGNATURE[i])
        if (SIGNATURE_SIZE[i] <= 4) return "line " j + i ": the signature is shorter than its key ID"
        SIGNER_ID[i] = substr(base64_hex(substr(SIGNATURE[i], 1, 8)), 1, 8)
        key = SIGNER[i] " " SIGNER_ID[i]
        if (key in SEEN) return "line " j + i ": a second signature line of one key"
        SEEN[key] = 1
    }
    TEXT = j - 1
    return ""
}

# The keys, from the table that part 4 made: "number role name id type", and which of them count: signers for records and
# the bundle's note; logs named like the origin, and every witness, for the checkpoint.
function read_keys(table, roles, origin,   line, field) {
    KEYS = 0
    while ((getline line < table) > 0) {
        split(line, field, " ")
        KEY_NAME[field[1]] = field[3]
        KEY_ID[field[1]] = field[4]
        if (!index(roles, field[2])) continue
        if (field[2] == "log" && ("" field[3]) != ("" origin)) continue
        if (field[2] == "log") LOG_KEYS++
        KEY[++KEYS] = field[1]
        KEY_TYPE[field[1]] = field[5]
    }
    close(table)
}

# Writes what openssl needs for each signature of the note that a known key (name and ID) has made. "Unknown (name, ID)
# pairs are ignored; a known pair that fails rejects the whole note." One that has the wrong length fails here.
function check_signatures(base,   s, i, k, j, hex, message, time, file) {
    for (s = 1; s <= SIGNATURES; s++) {
        for (i = 1; i <= KEYS; i++) {
            k = KEY[i]
            if (("" KEY_NAME[k]) != ("" SIGNER[s]) || ("" KEY_ID[k]) != ("" SIGNER_ID[s])) continue
            if (KEY_TYPE[k] != 1 && KEY_TYPE[k] != 4) continue
            hex = substr(base64_hex(SIGNATURE[s]), 9)
            message = base
            time = ""
            # tlog-cosignature: eight bytes of POSIX seconds, at most 2^63-1, before the 64 of the signature.
            if (length(hex) != (KEY_TYPE[k] == 1 ? 128 : 144) || KEY_TYPE[k] == 4 && substr(hex, 1, 1) > "7") {
                print base "." k " bad" >> (T "/work/verified")
                continue
            }
            if (KEY_TYPE[k] == 4) {
                time = "0"
                for (j = 1; j < 16; j += 2) time = shifted(time, VALUE_OF[substr(hex, j, 2)])
                hex = substr(hex, 17)
                message = base "." k
            }
            file = T "/work/message/" message
            if (!(message in WRITTEN)) {
                # "cosignature/v1\ntime <t>\n<note text>"
                if (time != "") printf "cosignature/v1\ntime %s\n", time > file
                for (j = 1; j <= TEXT; j++) print LINE[j] > file
                close(file)
                WRITTEN[message] = 1
            }
            print base "." k, hex_octal(hex) >> (T "/work/signatures")
            print base "." k ":" message >> (T "/work/tasks")
        }
    }
}

=== vkeys.awk
# vkeys, one a line: <name>+<8 lowercase hex>+<base64(type || public key)>. Prints "role place name id type key" for each.

# The 14 encodings of the 8 points of low order: under such a key anybody can make signatures.
BEGIN {
    lows = "0000000000000000000000000000000000000000000000000000000000000000 " \
        "0000000000000000000000000000000000000000000000000000000000000080 " \
        "0100000000000000000000000000000000000000000000000000000000000000 " \
        "0100000000000000000000000000000000000000000000000000000000000080 " \
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05 " \
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85 " \
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a " \
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa " \
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f " \
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff " \
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f " \
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff " \
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f " \
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
    count = split(lows, list, " ")
    for (i = 1; i <= count; i++) LOW_ORDER[list[i]] = 1
}

# Answers what is wrong with a vkey, or nothing; then V_NAME, V_ID, V_TYPE and V_KEY (hexadecimal) are its parts.
function read_vkey(s,   i, rest, blob) {
    if (length(s) > 4096) return "a vkey has at most 4096 bytes"
    # base64 may contain "+", so only the first two separate.
    i = index(s, "+")
    rest = substr(s, i + 1)
    V_NAME = substr(s, 1, i - 1)
    i = i ? index(rest, "+") : 0
    if (!i) return "a vkey is name+hash+base64"
    V_ID = substr(rest, 1, i - 1)
    blob = substr(rest, i + 1)
    if (!is_name(V_NAME)) return "a key name is not empty, and has no space and no plus"
    if (!is_hex(V_ID, 8)) return "the key ID is 8 lowercase hexadecimal digits"
    if (!is_base64(blob) || base64_size(blob) < 2) return "the key is not canonical base64 of a type and a key"
    V_KEY = base64_hex(blob)
    V_TYPE = VALUE_OF[substr(V_KEY, 1, 2)]
    V_KEY = substr(V_KEY, 3)
    if (V_TYPE == 1 || V_TYPE == 4) {
        if (length(V_KEY) != 64) return "an Ed25519 public key has 32 bytes, not " length(V_KEY) / 2
        if (V_KEY in LOW_ORDER) return "a point of low order: anybody can sign under it"
        # RFC 8032 5.1.3: "If the resulting value is >= p, decoding fails", p = 2^255-19.
        if (V_KEY ~ /^(ed|ee|ef|f[0-9a-f])/ && substr(V_KEY, 3, 60) !~ /[^f]/ && V_KEY ~ /[7f]f$/)
            return "the encoding is not canonical (y is 2^255-19 or more)"
    }
    if (V_TYPE == 6 && length(V_KEY) != 2624) return "an ML-DSA-44 key has 1312 bytes, not " length(V_KEY) / 2
    return ""
}
function print_vkey(role, place) { print role, place, V_NAME, V_ID, V_TYPE, V_KEY }

=== keyfile.awk
# A file of the keys folder: vkeys, one a line; empty lines and those that start with # are passed over.
BEGIN { place = word(ENVIRON["PLACE"]) }
$0 == "" || substr($0, 1, 1) == "#" { next }
{
    wrong = read_vkey($0)
    if (wrong != "") problem(2, "E-KEY", place ":" NR, wrong)
    else print_vkey(role, place ":" NR)
}

=== policy.awk
# A C2SP tlog-policy. Prints its keys, and writes rules: "w NUMBER" for a witness, "g THRESHOLD RULE…" for a group, "q RULE
# NAME" for the quorum. References are to earlier lines only, so a rule is its number among witnesses and groups.
function wrong(reason) { refuse("E-POLICY-MALFORMED", reason) }
function refuse(code, reason) { problem(2, code, "policy:" NR, reason); bad = 1; exit }
# "No two logs, and no two witnesses, with the same underlying public key, even under another name or id."
function take_key(names) {
    if (!(V_KEY in names)) names[V_KEY] = V_NAME
    else if (("" names[V_KEY]) == ("" V_NAME)) wrong("one public key twice")
    else refuse("E-KEY-ROLE", "one public key under two names: " clean(names[V_KEY]) " and " clean(V_NAME))
}
function key(text,   reason) {
    reason = read_vkey(text)
    if (reason != "") wrong(reason)
}
# "Witness and group names share a namespace; none is reserved."
function define(name) {
    if (name == "none") wrong("'none' is reserved")
    if (name in RULE) wrong("a name that an earlier line has")
    RULE[name] = ++rules
}
BEGIN { file = T "/rules"; printf "" > file }
# "The octets 0x09, 0x0A, 0x20-0x7E and 0x80-0xFF." (NUL arrives as 0x01 here.)
/[\001-\010\013-\037\177]/ { wrong("an octet that is not allowed") }
NF == 0 || substr($1, 1, 1) == "#" { next }
$1 == "log" {
    if (NF != 2 && NF != 3) wrong("wanted: log <vkey> [<url>]")
    key($2)
    if (V_TYPE == 4) wrong("a log's key is not a cosignature key (type 0x04)")
    take_key(LOG_KEYS)
    print_vkey("policylog", "policy:" NR)
    next
}
$1 == "witness" {
    if (NF != 3 && NF != 4) wrong("wanted: witness <name> <vkey> [<url>]")
    define("" $2)
    key($3)
    if (V_TYPE != 4 && V_TYPE != 6) wrong("a witness's key has the type 0x04 or 0x06, not " V_TYPE)
    take_key(WITNESS_KEYS)
    print_vkey("witness", "policy:" NR)
    print "w", ++witnesses >> file
    next
}
$1 == "group" {
    if (NF < 4) wrong("wanted: group <name> all|any|<k> <member>...")
    most = NF - 3
    if ($3 == "all") threshold = most
    else if ($3 == "any") threshold = 1
    else if (is_decimal($3) && $3 != "0" && !less(most "", $3)) threshold = $3
    else wrong("the threshold is all, any or 1 to " most)
    line = "g " threshold
    for (i = 4; i <= NF; i++) {
        if (!(("" $i) in RULE)) wrong("a member that no earlier line names")
        # "Each name may be a member at most once in the whole file."
        if (("" $i) in MEMBER) wrong("a name is a member twice")
        MEMBER["" $i] = 1
        line = line " " RULE["" $i]
    }
    define("" $2)
    print line >> file
    next
}
$1 == "quorum" {
    if (NF != 2) wrong("wanted: quorum <name>|none")
    if (quorum != "") wrong("a second quorum line")
    if ($2 == "none") quorum = "q 0 none"
    else if (("" $2) in RULE) quorum = "q " RULE["" $2] " " word($2)
    else wrong("a quorum that no earlier line names")
    next
}
{ wrong("an unknown keyword; known are log, witness, group and quorum") }
END {
    if (!bad && quorum == "") problem(2, "E-POLICY-MALFORMED", "policy", "no quorum line; exactly one is wanted")
    print quorum >> file
}

=== order.awk
# Puts records.awk's lines in the order of the log. Input: "index …". A record that was too large to be read is malformed.
BEGIN {
    while ((getline line < (T "/work/facts")) > 0) {
        space = index(line, " ")
        FACT[substr(line, 1, space - 1)] = line
    }
}
{ print ($1 in FACT ? FACT[$1] : $1 " malformed an entry has at most 65535 bytes") }

=== keyids.awk
# What a key's ID is the hash of: name, LF, type and public key; of an ECDSA key (0x02) the public key alone.
{ print ($5 == 2 ? "" : text_octal($3) "\\012" OCT[$5]) hex_octal($6) }

=== trust.awk
# Puts the keys together: one table of those that count, "number role name id type", and each Ed25519 key for openssl.
BEGIN { while ((getline id < (T "/keyids")) > 0) ID[++ids] = substr(id, 1, 8) }
# "One public key has one role, under one name."
function take_role(role, name, key) {
    if (!(key in ROLE)) { ROLE[key] = role; NAMED[key] = name }
    else if (ROLE[key] != role)
        problem(2, "E-KEY-ROLE", "keys", "one public key is that of the " ROLE[key] " " clean(NAMED[key]) " and of the " role " " clean(name))
    else if (("" NAMED[key]) != ("" name))
        problem(2, "E-KEY-ROLE", "keys", "one public key has two names as a " role "'s: " clean(NAMED[key]) " and " clean(name))
}
{
    if (("" ID[NR]) != ("" $4)) problem(2, "E-KEY", $2, "the key ID is " ID[NR] ", not " $4 " as it says")
    v = $3 " " $4 " " $5
    whole = v " " $6
    role = $1 == "policylog" ? "log" : $1
    take_role(role, $3, $6)
    if ($1 == "policylog") LISTED[whole] = 1
    # "A log key beside a policy that does not list it is an error."
    if ($1 == "log" && has_policy) {
        if (!(whole in LISTED)) problem(2, "E-KEY", "policy", "the folder holds the log key " clean($3) ", which the policy does not list")
        next
    }
    if (role == "signer") {
        if (whole in SIGNER_SEEN) next
        SIGNER_SEEN[whole] = 1
    }
    print ++n, role, v > (T "/keytable")
    # RFC 8410: the SubjectPublicKeyInfo of an Ed25519 key is these twelve bytes and the key.
    if ($5 == 1 || $5 == 4) print n ".der", hex_octal("302a300506032b6570032100" $6)
}

=== list.awk
# A list: "a line <64 lowercase hex>  <path>, LF after each, no other white space". Prints "path L digest".
function wrong(reason) { problem(1, "E-BUNDLE-MALFORMED", name ":" NR, reason); next_line = 1 }
{
    path = substr($0, 67)
    slashed = "/" path "/"
    if (!is_hex(substr($0, 1, 64), 64) || substr($0, 65, 2) != "  " || path == "")
        wrong("a line is 64 lowercase hexadecimal digits, two spaces and a path")
    else if (path ~ "[^A-Za-z0-9._/-]") wrong("a path has a-z A-Z 0-9 . - _ / alone")
    else if (index(slashed, "//") || index(slashed, "/./") || index(slashed, "/../"))
        wrong("a path is relative, without empty elements, . and ..")
    else if (name == "manifest-sha256.txt" && substr(path, 1, 5) != "data/") wrong("a path that is not below data/")
    else if (name != "manifest-sha256.txt" && substr(path, 1, 5) == "data/") wrong("a path below data/")
    else if (name != "manifest-sha256.txt" && (path == name || path == "bundle.note"))
        wrong("this list does not hold " path)
    else print path, "L", substr($0, 1, 64)
}

=== leftovers.awk
# "What file managers leave is passed over." Input: the lines of the lists, "path L digest". Prints the paths of `files` that are not
# such leftovers. What is on a list is never one.
BEGIN {
    while ((getline path < (T "/files")) > 0) {
        name = path
        sub("^.*/", "", name)
        folder = substr(path, 1, length(path) - length(name))
        # "Below __MACOSX/ at the top every regular file", the three names, and `._NAME` beside what every bundle may have.
        if (folder ~ "^__MACOSX/" || name ~ /^(\._)?(\.DS_Store|Thumbs\.db|desktop\.ini)$/) LEFT[path] = 1
        else if (path == "._tagmanifest-sha256.txt" || path == "._bundle.note") LEFT[path] = 1
        # `._NAME` beside a file NAME that a list names, "or a folder with a listed file somewhere below it".
        else if (name ~ /^\._./) { BESIDE[path] = folder substr(name, 3); WANTED[BESIDE[path]] = 1; doubles++ }
    }
    close(T "/files")
}
{
    path = "" $1
    if (path in LEFT) delete LEFT[path]
    if (path in BESIDE) delete BESIDE[path]
    if (!doubles) next
    if (path in WANTED) LISTED[path] = 1
    while (sub("/[^/]*$", "", path)) if (path in WANTED) LISTED[path] = 1
}
END {
    while ((getline path < (T "/files")) > 0)
        if (!(path in LEFT) && !((path in BESIDE) && (BESIDE[path] in LISTED))) print path
}

=== inventory.awk
# Lists against what is there. Input, sorted: "path F" for a regular file, "path L digest" for a line of a list.
# Prints "digest path" for each listed file that is there.
function settle() {
    if (path == "") return
    if (lines > 1) problem(1, "E-BUNDLE-MALFORMED", path, "it stands on the lists " lines " times")
    if (lines && !there) problem(1, "E-BUNDLE-MISSING", path, "listed and not there")
    if (lines && there) print digest, path
    # "Each file that is there is on one of the lists, but for the tag manifest itself, bundle.note, and what file managers leave."
    if (!lines && path != "tagmanifest-sha256.txt" && path != "bundle.note") print path > (T "/strays")
}
{
    if (("" $1) != path) { settle(); path = "" $1; lines = there = 0 }
    if ($2 == "F") there = 1
    else { lines++; digest = $3 }
}
END { settle() }

=== compare.awk
# What sha256sum found against the lists; both are in the same order. A file that could not be read is missing from the first.
{
    space = index($0, " ")
    while ((getline wanted < (T "/wanted")) > 0) {
        path = substr(wanted, 66)
        if (path == substr($0, space + 4)) {
            if (("" substr(wanted, 1, 64)) != ("" $1)) problem(1, "E-BUNDLE-CHANGED", path, "not the listed bytes")
            next
        }
        problem(2, "E-UNREADABLE", path, "cannot be read")
    }
}
END { while ((getline wanted < (T "/wanted")) > 0) problem(2, "E-UNREADABLE", substr(wanted, 66), "cannot be read") }

=== info.awk
# bag-info.txt: "these lines, in this order". Prints each value as "label value", malformed ones too when they are text.
function wrong(reason) { problem(1, "E-BUNDLE-MALFORMED", "bag-info.txt:" NR, reason) }
BEGIN {
    labels = split("Bag-Software-Agent Bagging-Date Payload-Oxum Provenance-Bundle Provenance-Log Provenance-Log-Size " \
        "Provenance-Posts Provenance-Selection Provenance-Signer", LABEL, " ")
    for (i = 1; i <= labels; i++) PLACE[LABEL[i]] = i
}
function is_value(label, v,   i) {
    if (label == "Bag-Software-Agent") return v == "provenance"
    if (label == "Bagging-Date") return v ~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$/
    if (label == "Payload-Oxum") { i = index(v, "."); return i && is_number(substr(v, 1, i - 1)) && is_number(substr(v, i + 1)) }
    if (label == "Provenance-Bundle") return v == form
    if (label == "Provenance-Log") return v != "" && is_note_line(v)
    if (label == "Provenance-Log-Size") return is_decimal(v)
    if (label == "Provenance-Posts") return v == "included" || v == "withheld"
    if (label == "Provenance-Signer") return is_name(v)
    # "A..B": both ends included, the first not after the last.
    if (v == "filter") return 1
    i = index(v, "..")
    return i && is_number(substr(v, 1, i - 1)) && is_number(substr(v, i + 2)) && !less(substr(v, i + 2), substr(v, 1, i - 1))
}
function is_number(s) { return s ~ /^(0|[1-9][0-9]*)$/ }
{
    colon = index($0, ": ")
    label = substr($0, 1, colon - 1)
    value = substr($0, colon + 2)
    if (!colon || !(label in PLACE)) { wrong("a line that is none of the form"); next }
    if (PLACE[label] <= last) { wrong(label " stands twice, or too late"); next }
    for (i = last + 1; i < PLACE[label]; i++) if (LABEL[i] != "Bagging-Date") wrong("no " LABEL[i] " before it")
    last = PLACE[label]
    if (is_value(label, value)) print label, value
    else wrong(label " is " clean(value))
}
END { for (i = last + 1; i < labels; i++) { NR++; wrong("no " LABEL[i]) } }

=== checkpoint.awk
# The checkpoint: a note whose text is origin, size and root. Prints three lines: "size root", the origin, and how many
# pinned keys are of this log; or nothing, and says what is wrong.
BEGIN { open_files(T "/sizes") }
{ feed($0) }
END { if (!close_files()) problem(2, "E-IO", "checkpoint", "it changed while it was read") }
function file_end(   wrong, i) {
    wrong = read_note(ENDED, SIZE, 64)
    if (wrong == "" && TEXT < 3) wrong = "a checkpoint has an origin, a size and a root line"
    # "The first line is the origin ... MUST be non-empty."
    if (wrong == "" && (LINE[1] == "" || length(LINE[1]) > 255)) wrong = "the origin is empty or over 255 bytes"
    # "ASCII decimal ... no leading zeroes."
    if (wrong == "" && !is_decimal(LINE[2])) wrong = "the size is not a decimal number without leading zeros, at most 2^63-1"
    if (wrong == "" && (length(LINE[3]) != 44 || !is_base64(LINE[3]) || base64_size(LINE[3]) != 32))
        wrong = "the root is not the canonical base64 of 32 bytes"
    if (wrong == "" && LINE[2] == "0" && LINE[3] != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
        wrong = "size 0 with another root than the empty one"
    # "Followed by zero or more non-empty lines."
    for (i = 4; wrong == "" && i <= TEXT; i++) if (LINE[i] == "") wrong = "an empty extension line"
    if (wrong != "") {
        problem(1, "E-CHECKPOINT-INVALID", "checkpoint", wrong)
        return
    }
    read_keys(T "/keytable", "log witness", LINE[1])
    print LINE[2], base64_hex(LINE[3])
    print LINE[1]
    print LOG_KEYS + 0
    # "A key counts for the log when its name is the origin": without one, witnesses say nothing of it either.
    if (LOG_KEYS) check_signatures("checkpoint")
}

=== quorum.awk
# What the pinned keys say of the checkpoint. Input: "checkpoint.KEY ok" or "… bad" for each signature of one of them.
# Prints the claim's standing, and for a proven one the log key's ID and the quorum's name.
BEGIN {
    # "Without a policy, any of the log keys is enough."
    QUORUM = "none"
    while ((getline line < (T "/keytable")) > 0) {
        split(line, f, " ")
        NAME[f[1]] = f[3]; ID[f[1]] = f[4]; ROLE[f[1]] = f[2]
        if (f[2] == "witness") WITNESS[++witnesses] = f[1]
    }
}
{
    k = substr($1, index($1, ".") + 1)
    if ($2 != "ok") { if (!bad) bad = k } else { GOOD[k] = 1; any = 1; if (ROLE[k] == "log" && !log_key) log_key = k }
}
# "References only to earlier lines": one pass settles every rule.
function is_met(   line, f, n, i, met, wanted) {
    wanted = 0
    while ((getline line < (T "/rules")) > 0) {
        split(line, f, " ")
        if (f[1] == "w") DONE[++n] = WITNESS[f[2]] in GOOD
        else if (f[1] == "g") {
            met = 0
            for (i = 3; i in f && f[i] != ""; i++) met += DONE[f[i]]
            DONE[++n] = met >= f[2] + 0
        } else { wanted = f[2]; QUORUM = f[3] }
    }
    return wanted == 0 || DONE[wanted]
}
END {
    if (bad) {
        problem(1, "E-CHECKPOINT-INVALID", "checkpoint", "the signature of " clean(NAME[bad]) " (" ID[bad] ") does not verify")
        print "failed"
    } else if (!log_key) {
        problem(3, "E-KEY-NOT-PINNED", "checkpoint", any ? "witnesses signed, but no pinned key of the log did" : \
            "signed by none of the keys that are pinned for this log")
        print "unknown"
    } else if (!is_met()) {
        problem(3, "E-QUORUM", "checkpoint", "the log signed, the quorum " QUORUM " is not met")
        print "unknown"
    } else print "proven", ID[log_key], QUORUM
}

=== bundlenote.awk
# bundle.note: "a C2SP signed note by the signer's key, of this text". Prints the signer, or nothing and what is wrong.
BEGIN { open_files(T "/sizes") }
{ feed($0) }
END { if (!close_files()) problem(2, "E-IO", "bundle.note", "it changed while it was read") }
function file_end(   wrong, name, i, named) {
    wrong = read_note(ENDED, SIZE, 64)
    name = substr(LINE[2], 8)
    if (wrong == "" && (TEXT != 5 || LINE[1] != form || substr(LINE[2], 1, 7) != "signer " || !is_name(name) ||
        substr(LINE[3], 1, 4) != "log " || substr(LINE[4], 1, 5) != "size " || substr(LINE[5], 1, 12) != "tagmanifest "))
        wrong = "its text is not that of " form
    if (wrong == "" && LINE[5] != "tagmanifest " digest) wrong = "it signs another tagmanifest-sha256.txt"
    if (wrong == "" && (LINE[3] "") != "log " ENVIRON["ORIGIN"]) wrong = "it is of another log than the checkpoint"
    if (wrong == "" && (LINE[4] "") != "size " size) wrong = "it is of another size than the checkpoint"
    if (wrong == "" && ("" name) != ("" ENVIRON["PROMISED"])) wrong = "bag-info.txt names another signer"
    for (i = 1; i <= SIGNATURES; i++) if (("" SIGNER[i]) == ("" name)) named = 1
    if (wrong == "" && !named) wrong = "it names the signer " clean(name) ", no signature line does"
    if (wrong != "") {
        problem(1, "E-BUNDLE-NOTE", "bundle.note", wrong)
        return
    }
    print name
    read_keys(T "/signers", "signer", "")
    check_signatures("note")
}

=== views.awk
# What the pinned signers say of bundle.note. Input as for quorum.awk. Prints the claim's standing.
BEGIN {
    while ((getline line < (T "/signers")) > 0) { split(line, f, " "); NAME[f[1]] = f[3]; ID[f[1]] = f[4] }
}
{
    k = substr($1, index($1, ".") + 1)
    if ($2 != "ok") { if (!bad) bad = k } else if (("" NAME[k]) == ("" ENVIRON["SIGNER"])) good = 1
}
END {
    if (bad) problem(1, "E-BUNDLE-NOTE", "bundle.note", "the signature of " clean(NAME[bad]) " (" ID[bad] ") does not verify")
    print bad ? "failed" : good ? "proven" : "unknown"
}

=== names.awk
# The files of records/ and proofs/: "names are <index>.note and <index>.tlog-proof, decimal without leading zeros".
# Prints "20 digits index kind".
{
    folder = substr($0, 1, 8) == "records/" ? "records/" : substr($0, 1, 7) == "proofs/" ? "proofs/" : ""
    if (folder == "") next
    index_text = substr($0, length(folder) + 1)
    end = folder == "records/" ? ".note" : ".tlog-proof"
    n = length(index_text) - length(end)
    if (n > 0 && substr(index_text, n + 1) == end && is_decimal(substr(index_text, 1, n))) {
        index_text = substr(index_text, 1, n)
        print substr("00000000000000000000", n + 1) index_text, index_text, (folder == "records/" ? "R" : "P")
    } else problem(1, "E-BUNDLE-MALFORMED", $0, "a name in " folder " is an index in decimal and " end)
}

=== pairs.awk
# "Each record has its proof and each proof its record." Input, sorted: names.awk's lines. Prints "index P" or "index -" for
# each record, in the order of the log.
function settle() {
    if (index_text == "") return
    if (!record) problem(1, "E-BUNDLE-MISSING", "records/" index_text ".note", "there is a proof and no record")
    else {
        if (!proof) problem(1, "E-BUNDLE-MISSING", "proofs/" index_text ".tlog-proof", "there is a record and no proof")
        print index_text, proof ? "P" : "-"
    }
}
{
    if (("" $2) != index_text) { settle(); index_text = "" $2; record = proof = 0 }
    if ($3 == "R") record = 1
    else proof = 1
}
END { settle() }

=== records.awk
# Reads records: "a well-formed entry of a known kind", a post or an accession of version 1 or 2. Prints a line for each:
#     index post SIGNER NAMED sha256 size published recorded front body source dated text passages [form source-key dated-key]
#     index accession SIGNER NAMED
#     index unknown|critical|malformed words…
# NAMED: whether a signature line has the signer's name. The form and the keys are of version 2, whose source, date and keys have a "="
# before them, and "-" for a line that is absent. Writes what blocks name to work/blocks, "index kind index leaf". Appends each entry to
# its file in work/leaf, which begins with the byte 00 that RFC 6962 wants before a leaf; one that awk cannot write (a NUL or FF in it)
# goes on the list work/raw.
BEGIN {
    open_files(T "/work/sizes")
    read_keys(T "/signers", "signer", "")
    KINDS["provenance/post@v1"] = KINDS["provenance/accession@v1"] = 1
    KINDS["provenance/post@v2"] = KINDS["provenance/accession@v2"] = 2
}
{ feed($0) }
END { if (!close_files()) problem(2, "E-IO", "records", "a record changed while it was read") }

function file_end(   i, file, raw, n, out, wrong) {
    n = PATH
    sub(/^.*\//, "", n)
    sub(/\.note$/, "", n)
    INDEX = n
    for (i = 1; i <= LINES; i++) if (index(LINE[i], "\377")) raw = 1
    if (raw) print n > (T "/work/raw")
    else {
        file = T "/work/leaf/" n
        for (i = 1; i <= LINES; i++) printf "%s%s", LINE[i], (i < LINES || ENDED ? "\n" : "") >> file
        close(file)
    }
    # What an entry is, told by its first line alone.
    if (LINES == 0) LINE[1] = ""
    if (substr(LINE[1], 1, 15) == "provenance/key@") { print n, "critical", word(LINE[1]); return }
    if (!(LINE[1] in KINDS)) { print n, "unknown", word(LINE[1]); return }
    wrong = read_note(ENDED, SIZE, 8)
    if (wrong == "") {
        BYTES = 0
        for (i = 1; i <= TEXT; i++) BYTES += length(LINE[i]) + 1
        AT = 1
        FAULT = BYTES > 16384 ? "a record has at most 16384 bytes" : ""
        NAMES = 0
        out = substr(LINE[1], 12, 4) == "post" ? (KINDS[LINE[1]] == 1 ? post() : post2()) : accession(KINDS[LINE[1]])
        if (FAULT == "" && AT != TEXT) FAULT = "line " AT + 1 ": something stands after the last line"
        wrong = FAULT
    }
    if (wrong != "") { print n, "malformed", wrong; return }
    print n, out
    for (i = 1; i <= NAMES; i++) print n, NAME_OF[i] > (T "/work/blocks")
    check_signatures(n)
}

# The value of the next line, which must start with a word and a space.
function value(label) {
    AT++
    if (AT > TEXT || substr(LINE[AT], 1, length(label) + 1) != label " ") { fault(label " and a value are wanted"); return "" }
    return substr(LINE[AT], length(label) + 2)
}
function fault(words) { if (FAULT == "") FAULT = "line " AT ": " words }
function digest(label,   v) { v = value(label); if (!is_hex(v, 64)) fault("64 lowercase hexadecimal digits are wanted"); return v }
function count(label,   v) { v = value(label); if (!is_decimal(v)) fault("a decimal integer without leading zeros is wanted"); return v }
function name(label,   v) { v = value(label); if (!is_name(v)) fault("the name of a key is wanted"); return v }
function counted_digest(label,   v) {
    v = value(label)
    if (!is_hex(substr(v, 1, 64), 64) || substr(v, 65, 1) != " " || !is_decimal(substr(v, 66))) fault("a digest, a space and a number are wanted")
    return v
}
# Version 2: "integers decimal, no sign, no leading zeros, at most 2^53-1"; names "without White_Space, + and Cc".
function is_whole(s) { return is_decimal(s) && (length(s) < 16 || length(s) == 16 && ("" s) <= "9007199254740991") }
function whole(label,   v) { v = value(label); if (!is_whole(v)) fault("an integer of at most 2^53-1 without leading zeros is wanted"); return v }
function owner(label,   v) { v = name(label); if (v ~ /[^!-~]/ && CONTROL) fault("a name without control characters is wanted"); return v }
function whole_digest(label,   v) { v = counted_digest(label); if (!is_whole(substr(v, 66))) fault("an integer of at most 2^53-1 is wanted"); return v }
function is_next(label) { return AT < TEXT && substr(LINE[AT + 1], 1, length(label) + 1) == label " " }
# "=" and the value of a line, as one word.
function stated(label, limit,   v) {
    v = value(label)
    if (!is_stated(v, limit)) fault(label ": 1 to " limit " bytes are wanted, without white space at an end or control characters")
    return "=" token(v)
}
function epoch(   v, digits) {
    v = value("published")
    digits = v
    sub(/^-/, "", digits)
    if (!is_decimal(digits) || length(digits) > 16 || v == "-0") fault("an integer of at most 16 digits is wanted")
    return v
}
function named(signer,   i) {
    for (i = 1; i <= SIGNATURES; i++) if (("" SIGNER[i]) == ("" signer)) return 1
    return 0
}
function post(   signer, sha, size, source, dated, published, recorded, front, body) {
    signer = name("signer")
    sha = digest("sha256")
    size = count("size")
    source = value("source")
    if (!is_stated(source, 8192)) fault("a source of 1 to 8192 bytes is wanted, without white space at its ends or control characters")
    dated = value("dated")
    if (!is_stated(dated, 64) || !is_date(dated)) fault("a date of 1 to 64 bytes is wanted, that names a day or a time with a zone")
    published = "-"
    if (is_next("published")) published = epoch()
    recorded = count("recorded")
    front = digest("front")
    body = digest("body")
    return "post " signer " " named(signer) " " sha " " size " " published " " recorded " " front " " body " " \
        token(source) " " token(dated) " " counted_digest("text")
}
# "form rss|html|stub|headed|linked|plain; another is of later: any of these optional lines, in order".
function post2(   signer, form, has_front, is_link, is_later, sha, size, source, source_key, dated, dated_key, published, recorded, front, body) {
    signer = owner("signer")
    if (owner("log") "" != ENVIRON["ORIGIN"] && ENVIRON["ORIGIN"] != "") fault("a record of another log")
    form = value("form")
    if (form !~ /^[a-z][a-z0-9]*$/ || length(form) > 16) fault("a form of at most 16 small letters and digits is wanted")
    has_front = form == "rss" || form == "html" || form == "stub"
    is_link = form == "headed" || form == "linked"
    is_later = !has_front && !is_link && form != "plain"
    sha = digest("sha256")
    size = whole("size")
    source = source_key = dated = dated_key = published = front = "-"
    # "Optional; always in headed and linked; never in plain."
    if (is_link || !is_link && form != "plain" && is_next("source")) source = stated("source", 8192)
    # "source-key iff there is a source and the form is rss, html or stub; dated-key iff dated is present."
    if (has_front && source != "-" || is_later && is_next("source-key")) source_key = stated("source-key", 256)
    if ((has_front || is_later) && is_next("dated")) dated = stated("dated", 64)
    if (has_front && dated != "-" || is_later && is_next("dated-key")) dated_key = stated("dated-key", 256)
    if ((form == "rss" || form == "headed" || is_later) && is_next("published")) published = epoch()
    recorded = whole("recorded")
    # "front iff the form has front matter."
    if (has_front || is_later && is_next("front")) front = digest("front")
    body = digest("body")
    return "post " signer " " named(signer) " " sha " " size " " published " " recorded " " front " " body " " \
        source " " dated " " whole_digest("text") " " form " " source_key " " dated_key
}
function accession(version,   signer, tool) {
    signer = version == 1 ? name("signer") : owner("signer")
    # "An accession that names another log is malformed."
    if ((version == 1 ? name("log") : owner("log")) "" != ENVIRON["ORIGIN"] && ENVIRON["ORIGIN"] != "") fault("an accession of another log")
    number(version, "recorded")
    tool = value("tool")
    if (substr(tool, 1, 11) != "provenance/" || length(tool) < 12 || length(tool) > 75 || substr(tool, 12) ~ /[^!-~]/)
        fault("provenance/<version> is wanted")
    number(version, "first"); number(version, "posts"); number(version, "known"); number(version, "refused"); number(version, "unchanged")
    if (version == 1) { counted_digest("register"); return "accession " signer " " named(signer) }
    # "Then, each absent where it says nothing, rules, attached and ignored (at least 1), then the block."
    whole_digest("register")
    if (is_next("rules")) digest("rules")
    if (is_next("attached") && whole("attached") == "0" || is_next("ignored") && whole("ignored") == "0") fault("at least 1, or no such line")
    block("key"); block("anchor"); block("disposition")
    return "accession " signer " " named(signer)
}
function number(version, label) { if (version == 1) count(label); else whole(label) }
# "last-key <index> <leaf>": "the highest key entry below this one that counts".
function block(kind,   v, space) {
    if (!is_next("last-" kind)) return
    v = value("last-" kind)
    space = index(v, " ")
    if (!is_whole(substr(v, 1, space - 1)) || !is_hex(substr(v, space + 1), 64)) fault("an index, a space and a leaf hash are wanted")
    # "Each names an entry below its own; else the entry is failed."
    else if (!less(substr(v, 1, space - 1), INDEX)) fault("an entry below this one is wanted")
    NAME_OF[++NAMES] = kind " " v
}

=== blocks-named.awk
# What blocks name, against the entries in hand. Input: work/blocks, "index kind index leaf". Prints each "kind index leaf" that names an
# entry in hand, once.
BEGIN { while ((getline line < (T "/entries")) > 0) HAND[substr(line, 1, index(line, " ") - 1)] = 1 }
($3 in HAND) && !(($2 " " $3 " " $4) in SEEN) { SEEN[$2 " " $3 " " $4] = 1; print $2, $3, $4 }

=== signed.awk
# The signature claim of each record. Input: records.awk's lines. Prints "index standing [code words…]".
BEGIN {
    while ((getline line < (T "/signers")) > 0) { split(line, f, " "); NAME[f[1]] = f[3]; ID[f[1]] = f[4] }
    while ((getline line < (T "/work/verified")) > 0) {
        split(line, f, " ")
        dot = index(f[1], ".")
        i = substr(f[1], 1, dot - 1)
        k = substr(f[1], dot + 1)
        if (f[2] != "ok") { if (!(i in BAD)) BAD[i] = k }
        else { GOOD[i] = 1; GOOD_NAME[i " " NAME[k]] = 1 }
    }
    while ((getline line < (T "/work/wrong")) > 0) WRONG[line] = 1
    while ((getline line < (T "/work/blocks")) > 0) {
        split(line, f, " ")
        if ((f[2] " " f[3] " " f[4]) in WRONG) FALSE[f[1]] = f[3]
    }
}
function rest(from,   i, out) { for (i = from; i <= NF; i++) out = out (i > from ? " " : "") $i; return out }
# "Another first line: logged, meaning unknown": so is what its signature is good for. Nothing is wrong with that, and no code says so.
$2 == "unknown" { print $1, "unknown"; next }
$2 == "critical" { print $1, "unknown E-KEY-LIFE-UNREADABLE", $3, "cannot be read"; next }
$2 == "malformed" { print $1, "failed E-ENTRY-MALFORMED", rest(3); next }
# "A line after the first that names the signer must have a valid signature under that name."
!$4 { print $1, "failed E-SIGNATURE-INVALID the record names the signer", clean($3) ", no signature line does"; next }
$1 in BAD { print $1, "failed E-SIGNATURE-INVALID the signature of", clean(NAME[BAD[$1]]), "(" ID[BAD[$1]] ") does not verify"; next }
# "It is false where it names an entry in hand that has another leaf or does not count."
$1 in FALSE { print $1, "failed E-STATE-FALSE its block names entry", FALSE[$1] ", which is another one"; next }
($1 " " $3) in GOOD_NAME { print $1, "proven"; next }
$1 in GOOD { print $1, "unknown E-KEY-NOT-PINNED a pinned key signed, but not that of", clean($3) ", whom the record names"; next }
{ print $1, "unknown E-KEY-NOT-PINNED", clean($3), "is not pinned" }

=== proofs.awk
# Reads proofs: "a tlog-proof of that index, its checkpoint part equals the file checkpoint byte for byte". Prints what the
# climb starts from: "index fn sn leaf hash…"; writes "index failed words…" to work/included for what is no proof.
BEGIN {
    open_files(T "/work/sizes")
    while ((getline line < (T "/work/leaves")) > 0) {
        i = substr(line, 67)
        LEAF[i] = substr(line, 1, 64)
    }
    # As contents() reads it: NUL is FF here too.
    while ((getline line < (T "/checkpoint")) > 0) CHECKPOINT[++lines] = line
}
{ feed($0) }
END { if (!close_files()) problem(2, "E-IO", "proofs", "a proof changed while it was read") }
function failed(n, words) { print n, "failed", words >> (T "/work/included") }
function hex_of(s) {
    if (!(s in MEMO)) MEMO[s] = length(s) == 44 && is_base64(s) && base64_size(s) == 32 ? base64_hex(s) : ""
    return MEMO[s]
}
function file_end(   n, i, j, out, h) {
    n = PATH
    sub(/^.*\//, "", n)
    sub(/\.tlog-proof$/, "", n)
    if (!(n in LEAF)) { failed(n, "the record is larger than any entry"); return }
    if (LINE[1] != "c2sp.org/tlog-proof@v1" || LINES < 3) { failed(n, "the file is no tlog-proof"); return }
    # bundle.md: "without an extra line".
    if (("" LINE[2]) != "index " n) { failed(n, "the proof is not of this index"); return }
    if (!less(n, size)) { failed(n, "there is no entry " n " in a tree of " size); return }
    for (i = 3; i <= LINES && LINE[i] != ""; i++) {
        h = hex_of(LINE[i])
        if (h == "") { failed(n, "line " i " of the proof is not the canonical base64 of 32 bytes"); return }
        if (i > 65) { failed(n, "the proof has more than 63 hashes"); return }
        out = out " " h
    }
    if (LINES - i != lines || !ENDED) { failed(n, "the proof does not end in the file checkpoint"); return }
    for (j = 1; j <= lines; j++) if (("" LINE[i + j]) != ("" CHECKPOINT[j])) { failed(n, "the proof does not end in the file checkpoint"); return }
    print n, n, plus(size, -1), LEAF[n] out
}

=== climb.awk
# One step of every proof (RFC 9162 2.1.3.2). Input: "index fn sn node hash…", the node being a digest or "#" and its number
# among those that the last step had hashed (work/nodes). Prints the same one level up, writes what is to be hashed to
# work/preimages, each distinct pair once, and the outcome to work/included.
BEGIN { while ((getline h < (T "/work/nodes")) > 0) NODE[++nodes] = h }
{
    r = $4
    if (substr(r, 1, 1) == "#") r = NODE[substr(r, 2)]
    if (NF == 4) {
        # "Accept only if sn == 0 and r is the root."
        outcome = ("" r) == ("" root) ? "ok" : "failed record and proof do not lead to the root"
        print $1, ($3 != "0" ? "failed the proof has too few hashes" : outcome) >> (T "/work/included")
        next
    }
    if ($3 == "0") { print $1, "failed the proof has too many hashes" >> (T "/work/included"); next }
    fn = "" $2
    sn = "" $3
    if (odd(fn) || fn == sn) {
        pair = $5 r
        while (!odd(fn) && fn != "0") { fn = half(fn); sn = half(sn) }
    } else pair = r $5
    if (!(pair in NUMBER)) {
        NUMBER[pair] = ++count
        print "\\001" hex_octal(pair) > (T "/work/preimages")
    }
    line = $1 " " half(fn) " " half(sn) " #" NUMBER[pair]
    for (i = 6; i <= NF; i++) line = line " " $i
    print line
}

=== included.awk
# The inclusion claim of each record. Input: "index P" or "index -". Prints "index standing [words…]".
BEGIN {
    while ((getline line < (T "/work/included")) > 0) {
        space = index(line, " ")
        RESULT[substr(line, 1, space - 1)] = substr(line, space + 1)
    }
}
# "Unknown under a checkpoint that is not proven", also for what leads to the root of one.
!has_root { print $1, "unknown"; next }
$2 == "-" { print $1, "failed it has no proof"; next }
RESULT[$1] == "ok" { print $1, (is_proven ? "proven" : "unknown"); next }
{ print $1, ($1 in RESULT ? RESULT[$1] : "failed the proof is larger than any") }

=== payload.awk
# Posts that records name against the files below data/. Input, sorted by path: "path F" for a file, "path R position facts…" for
# a record. Prints the path of each file that is a record's post with each way in which a record wants it to be read; the others are
# strays, unless they were called so before.
BEGIN { while ((getline line < (T "/strays")) > 0) STRAY[line] = 1 }
function settle(   i) {
    if (path == "" || !there) return
    for (i = 1; i <= readings; i++) print path, READING[i]
    if (!readings && path != "data/withheld.txt" && !(path in STRAY))
        problem(1, "E-BUNDLE-STRAY", path, included ? "it is no post of a record here" : "posts are withheld, yet this is below data/")
}
{
    if (("" $1) != path) {
        settle()
        path = "" $1
        there = 0
        if (readings > 1) split("", SEEN)
        readings = 0
        only = ""
    }
    if ($2 == "F") { there = 1; next }
    wanted = reading($14, $15, $16)
    if (wanted == only || readings && (wanted in SEEN)) next
    READING[++readings] = wanted
    if (readings == 1) only = wanted
    else SEEN[wanted] = 1
}
END { settle() }

=== front.awk
# A careful reader for the front matter that nearly every post has: it answers exactly what YAML would, or leaves SOURCE and DATED
# at "?". It knows lines of five shapes: `key: plain text`, `key: "text"` (with \" and \\), `key: 'text'`, `key: [ plain, items ]` and
# `key:`. Whatever could mean something else in YAML is left to a reader of YAML.
function front_start() { READABLE = 1; SOURCE = DATED = "?"; split("", VALUE); FRONT_SIZE = MARKS = STARS = ANCHORS = 0 }
function front_line(line,   colon, key, rest) {
    # What could nest keys or repeat values without limit is refused by a reader of YAML, whatever it means here.
    FRONT_SIZE += length(line) + 1
    MARKS += gsub(/[?]/, "?", line)
    STARS += gsub(/[*][A-Za-z0-9_-]/, "&", line)
    ANCHORS += line ~ /[&][A-Za-z0-9_-]/
    if (!READABLE) return
    READABLE = 0
    # Control characters, Unicode line breaks, U+FEFF and what is no character.
    if (line ~ /[\001-\037\177]/) return
    if (line ~ /[\200-\377]/ && line ~ /\302[\200-\237]|\342\200[\250\251]|\357\273\277|\357\277[\276\277]/) return
    colon = index(line, ":")
    key = substr(line, 1, colon - 1)
    rest = substr(line, colon + 1)
    if (key !~ /^[A-Za-z][A-Za-z0-9_-]*$/ || length(key) > 64 || key in VALUE) return
    if (rest != "" && substr(rest, 1, 1) != " ") return
    VALUE[key] = front_value(substr(rest, 2))
    READABLE = VALUE[key] != "?"
}
# "=" and the text, "[" for a list, or "?".
function front_value(s,   i, n, out, item) {
    if (s == "") return "="
    if (substr(s, 1, 1) == "\"") {
        if (s !~ /^"([^"\\]|\\["\\])*"$/) return "?"
        s = substr(s, 2, length(s) - 2)
        while (i = index(s, "\\")) { out = out substr(s, 1, i - 1) substr(s, i + 1, 1); s = substr(s, i + 2) }
        return "=" out s
    }
    if (substr(s, 1, 1) == "'") {
        if (s !~ /^'([^']|'')*'$/) return "?"
        s = substr(s, 2, length(s) - 2)
        gsub(/''/, "'", s)
        return "=" s
    }
    if (substr(s, 1, 1) == "[") {
        if (substr(s, length(s)) != "]") return "?"
        n = split(substr(s, 2, length(s) - 2), item, ",")
        for (i = 1; i <= n; i++) {
            gsub(/^ +| +$/, "", item[i])
            if (item[i] !~ /^[A-Za-z0-9(\200-\377]/ || item[i] ~ "[^A-Za-z0-9_.()+ /\200-\377-]") return "?"
        }
        return n ? "[" : "?"
    }
    # A plain scalar ends before blanks at the end of its line; ": " and " #" would end it earlier.
    sub(/ +$/, "", s)
    return s ~ /^[A-Za-z0-9(\200-\377]/ && s !~ /: |:$| #/ ? "=" s : "?"
}
# What is wrong with front matter that could be read, or nothing. "One YAML mapping with the keys title, date and from, each a scalar."
function front_fault() {
    if (!READABLE || FRONT_SIZE > 4096 && MARKS > 64 || STARS > 32 && ANCHORS > 0) return ""
    if (substr(VALUE["title"], 1, 1) != "=" || substr(VALUE["date"], 1, 1) != "=" || substr(VALUE["from"], 1, 1) != "=")
        return "the front matter has no title, date or from, or one of them is a list"
    SOURCE = substr(VALUE["from"], 2)
    DATED = substr(VALUE["date"], 2)
    if (!is_stated(SOURCE, 8192)) return "its source is empty, too long, or has white space or control characters where it must not"
    if (!is_stated(DATED, 64) || !is_date(DATED)) return "its date names no day, and no time with a zone"
    SOURCE = token(SOURCE)
    DATED = token(DATED)
    return ""
}

=== keys.awk
# Front matter of version 2 for a reader without YAML (bundle.md, "Front matter without YAML"): it answers what YAML would, or READABLE is 0.
# VALUE has "=" and the text of a scalar, "[" for a list and "{" for a map.
BEGIN {
    # "Such quoted texts, and texts of letters, digits, blanks, _./()+- and characters from U+00A0 on"; a hyphen alone is YAML's own.
    inside = "A-Za-z0-9_./()+\200-\377"
    item = "(\"[^\"\\\\]*\"|'[^']*'|([" inside "]|-[" inside "-])([" inside " -]*[" inside "-])?)"
    FLOW_LIST = "^\\[ *(" item " *(, *" item " *)*)?\\]$"
}
function keys_start() { READABLE = 1; split("", VALUE); FRONT_SIZE = MARKS = STARS = ANCHORS = KEYS_READ = OPEN = 0; BELOW = LAST_KEY = "" }
function keys_line(line,   colon, indent, key, rest, value) {
    FRONT_SIZE += length(line) + 1
    MARKS += gsub(/[?]/, "?", line)
    STARS += gsub(/[*][A-Za-z0-9_-]/, "&", line)
    ANCHORS += line ~ /[&][A-Za-z0-9_-]/
    if (!READABLE) return
    READABLE = 0
    # "No tab, control character, DEL, C1, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF."
    if (line ~ /[\001-\037\177]/) return
    if (line ~ /[\200-\377]/ && line ~ /\302[\200-\237]|\342\200[\250\251]|\357\273\277|\357\277[\276\277]/) return
    # "Lines: empty, blank, or #... at column 0 (passed over)."
    if (substr(line, 1, 1) == "#") { READABLE = 1; return }
    indent = length(line)
    sub(/^ +/, "", line)
    indent -= length(line)
    sub(/ +$/, "", line)
    if (line == "") { READABLE = 1; return }
    # "After KEY: alone, lines of one kind, all indented alike: - ITEM (also at column 0) or KEY: VALUE."
    if (substr(line, 1, 2) == "- ") {
        sub(/^- +/, "", line)
        if (!OPEN || BELOW != "" && BELOW != "- " indent || scalar(line) == "?") return
        BELOW = "- " indent
        VALUE[LAST_KEY] = "["
        READABLE = 1
        return
    }
    colon = index(line, ":")
    key = substr(line, 1, colon - 1)
    rest = substr(line, colon + 1)
    if (key !~ /^[A-Za-z_][A-Za-z0-9_-]*$/ || length(key) > 64) return
    if (rest != "" && substr(rest, 1, 1) != " ") return
    sub(/^ +/, "", rest)
    value = rest == "" ? "=" : rest ~ /^\[/ ? (rest ~ FLOW_LIST ? "[" : "?") : scalar(rest)
    if (value == "?") return
    if (indent > 0) {
        if (!OPEN || rest == "" || BELOW != "" && BELOW != ": " indent || (key in INNER)) return
        BELOW = ": " indent
        INNER[key] = 1
        VALUE[LAST_KEY] = "{"
    } else {
        if (key in VALUE) return
        VALUE[key] = value
        LAST_KEY = key
        KEYS_READ++
        OPEN = rest == ""
        BELOW = ""
        if (OPEN) split("", INNER)
    }
    READABLE = 1
}
# "Text in double quotes without a quote or a backslash in it; text in single quotes without one; text that starts with a letter, digit,
# one of /_(+$~ or a character from U+00A0 on, without `: ` and ` #`, no `:` at its end."
function scalar(s) {
    if (s ~ /^"[^"\\]*"$/ || s ~ /^'[^']*'$/) return "=" substr(s, 2, length(s) - 2)
    return s ~ "^[A-Za-z0-9/_(+$~\200-\377]" && s !~ /: |:$| #/ ? "=" s : "?"
}
# The value of a key as a record has it; "!" where it is no scalar or not there, "?" where it takes a reader of YAML, "-" without a key.
function value_at(key) {
    if (key == "-") return "-"
    if (!READABLE) return "?"
    key = untoken(substr(key, 2))
    return (key in VALUE) && substr(VALUE[key], 1, 1) == "=" ? "=" token(substr(VALUE[key], 2)) : "!"
}
function keys_end() { READABLE = READABLE && KEYS_READ > 0 && !(FRONT_SIZE > 4096 && MARKS > 64 || STARS > 32 && ANCHORS > 0) }
# What the record does not state: other keys that hold an address, and `from` whatever it holds; "+date" for a date.
function beside(source_key, dated_key,   key, out) {
    if (!READABLE) return "-"
    for (key in VALUE) if (("=" key) != source_key && (key == "from" || is_address(substr(VALUE[key], 2)))) out = out "," key
    if (dated_key == "-" && ("date" in VALUE) && VALUE["date"] != "=") out = out ",+date"
    return out == "" ? "-" : substr(out, 2)
}

=== passages.awk
# The passages of bodies (record.md, "Passages"; TWO: post-v2.md, "text@v2"), one a line in the file PASSAGES; COUNT is how many there
# were since passages_start.
# The body comes line by line, and is taken apart without ever copying what is left of it: at "<", at "&", and tags in blocks.
# NUL is the byte FF here, and the byte FE stands for an FF.
BEGIN {
    n = split("address article aside blockquote br dd details div dl dt fieldset figcaption figure footer form " \
        "h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table td th tr ul", list, " ")
    for (i = 1; i <= n; i++) ENDS_PASSAGE[list[i]] = 1
    n = split("script style template noscript iframe svg head", list, " ")
    for (i = 1; i <= n; i++) DROPS[list[i]] = 1
    # The 252 names of HTML 4 and apos.
    n = split("AElig 198 Aacute 193 Acirc 194 Agrave 192 Alpha 913 Aring 197 Atilde 195 Auml 196 Beta 914 " \
        "Ccedil 199 Chi 935 Dagger 8225 Delta 916 ETH 208 Eacute 201 Ecirc 202 Egrave 200 Epsilon 917 Eta 919 " \
        "Euml 203 Gamma 915 Iacute 205 Icirc 206 Igrave 204 Iota 921 Iuml 207 Kappa 922 Lambda 923 Mu 924 " \
        "Ntilde 209 Nu 925 OElig 338 Oacute 211 Ocirc 212 Ograve 210 Omega 937 Omicron 927 Oslash 216 " \
        "Otilde 213 Ouml 214 Phi 934 Pi 928 Prime 8243 Psi 936 Rho 929 Scaron 352 Sigma 931 THORN 222 Tau 932 " \
        "Theta 920 Uacute 218 Ucirc 219 Ugrave 217 Upsilon 933 Uuml 220 Xi 926 Yacute 221 Yuml 376 Zeta 918 " \
        "aacute 225 acirc 226 acute 180 aelig 230 agrave 224 alefsym 8501 alpha 945 amp 38 and 8743 ang 8736 " \
        "apos 39 aring 229 asymp 8776 atilde 227 auml 228 bdquo 8222 beta 946 brvbar 166 bull 8226 cap 8745 " \
        "ccedil 231 cedil 184 cent 162 chi 967 circ 710 clubs 9827 cong 8773 copy 169 crarr 8629 cup 8746 " \
        "curren 164 dArr 8659 dagger 8224 darr 8595 deg 176 delta 948 diams 9830 divide 247 eacute 233 " \
        "ecirc 234 egrave 232 empty 8709 emsp 8195 ensp 8194 epsilon 949 equiv 8801 eta 951 eth 240 euml 235 " \
        "euro 8364 exist 8707 fnof 402 forall 8704 frac12 189 frac14 188 frac34 190 frasl 8260 gamma 947 " \
        "ge 8805 gt 62 hArr 8660 harr 8596 hearts 9829 hellip 8230 iacute 237 icirc 238 iexcl 161 igrave 236 " \
        "image 8465 infin 8734 int 8747 iota 953 iquest 191 isin 8712 iuml 239 kappa 954 lArr 8656 lambda 955 " \
        "lang 9001 laquo 171 larr 8592 lceil 8968 ldquo 8220 le 8804 lfloor 8970 lowast 8727 loz 9674 " \
        "lrm 8206 lsaquo 8249 lsquo 8216 lt 60 macr 175 mdash 8212 micro 181 middot 183 minus 8722 mu 956 " \
        "nabla 8711 nbsp 160 ndash 8211 ne 8800 ni 8715 not 172 notin 8713 nsub 8836 ntilde 241 nu 957 " \
        "oacute 243 ocirc 244 oelig 339 ograve 242 oline 8254 omega 969 omicron 959 oplus 8853 or 8744 " \
        "ordf 170 ordm 186 oslash 248 otilde 245 otimes 8855 ouml 246 para 182 part 8706 permil 8240 " \
        "perp 8869 phi 966 pi 960 piv 982 plusmn 177 pound 163 prime 8242 prod 8719 prop 8733 psi 968 quot 34 " \
        "rArr 8658 radic 8730 rang 9002 raquo 187 rarr 8594 rceil 8969 rdquo 8221 real 8476 reg 174 " \
        "rfloor 8971 rho 961 rlm 8207 rsaquo 8250 rsquo 8217 sbquo 8218 scaron 353 sdot 8901 sect 167 shy 173 " \
        "sigma 963 sigmaf 962 sim 8764 spades 9824 sub 8834 sube 8838 sum 8721 sup 8835 sup1 185 sup2 178 " \
        "sup3 179 supe 8839 szlig 223 tau 964 there4 8756 theta 952 thetasym 977 thinsp 8201 thorn 254 " \
        "tilde 732 times 215 trade 8482 uArr 8657 uacute 250 uarr 8593 ucirc 251 ugrave 249 uml 168 upsih 978 " \
        "upsilon 965 uuml 252 weierp 8472 xi 958 yacute 253 yen 165 yuml 255 zeta 950 zwj 8205 zwnj 8204", list, " ")
    for (i = 1; i < n; i += 2) NAMED[list[i]] = utf8(list[i + 1] + 0)
    for (i = 0; i < 16; i++) DIGIT[substr("0123456789abcdef", i + 1, 1)] = i
}
# A scalar value in UTF-8.
function utf8(c) {
    if (c < 128) return CHAR[c]
    if (c < 2048) return CHAR[192 + int(c / 64)] CHAR[128 + c % 64]
    if (c < 65536) return CHAR[224 + int(c / 4096)] CHAR[128 + int(c / 64) % 64] CHAR[128 + c % 64]
    return CHAR[240 + int(c / 262144)] CHAR[128 + int(c / 4096) % 64] CHAR[128 + int(c / 64) % 64] CHAR[128 + c % 64]
}

# IN: "text"; "tag", in one "=" (a quote may open) or "quote" (until QUOTE); "comment", which DASHES may begin to end; "drop", until
# the end tag DROPPED.
function passages_start() { IN = "text"; COUNT = FILLED = PENDING = BLANK = 0 }
function passages_end() { end_passage() }
function passages_line(line, ended,   n, i, piece, at, length_of, step, rest, after) {
    # text@v2: "in a run of text, before references are decoded, LF, then only U+0009 000C 000D 0020, then LF ends a passage".
    if (BLANK && ended && line ~ /^[\t\f\r ]*$/) end_passage()
    length_of = length(line)
    step = 65536
    # A long line in blocks, the last piece of each waiting for more.
    for (at = 1; at <= length_of || at == 1; ) {
        rest = rest substr(line, at, step)
        at += step
        n = split(rest, piece, "<")
        if (n == 0) piece[n = 1] = ""
        for (i = 1; i <= n; i++) {
            if (i == n && at <= length_of) break
            if (i == 1 && !after) run(piece[1])
            else opened(piece[i])
        }
        rest = piece[n]
        if (n > 1) after = 1
        else step += step
    }
    if (!ended) return
    if (IN == "text") PENDING = 1
    BLANK = TWO && IN == "text"
    DASHES = ""
}
# What follows a "<". "A tag is < followed by a letter, by / and a letter, by ! or by ?. Any other < is text."
function opened(s) {
    if (IN == "text") {
        if (substr(s, 1, 3) == "!--") { IN = "comment"; DASHES = ""; run(substr(s, 4)) }
        else if (match(s, /^[A-Za-z][A-Za-z0-9]*/)) start_tag(tolower(substr(s, 1, RLENGTH)), 1, substr(s, RLENGTH + 1))
        else if (match(s, "^/[A-Za-z][A-Za-z0-9]*")) start_tag(tolower(substr(s, 2, RLENGTH - 1)), 0, substr(s, RLENGTH + 1))
        else if (s ~ /^[!?]/) start_tag("", 0, substr(s, 2))
        else text("<" s)
    } else if (IN == "drop") {
        # "Searched literally for </name (any case, not followed by a letter or digit)."
        if (tolower(substr(s, 1, length(DROPPED) + 1)) == "/" DROPPED && substr(s, length(DROPPED) + 2, 1) !~ /[A-Za-z0-9]/)
            start_tag("", 0, substr(s, length(DROPPED) + 2))
    } else {
        DASHES = ""
        if (IN == "=") IN = "tag"
        run(s)
    }
}
function start_tag(name, is_start, s) { IN = "tag"; TAG = name; IS_START = is_start; run(s) }
# Text or the inside of markup, without a "<".
function run(s,   i, n, at, end) {
    if (IN == "text") { text(s); return }
    if (IN == "drop" || s == "") return
    if (IN == "comment") {
        s = DASHES s
        i = index(s, "-->")
        if (i) { IN = "text"; text(substr(s, i + 3)) }
        else DASHES = s ~ /--$/ ? "--" : s ~ /-$/ ? "-" : ""
        return
    }
    n = length(s)
    for (at = 1; at <= n; at += 4096) {
        end = tag_end(substr(s, at, 4096))
        if (!end) continue
        if (TAG in ENDS_PASSAGE) end_passage()
        IN = "text"
        if (IS_START && TAG in DROPS) { IN = "drop"; DROPPED = TAG }
        else text(substr(s, at + end))
        return
    }
}
# Where in a block a tag ends: "at the next > that is not inside a quoted attribute value (a quote opens only after = and optional white
# space)"; 0 when it goes on.
function tag_end(s,   done, i, c) {
    while (s != "") {
        if (IN == "quote") {
            i = index(s, QUOTE)
            if (!i) return 0
            IN = "tag"
        } else if (IN == "=") {
            i = match(s, /[^\t\f\r ]/)
            if (!i) return 0
            c = substr(s, i, 1)
            if (c == "\"" || c == "'") { IN = "quote"; QUOTE = c }
            else { IN = "tag"; i-- }
        } else {
            i = match(s, /[=>]/)
            if (!i) return 0
            if (substr(s, i, 1) == ">") return done + i
            IN = "="
        }
        done += i
        s = substr(s, i + 1)
    }
    return 0
}
# A run of text. "&# digits ;, &#x or &#X hexadecimal digits ;, and the names, case-sensitive, with the semicolon. Everything else stays."
function text(s,   n, i, part, end, known) {
    if (!index(s, "&")) { literal(s); return }
    n = split(s, part, "&")
    literal(part[1])
    for (i = 2; i <= n; i++) {
        end = index(part[i], ";")
        known = end > 1 ? reference(substr(part[i], 1, end - 1)) : ""
        if (known == "") literal("&" part[i])
        else { show(known); literal(substr(part[i], end + 1)) }
    }
}
function reference(s,   base, i, n, value) {
    if (s in NAMED) return NAMED[s]
    if (s ~ /^#[0-9]+$/) { base = 10; s = substr(s, 2) }
    else if (s ~ /^#[xX][0-9A-Fa-f]+$/) { base = 16; s = tolower(substr(s, 3)) }
    else return ""
    sub(/^0+/, "", s)
    n = length(s)
    # "0, surrogates and values over 10FFFF become U+FFFD"; no number of more than seven digits is below that.
    if (n == 0 || n > 7) return "\357\277\275"
    for (i = 1; i <= n; i++) value = value * base + DIGIT[substr(s, i, 1)]
    return value > 1114111 || value >= 55296 && value <= 57343 ? "\357\277\275" : utf8(value)
}
# "UTF-8, invalid sequences replaced by U+FFFD as in the WHATWG decoder." What is looked for here is every way not to be UTF-8.
function literal(s) {
    if (s ~ /[\200-\376]/ && s ~ /[\300\301\365-\376]|[\302-\364]([^\200-\277]|$)|[\340-\364][\200-\277]([^\200-\277]|$)|[\360-\364][\200-\277][\200-\277]([^\200-\277]|$)|\340[\200-\237]|\355[\240-\277]|\360[\200-\217]|\364[\220-\277]|(^|[^\200-\364])[\200-\277]|[\302-\337][\200-\277][\200-\277]|[\340-\357][\200-\277][\200-\277][\200-\277]|[\360-\364][\200-\277][\200-\277][\200-\277][\200-\277]/)
        replaced(s)
    else show(s)
}
# Each maximal part of a sequence that cannot go on becomes one U+FFFD.
function replaced(s,   i, n, b, need, low, high, held, out, block) {
    n = length(s)
    low = 128; high = 191
    for (i = 0; i < n; i++) {
        # Some awks count from the beginning for every character.
        if (i % 1000 == 0) { block = substr(s, i + 1, 1000); show(out); out = "" }
        b = ORD[substr(block, i % 1000 + 1, 1)]
        if (need > 0) {
            if (b >= low && b <= high) {
                held = held CHAR[b]
                low = 128; high = 191
                if (--need == 0) { out = out held; held = "" }
                continue
            }
            out = out "\357\277\275"
            need = 0; low = 128; high = 191; held = ""
        }
        if (b < 128 || b == 255) out = out CHAR[b]
        else if (b >= 194 && b <= 223) { need = 1; held = CHAR[b] }
        else if (b >= 224 && b <= 239) { need = 2; held = CHAR[b]; if (b == 224) low = 160; if (b == 237) high = 159 }
        else if (b >= 240 && b <= 244) { need = 3; held = CHAR[b]; if (b == 240) low = 144; if (b == 244) high = 143 }
        else out = out "\357\277\275"
    }
    if (need > 0) out = out "\357\277\275"
    show(out)
}
# In blocks, between characters, for replacing takes some awks the square of the length.
function show(s,   n, at, end) {
    n = length(s)
    for (at = 1; n - at >= 2000; at = end) {
        end = at + 1000
        while (substr(s, end, 1) ~ /[\200-\277]/) end++
        show_block(substr(s, at, end - at))
    }
    show_block(at > 1 ? substr(s, at) : s)
}
# "U+200B, U+FEFF and U+00AD are removed; runs of [white space] become one U+0020; U+0020 is trimmed at both ends."
function show_block(s) {
    if (s ~ /[\200-\376]/) gsub(/\342\200\213|\357\273\277|\302\255/, "", s)
    if (s ~ /[\011-\015]|  |\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200/)
        gsub(/([\011-\015 ]|\302[\205\240]|\341\232\200|\342\200[\200-\212\250\251\257]|\342\201\237|\343\200\200)+/, " ", s)
    if (substr(s, 1, 1) == " ") { PENDING = 1; s = substr(s, 2) }
    if (s == "") return
    if (FILLED && PENDING) printf " " > PASSAGES
    PENDING = substr(s, length(s)) == " "
    if (PENDING) s = substr(s, 1, length(s) - 1)
    printf "%s", s > PASSAGES
    FILLED = 1
}
# "Empty passages are dropped."
function end_passage() {
    if (FILLED) { printf "\n" > PASSAGES; COUNT++ }
    FILLED = PENDING = 0
}

=== parts.awk
# Takes posts apart (record.md, "The parts of a post"; post-v2.md, "Forms"), each as work/readings wants it: writes the front matter of the
# Nth to work/part/Nf, its body to work/part/Nb. Prints for each "path size published source dated passages form beside" or "path size !
# words…" for what does not read so, and the number of passages to work/counts; a body with a byte that awk cannot write goes on the list
# work/raw as "N offset path".
BEGIN { open_files(T "/work/sizes"); PASSAGES = T "/work/passages"; COUNTS = T "/work/counts"; READINGS = T "/work/readings" }
{ feed($0) }
END { if (!close_files()) problem(2, "E-IO", "data", "a post changed while it was read") }
function file_start(path, size,   f) {
    PATH = path; SIZE = size; N++
    FRONT = T "/work/part/" N "f"; BODY = T "/work/part/" N "b"
    printf "" > FRONT
    printf "" > BODY
    STATE = "first"; WRONG = ""; PUBLISHED = SOURCE = DATED = BESIDE = "-"; FORM = ""; OFFSET = CONTENT = START = 0; RAW = 0; HELD = ""
    HOW = ""
    if ((getline HOW < READINGS) <= 0) HOW = "? - -"
    if (HOW == "1 - -") { TWO = 0; front_start() }
    else {
        TWO = 1
        split(HOW, f, " ")
        HOW = f[1]; SOURCE_KEY = f[2]; DATED_KEY = f[3]
        keys_start()
        # "Anything may be stated as plain: body = whole file." Of a form of later nothing is read.
        if (HOW == "p") { FORM = "plain"; STATE = "plain" }
        if (HOW == "f") { FORM = "later"; STATE = "refused" }
    }
    passages_start()
}
function refuse(words) { if (WRONG == "") WRONG = words; STATE = "refused" }
# Text before the body: "invalid UTF-8 or NUL before the body" is refused.
function is_text(line) { return line !~ /[^ -~]/ || scan(line) }
function body(line, ended) {
    passages_line(line, ended)
    if (line ~ /[\376\377]/) RAW = 1
    if (!RAW) printf "%s%s", line, (ended ? "\n" : "") > BODY
}
function start_body() { STATE = "body"; START = OFFSET }
# Whether a line is one comment alone: "it starts with <!--, and its first --> after that ends the line". COMMENT is what is in it.
function is_comment(s, ended) {
    COMMENT = substr(s, 5, length(s) - 7)
    return ended && length(s) >= 7 && substr(s, 1, 4) == "<!--" && substr(s, length(s) - 2) == "-->" && !index(COMMENT, "-->")
}
# The address of a link line of headed and linked, or nothing: "`[`, `](` exactly once, `)` at the end; address http(s), no White_Space, no
# Cc, parentheses in pairs".
function link_address(s,   i, depth, marks) {
    i = index(s, "](")
    if (substr(s, 1, 1) != "[" || substr(s, length(s)) != ")" || !i) return ""
    s = substr(s, i + 2)
    if (index(s, "](")) return ""
    s = substr(s, 1, length(s) - 1)
    if (!is_address(s) || s ~ / / || !is_stated(s, 8192) || s ~ /[^ -~]/ && SPACE) return ""
    marks = s
    gsub(/[^()]/, "", marks)
    for (i = 1; i <= length(marks); i++) {
        depth += substr(marks, i, 1) == "(" ? 1 : -1
        if (depth < 0) return ""
    }
    return depth == 0 ? s : ""
}
# The first line of version 2: "by what they begin with after an optional U+FEFF: `---` rss, html or stub; a head headed; `[` linked".
function first_line(line, ended,   s) {
    s = line
    if (substr(s, 1, 3) == "\357\273\277") s = substr(s, 4)
    if (ended) sub(/\r$/, "", s)
    if (substr(s, 1, 3) == "---") {
        if (s !~ /^---[ \t]*$/) { refuse("line 1 is not ---"); return }
        printf "%s%s", line, (ended ? "\n" : "") > FRONT
        OFFSET = length(line) + 1
        FORM = "front"
        STATE = "front2"
    } else if (is_comment(s, ended)) {
        HELD = line
        STATE = "head2"
    } else if (substr(s, 1, 1) == "[") {
        if (!is_text(line)) { refuse("not UTF-8, or a NUL, in the link line"); return }
        SOURCE = link_address(s)
        if (SOURCE == "") { refuse("the first line is no link line"); return }
        SOURCE = "=" token(SOURCE)
        FORM = "linked"
        start_body()
        body(line, ended)
    } else refuse("no form")
}
function file_line(line, ended,   inner, digits, s) {
    if (STATE == "body") { body(line, ended); return }
    if (STATE == "refused") return
    if (STATE == "plain") {
        inner = substr(line, 1, 3) == "\357\273\277" ? substr(line, 4) : line
        if (inner ~ /^(---|\[|<!--.*-->\r?$)/) BESIDE = "+form"
        start_body()
        body(line, ended)
        return
    }
    if (TWO && STATE == "first") { first_line(line, ended); return }
    # "Lines: LF or CR LF (a CR elsewhere is a character)."
    s = line
    if (TWO && ended) sub(/\r$/, "", s)
    if (STATE == "front2") {
        inner = s ~ /^(---|[.][.][.])[ \t]*$/
        if (!inner && CONTENT + length(line) + 1 > 65536) { refuse("over 64 KiB of front matter"); return }
        if (!is_text(line)) { refuse("not UTF-8, or a NUL, in the front matter"); return }
        printf "%s%s", line, (ended ? "\n" : "") > FRONT
        OFFSET += length(line) + 1
        if (inner) { STATE = "head1"; START = OFFSET; return }
        CONTENT += length(line) + 1
        keys_line(s)
        return
    }
    if (STATE == "first" || STATE == "front") {
        if (STATE == "first" && line != "---") { refuse("line 1 is not ---"); return }
        if (line != "---" && CONTENT + length(line) + 1 > 65536) { refuse("over 64 KiB of front matter"); return }
        if (!is_text(line)) { refuse("not UTF-8, or a NUL, in the front matter"); return }
        printf "%s%s", line, (ended ? "\n" : "") > FRONT
        OFFSET += length(line) + 1
        # "The front matter ends with the first later line that is exactly ---."
        if (STATE == "first") STATE = "front"
        else if (line == "---") {
            inner = front_fault()
            if (inner != "") refuse(inner)
            else { STATE = "head1"; START = OFFSET }
        } else {
            CONTENT += length(line) + 1
            front_line(line)
        }
        return
    }
    # "rss if and only if the first line after the front matter is one HTML comment alone and the next line starts with [ or
    # is ------. Then exactly these four lines must follow."
    if (STATE == "head1") {
        if (is_comment(s, ended)) {
            HELD = line
            STATE = "head2"
        } else { start_body(); body(line, ended) }
        return
    }
    if (STATE == "head2") {
        # Version 2: "second one starting with [ or ------".
        if (substr(s, 1, 1) != "[" && (TWO ? substr(s, 1, 6) : s) != "------") {
            if (TWO && FORM == "") { refuse("no form"); return }
            start_body(); body(HELD, 1); body(line, ended)
            return
        }
        digits = COMMENT
        sub(/^-/, "", digits)
        if (COMMENT != "NaN" && (digits !~ /^[0-9]+$/ || length(digits) > 16)) {
            refuse("the comment is neither NaN nor at most 16 digits")
            return
        }
        if (substr(s, 1, 1) != "[" || !index(s, "](") || substr(s, length(s)) != ")") {
            refuse("the second line of the head is no link")
            return
        }
        if (!is_text(HELD) || !is_text(line)) { refuse("not UTF-8, or a NUL, in the head"); return }
        if (TWO && FORM == "") {
            SOURCE = link_address(s)
            if (SOURCE == "") { refuse("the second line of the head is no link line"); return }
            SOURCE = "=" token(SOURCE)
            FORM = "headed"
        } else if (TWO) FORM = "rss"
        OFFSET += length(HELD) + length(line) + 2
        STATE = "head3"
        if (COMMENT == "NaN") return
        # "A comment such as 0012 or -0 is published as 12 or 0."
        sub(/^0+/, "", digits)
        PUBLISHED = digits == "" ? "0" : (substr(COMMENT, 1, 1) == "-" ? "-" : "") digits
        return
    }
    if (STATE == "head3") {
        if (s != "------" || !ended) { refuse("the third line of the head is not ------"); return }
        OFFSET += length(line) + 1
        STATE = "head4"
        return
    }
    if (s != "" || !ended) { refuse("the fourth line of the head is not empty"); return }
    OFFSET += length(line) + 1
    start_body()
}
function file_end() {
    if (STATE == "first") refuse("an empty file")
    if (STATE == "front" || STATE == "front2") refuse("the front matter is not closed")
    # A comment that ends the file is no head.
    if (STATE == "head2" && TWO && FORM == "") refuse("no form")
    if (STATE == "head2") { start_body(); body(HELD, 1); STATE = "body" }
    if (STATE == "head3" || STATE == "head4") refuse("the head is not whole")
    close(FRONT)
    close(BODY)
    passages_end()
    print COUNT > COUNTS
    if (WRONG != "") { print PATH, SIZE, "!", WRONG; return }
    if (RAW) print N, START, PATH > (T "/work/raw")
    if (TWO && (FORM == "front" || FORM == "rss")) {
        # "A stub has an empty body, html has not."
        if (FORM == "front") FORM = START < SIZE ? "html" : "stub"
        keys_end()
        SOURCE = value_at(SOURCE_KEY)
        DATED = value_at(DATED_KEY)
        BESIDE = beside(SOURCE_KEY, DATED_KEY)
    }
    print PATH, SIZE, PUBLISHED, SOURCE, DATED, COUNT, (FORM == "" ? "-" : FORM), BESIDE
}

=== blocks.awk
# Cuts the passages of some posts into pieces of no more lines than `most`, for each passage is a file while it is hashed. A post that has
# more is cut into blocks of so many, which is a power of two: "an odd last node is carried up unchanged" makes each a tree of its own.
# Input: the passages; work/lengths says how many each post has. Writes piece N to work/piece.N, the lengths of its blocks to
# work/piece.N.lengths, and to work/blocks how many blocks each post has; prints the number of pieces.
function next_block() {
    while (rest == 0) {
        if ((getline rest < (T "/work/lengths")) <= 0) { rest = 0; return }
        rest += 0
        print int((rest + most - 1) / most) > (T "/work/blocks")
    }
    left = rest < most ? rest : most
    rest -= left
    if (pieces == 0 || held + left > most) {
        if (pieces > 0) { close(piece); close(piece ".lengths") }
        piece = T "/work/piece." (++pieces)
        held = 0
    }
    held += left
    print left > (piece ".lengths")
}
BEGIN { rest = left = held = pieces = 0 }
left == 0 { next_block() }
{ print > piece; left-- }
# Posts without passages may follow.
END { if (left == 0) next_block(); print pieces }

=== distinct.awk
# Each distinct line once; "#" and its number for every line to work/layout.
{
    if (!($0 in NUMBER)) { NUMBER[$0] = ++count; print }
    print "#" NUMBER[$0] > (T "/work/layout")
}

=== leaves.awk
# Passages, a line each, to the files hash/1 …, which begin with the byte 00 of a leaf. Prints the numbers of those that have a NUL,
# which is FF here.
{
    file = T "/hash/" NR
    printf "%s", $0 >> file
    close(file)
    if (index($0, "\377")) print NR
}

=== pairup.awk
# One step up some trees. Input: the nodes of every tree, tree after tree; work/counts says how many each has. Writes what is
# to be hashed to work/preimages, each distinct pair once, and the new numbers to work/fewer; prints the nodes above, "#" and a number being
# one that is hashed.
function next_tree() {
    while (left == 0 && (getline left < (T "/work/counts")) > 0) {
        left += 0
        print int((left + 1) / 2) > (T "/work/fewer")
    }
}
BEGIN { left = 0; next_tree() }
{
    left--
    if (held != "") {
        pair = held $0
        if (!(pair in NUMBER)) { NUMBER[pair] = ++count; print "\\001" hex_octal(pair) > (T "/work/preimages") }
        print "#" NUMBER[pair]
        held = ""
    }
    # "An odd last node is carried up unchanged": the same tree as RFC 6962's, split at the largest power of two.
    else if (left == 0) print
    else held = $0
    if (left == 0) next_tree()
}

=== placed.awk
# Puts the digests that work/nodes has where there is "#" and a number.
BEGIN { while ((getline node < (T "/work/nodes")) > 0) NODE[++nodes] = node }
/^#/ { i = substr($0, 2); print (i in NODE ? NODE[i] : "-"); next }
{ print }

=== roots.awk
# The root of each post's tree. Input: the numbers of nodes, 1, or 0 for a post "without passages: it is the SHA-256 of nothing".
{
    root = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    if ($1 > 0 && (getline root < (T "/work/tree")) <= 0) root = "-"
    print root
}

=== rebuilt.awk
# Joins what parts.awk printed with how each post was to be read and the digests of the whole post, the front matter, the body and the
# passages: lists in one order. Prints "path P how source-key dated-key sha256 size published front body source dated text passages form
# beside", or "path P how source-key dated-key sha256 size ! words…".
function line_of(list,   line) { return (getline line < (T "/work/" list)) > 0 ? line : "-" }
function digest(list) { return substr(line_of(list), 1, 64) }
{
    how = line_of("readings"); sha = digest("whole"); front = digest("fronts"); body = digest("bodies"); text = digest("roots")
    if ($3 == "!") print $1, "P", how, sha, substr($0, length($1) + 2)
    else print $1, "P", how, sha, $2, $3, front, body, $4, $5, text, $6, $7, $8
}

=== large.awk
# The same for posts that are too large. Input: their digests; work/large.readings has "size path how source-key dated-key" for each.
{
    sha = substr($0, 1, 64)
    path = substr($0, 69)
    while ((getline line < (T "/work/large.readings")) > 0) {
        split(line, f, " ")
        if (("" f[2]) != path) continue
        print path, "P", f[3], f[4], f[5], sha, f[1], "! over 16 MiB"
        next
    }
}

=== content.awk
# "The post has the recorded size and digest and all that the verifier rebuilds is equal." Input, sorted by path: "path P …" of
# rebuilt.awk before "path R position index sha256 size published front body source dated text passages [form source-key dated-key]".
# Prints "position index standing [code words…]", and after "proven" whether the source was "read" or "unread", or the form is of
# "later", and what stands beside it.
$2 == "P" {
    if (("" $1) != path) { path = "" $1; if (kept++) split("", HAVE) }
    HAVE[$3 " " $4 " " $5] = $0
    next
}
{
    if (("" $1) != path) { print $3, $4, "unknown E-CONTENT-NOT-COMPARED its post is not in the bundle"; next }
    form = "" $14
    how = reading(form, $15, $16)
    if (!(how in HAVE)) { problem(2, "E-IO", path, "it was not read as its record wants it"); next }
    n = split(HAVE[how], f, " ")
    # "E-ALTERED when the bytes differ, E-RECORD-MISMATCH when the record states something else of them."
    if (("" f[6]) != ("" $5)) { print $3, $4, "failed E-ALTERED", path ": not the recorded bytes"; next }
    words = ("" f[7]) != ("" $6) ? " size" : ""
    # "Digest and size are checked, the rest is unknown, never failed."
    if (f[3] == "f") {
        if (words != "") print $3, $4, "failed E-RECORD-MISMATCH", path ": the record states another" words
        else print $3, $4, "proven later -"
        next
    }
    if (f[8] == "!") {
        words = ": no " (form == "" ? "post" : form " post") ":"
        for (i = 9; i <= n; i++) words = words " " f[i]
        print $3, $4, "failed E-RECORD-MISMATCH", path words
        next
    }
    if (form != "" && form != ("" f[15])) {
        print $3, $4, "failed E-RECORD-MISMATCH", path ": the record states the form " form ", it is " f[15]
        next
    }
    words = words (("" f[8]) != ("" $7) ? " published" : "")
    # A form without front matter has no digest of it, and a line that is absent says nothing.
    words = words (form != "" && $8 == "-" || ("" f[9]) == ("" $8) ? "" : " front") (("" f[10]) != ("" $9) ? " body" : "")
    words = words (f[11] != "?" && ("" f[11]) != ("" $10) ? " source" : "") (f[12] != "?" && ("" f[12]) != ("" $11) ? " dated" : "")
    words = words ((f[13] " " f[14]) != ($12 " " $13) ? " text" : "")
    if (words != "") print $3, $4, "failed E-RECORD-MISMATCH", path ": the record states another" words
    else print $3, $4, "proven", (f[11] == "?" || f[12] == "?" ? "unread" : "read"), (form == "" ? "-" : f[16])
}

=== judge.awk
# Adds up the claims of the entries, in the order of the log: facts, signature, inclusion and content of each, from four lists
# in that order. Prints "claim standing count" lines and the numbers of entries of each kind.
function next_of(list,   line) {
    if ((getline line < (T "/" list)) <= 0) { problem(2, "E-IO", list, "the list is too short"); line = "? failed E-IO the list is too short" }
    return line
}
# What is not known is said once for each reason, with the first place and how many there are.
function unknown(code, place, reason,   key) {
    key = code "  " reason
    if (!(key in COUNT)) { ORDER[++reasons] = key; FIRST_AT[key] = place; REASON[key] = reason; CODE[key] = code }
    COUNT[key]++
}
function take(claim, line, place,   f, code, reason) {
    split(line, f, " ")
    N[claim " " f[2]]++
    if (f[2] == "proven" || f[2] == "asserted") return f[2]
    code = f[3]
    reason = substr(line, length(f[1]) + length(f[2]) + length(f[3]) + 4)
    if (f[2] == "failed") problem(1, code, place, reason)
    else if (code != "") unknown(code, place, reason)
    return f[2]
}
{
    place = "entry " $1
    kinds[$2]++
    all++
    if ($2 == "critical") critical = 1
    line = next_of("inclusion")
    # "An entry that leads to another root." The code is the same for all of them.
    if (split(line, f, " ") > 1 && f[2] == "failed") sub(/ failed /, " failed E-INCLUSION-INVALID ", line)
    take("inclusion", line, place)
    take("signature", next_of("signature"), place)
    if ($2 == "post") {
        standing = "asserted"
        line = ""
        if (included) standing = take("content", line = next_of("content"), place)
        if ($15 != "") second()
        else {
            N["source " (standing == "proven" && line ~ / read -$/ ? "proven" : "asserted")]++
            if (standing == "proven" && line ~ / unread -$/) unread++
            N["published " (standing == "proven" ? "proven" : "asserted")]++
        }
    }
    if ($2 == "post" || $2 == "accession") N["recorded asserted"]++
}
# A record of version 2: "an absent line is unknown, never `the post has none`"; so is what takes a reader of YAML, or is of a later form.
# A time is the epoch or the date.
function second(   f, i, n, key, is_later, has_time) {
    split(line, f, " ")
    if (standing != "proven") f[3] = ""
    is_later = reading($15, $16, $17) == "f - -"
    has_time = $7 != "-" || $12 != "-"
    N["source " ($11 == "-" || is_later || f[3] == "unread" ? "unknown" : f[3] == "read" ? "proven" : "asserted")]++
    N["published " (!has_time || is_later || f[3] == "unread" && $7 == "-" ? "unknown" : f[3] == "" ? "asserted" : "proven")]++
    if (f[3] == "unread") unread++
    if (f[3] == "later") later++
    if ($11 == "-") said("none", "")
    else said("from", $16 == "-" ? "" : substr($16, 2))
    if (f[3] != "read") return
    n = split(f[4], key, ",")
    for (i = 1; i <= n; i++) if (key[i] != "-") said(substr(key[i], 1, 1) == "+" ? key[i] : "beside", substr(key[i], 1, 1) == "+" ? "" : key[i])
}
function said(what, key) {
    key = what " =" key
    if (!(key in SAID)) SAID_AT[++saids] = key
    SAID[key]++
}
END {
    # What the records state as the source, and what stands beside it, for the report.
    for (i = 1; i <= saids; i++) print SAID_AT[i], SAID[SAID_AT[i]] > (T "/said")
    # "provenance/key@... makes every signature of the bundle unknown."
    proven = N["signature proven"] + 0
    if (critical) { N["signature unknown"] += proven; N["signature proven"] = 0 }
    for (i = 1; i <= reasons; i++) {
        key = ORDER[i]
        more = COUNT[key] > 1 ? " (" COUNT[key] " entries)" : ""
        problem(3, CODE[key], FIRST_AT[key], REASON[key] more)
    }
    for (key in N) print key, N[key] + 0
    print "entries all", all + 0
    print "entries posts", kinds["post"] + 0
    print "entries accessions", kinds["accession"] + 0
    print "entries unknown", kinds["unknown"] + kinds["critical"] + 0
    print "entries malformed", kinds["malformed"] + 0
    print "entries signed", N["signature proven"] + 0
    print "entries unread", unread + 0
    print "entries later", later + 0
}

=== sources.awk
# Says where the records of version 2 take their sources from. Input: "from|none|beside|+date|+form =KEY number", in the order of the log.
function add(list, what, n) { return list (list == "" ? "" : ", ") what " (" n ")" }
{
    key = substr($2, 2)
    shown = clean(untoken(key))
    if ($1 == "none") none += $3
    else if ($1 == "+date") dates += $3
    else if ($1 == "+form") shapes += $3
    else if ($1 == "beside") { if (++others <= 10) beside = add(beside, shown, $3) }
    else if (++kinds <= 10) from = add(from, key == "" ? "their link line" : shown, $3)
}
END {
    if (kinds > 10) from = from ", and " kinds - 10 " other keys"
    if (others > 10) beside = beside ", and " others - 10 " other keys"
    line = from == "" ? "" : "from the posts' " from
    if (none) line = add(line, "not stated", none)
    if (line != "") print "sources      " line
    if (beside != "") print "beside them  another source could be read from " beside
    if (dates) print "not stated   a date that the post has (" dates ")"
    if (shapes) print "not stated   more than the bytes, of posts that begin like one with a source (" shapes ")"
}

=== complete.awk
# "When Provenance-Selection is A..B, the records are exactly these." Input: "index …", in the order of the log.
function lacking(from, to) {
    problem(1, "E-INCOMPLETE", ("" from) == ("" to) ? "entry " from : "entries " from " to " to, "left out; the selection is " first ".." last)
}
BEGIN {
    dots = index(selection, "..")
    first = substr(selection, 1, dots - 1)
    last = substr(selection, dots + 2)
    wanted = first
}
{
    if (less($1, first) || less(last, $1)) { problem(1, "E-INCOMPLETE", "entry " $1, "outside the selection " selection); next }
    if (less(wanted, $1)) lacking(wanted, plus($1, -1))
    wanted = plus($1, 1)
}
END { if (!less(last, wanted)) lacking(wanted, last) }

=== table.awk
# The table of claims. Input: "claim standing count".
{ N[$1 " " $2] += $3; SAID[$1] = 1 }
END {
    printf "%-12s%9s%10s%10s%10s\n", "claim", "proven", "asserted", "unknown", "failed"
    n = split("content signature inclusion checkpoint completeness views source published recorded", CLAIM, " ")
    for (i = 1; i <= n; i++) if (CLAIM[i] in SAID)
        printf "%-12s%9d%10d%10d%10d\n", CLAIM[i], N[CLAIM[i] " proven"], N[CLAIM[i] " asserted"], N[CLAIM[i] " unknown"], N[CLAIM[i] " failed"]
}
EOF
}

# ---------------------------------------------------------------------------------------------------------------------
# 4. Keys
# ---------------------------------------------------------------------------------------------------------------------

# Which awk this is: where, and what it says of itself.
which_awk() {
    version_said=$({ awk --version || awk -W version; } </dev/null 2>&1 | sed -n '/[0-9][0-9.][0-9]/p' | head -n 1 | tr -cd ' -~' | cut -c 1-80)
    printf 'the awk here, %s (%s),' "$(command -v awk)" "${version_said:-its version is not known}" | tr -cd ' -~'
}

# Whether this awk can read each of the programs at all, before anything is done with them: each is given nothing to read, in a folder of
# its own. Those that this script is tested with can.
try_awk() {
    case $(which_awk) in
    *'(mawk 1.3.4 '* | *'(GNU Awk 5.'* | *'(BusyBox v1.3'* | *'(awk version 20220912)'*) return 0 ;;
    esac
    mkdir "$T/trial" "$T/trial/work" && cp -R "$T/awk" "$T/trial/awk" && : >"$T/trial/sound" || broken self-test 'no folder can be made: is the disk full?'
    unread=$(
        T=$T/trial
        for file in "$T"/awk/*.awk; do
            name=${file##*/}
            name=${name%.awk}
            case $name in
            '*' | bytes | files | lines | note | vkeys | front | keys | passages) continue ;;
            esac
            program "$name" </dev/null >/dev/null 2>&1
            [ -e "$T/sound" ] || { printf '%s' "$name" && break; }
        done
    )
    rm -rf "$T/trial"
    [ -z "$unread" ] || broken self-test "$(which_awk) cannot read the program $unread"
}

# Whether the tools here do what is needed. A tool that says yes to everything would make everything verified, so a signature
# that verifies and one that does not are tried (record.md, "Known answers": the entry, and the same with a digit changed).
self_test() {
    new_work
    try_awk
    go_on
    [ "$(printf '%s\n' '\000\141\142\143' '\377' | hash_octal | tr '\n' ' ')" = \
        '609f6e36d2405585188d5cfd761f407c7cc46a7d3f314c88270469dde315fcd1 a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89 ' ] ||
        broken self-test 'sha256sum, printf or xargs does not do what is needed'
    [ "$(printf 'a\303\251\377\n' | program self)" = ok ] ||
        broken self-test "$(which_awk) does not do what is needed"
    go_on
    echo '0.der 302a300506032b6570032100a6723e1cd829ed4b1527cc0c65469ca12142b3edc0881276c74a086d1a108ffd' |
        program octal | write_octal "$T/keys"
    for name in good bad; do
        printf '%s.0 %s%s\n' "$name" 4570f69fe52690051b85d17bc7d018e1d15a06651dc718930b09f5b7358fc695 \
            dce8ef45e0e4fd15ae153e73388a7b56b91ecfac44d2fc33f15e377eae162609
    done | program octal >"$T/work/signatures"
    cat >"$T/work/message/good" <<'EOF'
provenance/post@v1
signer archive.example/news/signer
sha256 42f78b3d53eec57c6633ebe3497cf2ca5f8521001b80ef2a3a304e5521fd7060
size 648
source https://gazette.example/2024/03/ferry linden?ref=rss
dated 2024-03-05T07:30:00.000Z
published 1709623800000
recorded 1735689600000
front d1effaae2496666f78ff767ea3c8bbd022978fcabb7ceccc13f0030f5d217946
body 9db7e671bebca9ce5811af80b2fc533b5d48fc207c40a4d5fd7c068158c74148
text eb9a38e9f7f583ced322a664f608524327d09d9d20513b989c0c65b077cde892 5
EOF
    sed 's/size 648/size 649/' "$T/work/message/good" >"$T/work/message/bad"
    printf '%s\n' good.0:good bad.0:bad >"$T/work/tasks"
    verify_signatures
    [ "$(sort "$T/work/verified" | tr '\n' ' ')" = 'bad.0 bad good.0 ok ' ] ||
        broken self-test 'openssl does not check Ed25519 signatures as it should: OpenSSL 3.0 or later is wanted'
    go_on
    # The post of that record.
    cat >"$T/post" <<'EOF'
---
layout: post
title: "Ferry \"Linden\" is back 渡轮复航"
date: 2024-03-05T07:30:00.000Z
author: Harbour Gazette
from: https://gazette.example/2024/03/ferry linden?ref=rss
tags: [ Harbour Gazette ]
comments: True
categories: [ Harbour Gazette ]
---
<!--1709623800000-->
[Ferry "Linden" is back 渡轮复航](https://gazette.example/2024/03/ferry%20linden?ref=rss)
------

<div>
<p>The ferry <b>Lin</b>den runs&nbsp;again &mdash; every 20&#160;minutes.</p>
<!-- slot --><script>if (a < b) { show("</p>"); }</script>
<p>渡轮“椴树”号<br>今日复航。</p>
<ul><li>Adults: 3 &lt; 4 &euro;</li><li>Children: &amp;euro;0</li></ul>
</div>
EOF
    # A post of version 2, in lines that end in CR LF.
    {
        printf '\357\273\277---\r\nurl: '\''https://gazette.example/2'\''\r\ntags: [a, "b, c"]\r\nx:\r\n- y\r\ndate: 2024-03-05 07:30\r\n---\r\n'
        printf '<!--NaN-->\r\n[a](https://gazette.example/2)\r\n------\r\n\r\na\r\n \r\nb<p>c\r\n'
    } >"$T/post2"
    printf '%s\n' '648 post 1 - -' '166 post2 2 =url =date' >"$T/some"
    : >"$T/rebuilt"
    cd "$T" || broken self-test 'the temporary folder cannot be opened'
    rebuild_posts "$T/some"
    cd "$bundle" || broken self-test 'the folder of the bundle cannot be opened'
    [ "$(cat "$T/rebuilt")" = "post P 1 - - 42f78b3d53eec57c6633ebe3497cf2ca5f8521001b80ef2a3a304e5521fd7060 648 1709623800000 \
d1effaae2496666f78ff767ea3c8bbd022978fcabb7ceccc13f0030f5d217946 9db7e671bebca9ce5811af80b2fc533b5d48fc207c40a4d5fd7c068158c74148 \
https://gazette.example/2024/03/ferry%20linden%3fref=rss 2024-03-05T07:30:00.000Z \
eb9a38e9f7f583ced322a664f608524327d09d9d20513b989c0c65b077cde892 5 - -
post2 P 2 =url =date a37def3a5852e71ca48ca46b66e6145743f60e4569fd41d3de8bf2e425c622b4 166 - \
395ef1cba8eb5bc4a6eb02a0a74837ed3237695acf3fe6abbfb6922a508f7479 2f0f2be2e39fe7c4be4f059cc09cd803d685576494ca5ac9bb48f01d6b721f9e \
=https://gazette.example/2 =2024-03-05%2007:30 \
36642e73c2540ab121e3a6bf9545b0a24982cd830eb13d3cd19de3ce6c021ec1 3 rss -" ] ||
        broken self-test "$(which_awk) does not take a post apart as it should"
    go_on
}

# Keys "are those of a folder got somewhere else, in the form of keys/: log.vkey and log-*.vkey, signer.vkey and signer-*.vkey,
# signers (a vkey a line), policy." What is wrong with them ends the check, exit code 2. "The keys in the bundle are never used."
read_trust() {
    has_policy=0
    [ -n "$keys_folder" ] || return 0
    case $keys_folder/ in
    "$bundle"/*)
        problem 2 E-KEY keys 'this folder is in the bundle: get the public keys from somewhere else than the party under test'
        report
        ;;
    esac
    found=no
    for file in "$keys_folder"/log.vkey "$keys_folder"/log-*.vkey "$keys_folder"/signer.vkey "$keys_folder"/signer-*.vkey \
        "$keys_folder"/signers "$keys_folder"/policy; do
        # A pattern that matches nothing stays as it is.
        [ -e "$file" ] || [ -L "$file" ] || continue
        found=yes
        PLACE=${file##*/}
        export PLACE
        if [ -L "$file" ] || [ ! -f "$file" ] || [ "$(wc -c <"$file")" -gt 1000000 ]; then
            problem 2 E-KEY "$(clean "$PLACE")" 'no regular file, or over 1000000 bytes'
            continue
        fi
        case $PLACE in
        policy)
            has_policy=1
            tr '\000' '\001' <"$file" | program policy
            ;;
        log*) tr '\000' '\377' <"$file" | program keyfile -v role=log ;;
        *) tr '\000' '\377' <"$file" | program keyfile -v role=signer ;;
        esac >>"$T/vkeys"
    done
    [ "$found" = yes ] || problem 2 E-KEY keys 'no log.vkey, signer.vkey, policy or signers in this folder'
    [ ! -s "$T/problems" ] || report
    # The policy's keys first, then the logs', then the signers': each is compared with those before it.
    sed -n '/^policylog /p' "$T/vkeys" >"$T/vkeys.sorted"
    sed -n '/^witness /p; /^log /p' "$T/vkeys" >>"$T/vkeys.sorted"
    sed -n '/^signer /p' "$T/vkeys" >>"$T/vkeys.sorted"
    program keyids <"$T/vkeys.sorted" | hash_octal >"$T/keyids"
    program trust -v has_policy="$has_policy" <"$T/vkeys.sorted" >"$T/ders"
    write_octal "$T/keys" <"$T/ders"
    go_on
    [ ! -s "$T/problems" ] || report
}

# ---------------------------------------------------------------------------------------------------------------------
# 5. The seven steps of bundle.md, "Verifying"
# ---------------------------------------------------------------------------------------------------------------------

# Whether the walk has found a regular file of this name, which may be opened.
is_there() {
    WANTED=$1 awk 'BEGIN { wanted = ENVIRON["WANTED"] } $0 == wanted { found = 1; exit } END { exit !found }' "$T/files"
}

# The size of a file that is_there.
size_of() {
    wc -c <"./$1" | tr -d ' '
}

# Lists what is there without opening anything: regular files with plain names in `files`; those with other names, links and
# special files, and what no machine reads in reasonable time (over 64 GiB, perhaps of nothing but holes) among the strays.
walk() {
    # What is not plain is printed as "?". The names are arguments, so that no character of them can end a line or a word.
    # shellcheck disable=SC2016 # the inner shell expands these
    sort_names='
        plain=$1
        odd=$2
        shift 2
        for name; do
            name=${name#./}
            case $name in
            *[!A-Za-z0-9._/-]*)
                shown=
                while :; do
                    before=${name%%[!A-Za-z0-9._/-]*}
                    shown=$shown$before
                    [ "$before" != "$name" ] || break
                    name=${name#"$before"}
                    name=${name#?}
                    shown=$shown"?"
                done
                printf "%s\n" "$shown" >&4
                ;;
            *) printf "%s\n" "$name" >&3 ;;
            esac
        done 3>>"$plain" 4>>"$odd"
        exit 0'
    for name in odd special huge folders; do : >"$T/$name"; done
    {
        find . -type f ! -size +134217728 -exec sh -c "$sort_names" sh "$T/files" "$T/odd" {} + &&
            find . -type f -size +134217728 -exec sh -c "$sort_names" sh "$T/huge" "$T/huge" {} + &&
            find . ! -type f ! -type d -exec sh -c "$sort_names" sh "$T/special" "$T/special" {} + &&
            find . -type d -exec sh -c "$sort_names" sh "$T/folders" "$T/folders" {} +
    } 2>/dev/null || problem 2 E-UNREADABLE "$(clean "$shown")" 'something in this folder cannot be read'
    # Of what file managers leave, only these can have a name or a folder that is not plain: what lies below __MACOSX, and the three names.
    awk '$0 !~ "^__MACOSX/" && $0 !~ "/(\\._)?(\\.DS_Store|Thumbs\\.db|desktop\\.ini)$"' "$T/odd" >"$T/files.kept" &&
        mv "$T/files.kept" "$T/odd" || broken files 'a file could not be written: is the disk full?'
    # A name that is not plain is looked at before the size.
    awk '$0 !~ "^__MACOSX/.*[?][^/]*$"' "$T/huge" >"$T/files.kept" &&
        mv "$T/files.kept" "$T/huge" || broken files 'a file could not be written: is the disk full?'
    {
        sed 's/.*/1 E-BUNDLE-STRAY  &: a name with other characters than a-z A-Z 0-9 . - _/' "$T/odd"
        sed 's/.*/1 E-BUNDLE-STRAY  &: a link or a special file; it was not opened/' "$T/special"
        sed 's/.*/1 E-BUNDLE-STRAY  &: over 64 GiB; it was not opened/' "$T/huge"
        awk -F / 'NF > 32 { print "1 E-BUNDLE-STRAY  " $0 ": folders in folders, over 32 of them" }' "$T/folders"
    } >>"$T/problems"
    # What lies deeper is not looked at.
    awk -F / 'NF <= 33' "$T/files" >"$T/files.flat" && mv "$T/files.flat" "$T/files"
}

# Step 1. "tagmanifest-sha256.txt, manifest-sha256.txt, bag-info.txt and checkpoint are there; else E-BUNDLE-MALFORMED, exit code 2. The
# checkpoint of a bundle@v2 is checkpoint.note, so that a reader of v1 alone finds no bundle."
is_a_bundle() {
    tree_head=checkpoint
    form=provenance/bundle@v1
    if { [ ! -f checkpoint ] || [ -L checkpoint ]; } && [ -f checkpoint.note ] && [ ! -L checkpoint.note ]; then
        tree_head=checkpoint.note
        form=provenance/bundle@v2
    fi
    for name in tagmanifest-sha256.txt manifest-sha256.txt bag-info.txt "$tree_head"; do
        # Before the walk, for whoever names a large folder by mistake; a link is not opened, so it is not there.
        if [ ! -f "$name" ] || [ -L "$name" ]; then problem 2 E-BUNDLE-MALFORMED "$name" 'it is not there: this is no bundle'; fi
    done
    [ ! -s "$T/problems" ] || report
}

# "Lines end in LF": also the last one.
ends_in_newline() {
    [ ! -s "$1" ] || [ "$(tail -c 1 "$1" | od -A n -t x1 | tr -d ' ')" = 0a ] ||
        problem 1 E-BUNDLE-MALFORMED "$1" 'the last line does not end in LF'
}

# Whether a file that must be read whole is small enough.
is_at_most() {
    is_there "$1" && [ "$(size_of "$1")" -le "$2" ] && return 0
    problem 1 "$3" "$1" "over $2 bytes"
    return 1
}

# Step 1, the forms of the lists and of bag-info.txt: E-BUNDLE-MALFORMED, exit code 1.
read_lists() {
    : >"$T/listed"
    for name in manifest-sha256.txt tagmanifest-sha256.txt; do
        is_at_most $name 1000000000 E-BUNDLE-MALFORMED || continue
        ends_in_newline $name
        tr '\000' '\377' <$name | program list -v name=$name >>"$T/listed"
    done
    if is_at_most bag-info.txt 65536 E-BUNDLE-MALFORMED; then
        ends_in_newline bag-info.txt
        tr '\000' '\377' <bag-info.txt | program info -v form="$form" >"$T/info"
    fi
    go_on
}

# A value of bag-info.txt; nothing where it is not there or malformed.
info() {
    sed -n "s/^$1 //p" "$T/info"
}

# Step 2. "Each listed file is there (E-BUNDLE-MISSING) and has its digest (E-BUNDLE-CHANGED). Each file that is there is on one of
# the lists (E-BUNDLE-STRAY). What Payload-Oxum says is what is there (E-BUNDLE-CHANGED)."
check_lists() {
    program leftovers <"$T/listed" >"$T/files.kept"
    mv "$T/files.kept" "$T/files" || broken files 'a file could not be written: is the disk full?'
    go_on
    : >"$T/strays"
    { sed 's/$/ F/' "$T/files" && cat "$T/listed"; } | sort | program inventory >"$T/wanted"
    sed 's/.*/1 E-BUNDLE-STRAY  &: it is on none of the lists/' "$T/strays" >>"$T/problems"
    cut -c 66- "$T/wanted" >"$T/wanted.paths"
    digests "$T/wanted.paths" 2>/dev/null | program compare
    sed -n '/^data\//p' "$T/wanted.paths" >"$T/payload"
    oxum=$(info Payload-Oxum)
    found=$(sizes "$T/payload" 2>/dev/null | awk '{ bytes += $1 } END { printf "%.0f.%d\n", bytes, NR }')
    [ -z "$oxum" ] || [ "$oxum" = "$found" ] ||
        problem 1 E-BUNDLE-CHANGED bag-info.txt "Payload-Oxum is $(clean "$oxum"), what is below data/ is $found"
    go_on
}

# Step 3. "A pinned log key signed it, and the policy's quorum is met. Its origin and size are those of bag-info.txt."
check_checkpoint() {
    new_work
    : >"$T/checkpoint"
    if is_at_most "$tree_head" 1000000 E-CHECKPOINT-INVALID; then
        echo "$tree_head" >"$T/work/list"
        sizes "$T/work/list" >"$T/sizes"
        contents "$T/work/list" >"$T/checkpoint"
        program checkpoint <"$T/checkpoint" >"$T/head"
    fi
    tree=$(sed -n 1p "$T/head")
    tree_size=${tree% *}
    root=${tree#* }
    ORIGIN=$(sed -n 2p "$T/head")
    export ORIGIN
    checkpoint_claim=failed
    if [ -n "$tree" ]; then
        verify_signatures
        program quorum <"$T/work/verified" >"$T/claim"
        checkpoint_claim=$(cat "$T/claim")
        # Signers count only when they came with a key of this log.
        [ "$(sed -n 3p "$T/head")" = 0 ] || cp "$T/keytable" "$T/signers"
        [ "$(info Provenance-Log)" = "$ORIGIN" ] || [ -z "$(info Provenance-Log)" ] ||
            problem 1 E-BUNDLE-CHANGED bag-info.txt "Provenance-Log is not the checkpoint's origin $(clean "$ORIGIN")"
        [ "$(info Provenance-Log-Size)" = "$tree_size" ] || [ -z "$(info Provenance-Log-Size)" ] ||
            problem 1 E-BUNDLE-CHANGED bag-info.txt "Provenance-Log-Size is not the checkpoint's size $tree_size"
    fi
    log_key=${checkpoint_claim#proven }
    checkpoint_claim=${checkpoint_claim%% *}
    echo "checkpoint $checkpoint_claim 1" >>"$T/counts"
    go_on
}

# Step 4. "Proven when bundle.note is a note of the text above whose signer is pinned and whose signature verifies, with the tag
# manifest's digest, origin and size; unknown when there is none, or its signer is not pinned. Failed, E-BUNDLE-NOTE, when it is
# anything else, or when bag-info.txt has a Provenance-Signer and there is no note, or a note and no such line."
check_views() {
    new_work
    PROMISED=$(info Provenance-Signer)
    export PROMISED
    if ! is_there bundle.note; then
        views_claim=unknown
        if [ -n "$PROMISED" ]; then
            views_claim=failed
            problem 1 E-BUNDLE-NOTE bundle.note 'bag-info.txt has a Provenance-Signer, and there is no note'
        fi
    elif ! is_at_most bundle.note 1000000 E-BUNDLE-NOTE; then
        views_claim=failed
    else
        echo bundle.note >"$T/work/list"
        sizes "$T/work/list" >"$T/sizes"
        digest=$(sha256sum <tagmanifest-sha256.txt | cut -c 1-64)
        contents "$T/work/list" | program bundlenote -v form="$form" -v digest="$digest" -v size="$tree_size" >"$T/note.signer"
        SIGNER=$(cat "$T/note.signer")
        export SIGNER
        views_claim=failed
        if [ -n "$SIGNER" ]; then
            verify_signatures
            program views <"$T/work/verified" >"$T/claim"
            views_claim=$(cat "$T/claim")
        fi
    fi
    echo "views $views_claim 1" >>"$T/counts"
    go_on
}

# "Every block in hand is checked: a line is false where it names an entry in hand that has another leaf or does not count." What does not
# begin as an entry of its kind counts as none. Lists what is named wrongly in work/wrong, "kind index leaf".
check_blocks() {
    [ -s "$T/work/blocks" ] || return 0
    program blocks-named <"$T/work/blocks" >"$T/work/named"
    while read -r kind name leaf; do
        found=$({ printf '\000' && cat "./records/$name.note"; } | sha256sum | cut -c 1-64)
        case $(head -c 32 "./records/$name.note" | tr '\000' '\377') in
        "provenance/$kind@"*) [ "$found" = "$leaf" ] && continue ;;
        esac
        printf '%s %s %s\n' "$kind" "$name" "$leaf" >>"$T/work/wrong" || broken blocks 'a file could not be written: is the disk full?'
    done <"$T/work/named"
    go_on
}

# Step 5, inclusion and signature, for up to 1,000 entries: "index P", or "index -" where there is no proof, a line each.
check_entries() {
    new_work
    # "An entry has at most 65,535 bytes" (log.md).
    sed 's|^\([0-9]*\) .*|records/\1.note|' "$1" >"$T/work/list"
    sizes "$T/work/list" | awk '$1 <= 65535' >"$T/work/sizes"
    sed 's/^[0-9]* \.\///' "$T/work/sizes" >"$T/work/list"
    # RFC 6962: leaf hash = SHA-256(00 || entry). The byte 00 is written here, the entry after it by records.awk, or by cat
    # where awk cannot.
    sed 's|^records/||; s|\.note$||' "$T/work/list" >"$T/work/numbers"
    # shellcheck disable=SC2016 # the inner shell expands this
    (cd "$T/work/leaf" && xargs sh -c 'for name; do printf "\000" >"$name"; done' sh <"$T/work/numbers")
    for name in raw blocks wrong; do : >"$T/work/$name"; done
    contents "$T/work/list" | program records >"$T/work/facts"
    while read -r name; do
        cat "./records/$name.note" >>"$T/work/leaf/$name"
    done <"$T/work/raw"
    program order <"$1" >"$T/work/ordered"
    check_blocks
    verify_signatures
    go_on
    program signed <"$T/work/ordered" >>"$T/signature"
    cat "$T/work/ordered" >>"$T/facts"

    : >"$T/work/included"
    if [ -n "$tree" ]; then
        : >"$T/work/leaves"
        [ ! -s "$T/work/numbers" ] || (cd "$T/work/leaf" && xargs sha256sum <"$T/work/numbers") >"$T/work/leaves"
        sed -n 's|^\([0-9]*\) P$|proofs/\1.tlog-proof|p' "$1" >"$T/work/list"
        # The longest proof that a reader of tlog-proofs takes.
        sizes "$T/work/list" | awk '$1 <= 1200000' >"$T/work/sizes"
        sed 's/^[0-9]* \.\///' "$T/work/sizes" >"$T/work/list"
        contents "$T/work/list" | program proofs -v size="$tree_size" >"$T/work/state"
        : >"$T/work/nodes"
        # Each step uses up one hash of each proof, and no proof has more than 63.
        while [ -s "$T/work/state" ]; do
            : >"$T/work/preimages"
            program climb -v root="$root" <"$T/work/state" >"$T/work/higher"
            hash_octal <"$T/work/preimages" >"$T/work/nodes"
            mv "$T/work/higher" "$T/work/state"
            go_on
        done
    fi
    has_root=0
    [ -z "$tree" ] || has_root=1
    is_proven=0
    [ "$checkpoint_claim" != proven ] || is_proven=1
    program included -v has_root="$has_root" -v is_proven="$is_proven" <"$1" >>"$T/inclusion"
    go_on
}

# Says on standard error that it will take long, before it does. Input: the numbers of passages of the posts on work/list.
announce() {
    [ "$quiet" = no ] || return 0
    # shellcheck disable=SC2016 # awk expands these
    awk '
        { getline path < (ENVIRON["T"] "/work/list") }
        $1 > 20000 { posts++; sum += $1; if ($1 > most) { most = $1; longest = path } }
        END {
            if (!posts) exit
            seconds = int(sum / 2000) + 1
            printf "verify.sh: %s has %d passages", longest, most
            if (posts > 1) printf "; with %d more such posts they are %d", posts - 1, sum
            print ". Hashing them may take " (seconds < 120 ? seconds " seconds." : int(seconds / 60) + 1 " minutes.")
        }' "$T/work/counts" >&2 || broken announce 'awk failed'
}

# The roots of some trees. Input: their leaves in work/tree, tree after tree, and how many each has in work/counts. In the end work/tree has
# the roots, none of a tree without leaves.
climb_trees() {
    # Each step halves the number of nodes.
    while :; do
        : >"$T/work/preimages"
        : >"$T/work/fewer"
        program pairup <"$T/work/tree" >"$T/work/layout"
        go_on
        [ -s "$T/work/preimages" ] || break
        hash_octal <"$T/work/preimages" >"$T/work/nodes"
        program placed <"$T/work/layout" >"$T/work/tree"
        mv "$T/work/fewer" "$T/work/counts" || broken passages 'a file could not be written: is the disk full?'
        go_on
    done
}

# The roots of the posts' passages (record.md, "Passages"), a line each in work/roots. "A leaf is SHA-256(0x00 ‖ passage in UTF-8),
# the root is RFC 6962's over the leaves." No more than 16,384 passages are files at a time.
passage_roots() {
    mv "$T/work/counts" "$T/work/lengths" || broken passages 'a file could not be written: is the disk full?'
    : >"$T/work/blocks"
    : >"$T/work/tops"
    go_on
    leaves=$(program blocks -v most=16384 <"$T/work/passages")
    go_on
    rm "$T/work/passages"
    leaf=0
    while [ "$leaf" -lt "${leaves:-0}" ]; do
        leaf=$((leaf + 1))
        new_hash
        program distinct <"$T/work/piece.$leaf" >"$T/work/once"
        rm "$T/work/piece.$leaf"
        some=$(count_lines "$T/work/once")
        # shellcheck disable=SC2016 # the inner shell expands this
        awk -v n="$some" 'BEGIN { for (i = 1; i <= n; i++) print i }' |
            (cd "$T/hash" && xargs sh -c 'for name; do printf "\000" >"$name" || exit 1; done' sh) ||
            broken passages 'not every file could be written: is the disk full?'
        program leaves <"$T/work/once" >"$T/nuls"
        while read -r name; do
            if ! { tr '\377' '\000' <"$T/hash/$name" >"$T/nul" && mv "$T/nul" "$T/hash/$name"; }; then
                broken passages 'a file could not be written: is the disk full?'
            fi
        done <"$T/nuls"
        hash_files "$some" >"$T/work/nodes"
        program placed <"$T/work/layout" >"$T/work/tree"
        mv "$T/work/piece.$leaf.lengths" "$T/work/counts" || broken passages 'a file could not be written: is the disk full?'
        go_on
        blocks=$(count_lines "$T/work/counts")
        climb_trees
        [ "$(count_lines "$T/work/tree")" = "$blocks" ] || broken passages 'not every passage was hashed'
        cat "$T/work/tree" >>"$T/work/tops" || broken passages 'a file could not be written: is the disk full?'
        go_on
    done
    mv "$T/work/tops" "$T/work/tree" && mv "$T/work/blocks" "$T/work/counts" || broken passages 'a file could not be written: is the disk full?'
    climb_trees
    program roots <"$T/work/counts" >"$T/work/roots"
}

# Step 5, content, for some posts: rebuilds from each what verify.sh can rebuild. Input: "size path how source-key dated-key".
rebuild_posts() {
    new_work
    # record.md: a post has at most 16 MiB.
    awk '$1 > 16777216' "$1" >"$T/work/large.readings"
    cut -d ' ' -f 2 "$T/work/large.readings" >"$T/work/large"
    digests "$T/work/large" | program large >>"$T/rebuilt"
    awk '$1 <= 16777216 { print $1, "./" $2; print $3, $4, $5 > (ENVIRON["T"] "/work/readings") }' "$1" >"$T/work/sizes"
    sed 's/^[0-9]* \.\///' "$T/work/sizes" >"$T/work/list"
    [ -s "$T/work/list" ] || return 0
    for name in raw passages counts; do : >"$T/work/$name"; done
    post_bytes "$T/work/list" | program parts >"$T/work/parts"
    announce
    while read -r name offset path; do
        tail -c "+$((offset + 1))" "./$path" >"$T/work/part/${name}b"
    done <"$T/work/raw"
    digests "$T/work/list" >"$T/work/whole"
    awk '{ print NR "f" }' "$T/work/list" | (cd "$T/work/part" && xargs sha256sum) >"$T/work/fronts"
    awk '{ print NR "b" }' "$T/work/list" | (cd "$T/work/part" && xargs sha256sum) >"$T/work/bodies"
    passage_roots
    for name in parts readings whole fronts bodies roots; do
        [ "$(count_lines "$T/work/$name")" = "$(count_lines "$T/work/list")" ] || broken posts 'not every post could be read'
    done
    go_on
    program rebuilt <"$T/work/parts" >>"$T/rebuilt"
}

# Step 5. Everything about entries.
check_all_entries() {
    program names <"$T/files" | sort | program pairs >"$T/entries"
    [ -s "$T/entries" ] || problem 3 E-NOTHING-CHECKED records 'there is no record'
    : >"$T/signature"
    : >"$T/inclusion"
    : >"$T/content"
    : >"$T/rebuilt"
    pieces=$(cut_lines piece 1000 <"$T/entries")
    go_on
    piece=0
    while [ "$piece" -lt "$pieces" ]; do
        piece=$((piece + 1))
        check_entries "$T/piece.$piece"
    done

    # "A file below data/ that is no post of a record here and not withheld.txt is E-BUNDLE-STRAY; so is any post where posts are
    # withheld."
    included=1
    [ "$(info Provenance-Posts)" != withheld ] || included=0
    awk '$2 == "post" {
        print "data/sha256/" substr($5, 1, 2) "/" $5 ".md", "R", sprintf("%012d", NR), $1, $5, $6, $7, $9, $10, $11, $12, $13, $14, $15, $16, $17 }' \
        "$T/facts" | sort >"$T/recorded"
    {
        sed -n 's/^data\/.*/& F/p' "$T/files"
        [ "$included" = 0 ] || cat "$T/recorded"
    } | sort | program payload -v included="$included" >"$T/posts.read"

    # In pieces of 500 posts or 64 MiB, for the parts are written out.
    cut -d ' ' -f 1 "$T/posts.read" >"$T/posts"
    sizes "$T/posts" | awk '{ getline line < (ENVIRON["T"] "/posts.read"); print $1, line }' >"$T/posts.sized"
    [ "$(count_lines "$T/posts.sized")" = "$(count_lines "$T/posts")" ] || broken posts 'not every post could be read'
    go_on
    pieces=$(awk '
        n == 0 || posts == 500 || bytes > 67108864 { if (file) close(file); file = ENVIRON["T"] "/piece." ++n; posts = bytes = 0 }
        { print > file; posts++; bytes += $1 }
        END { print n + 0 }' "$T/posts.sized") || broken pieces 'awk failed'
    go_on
    piece=0
    while [ "$piece" -lt "$pieces" ]; do
        piece=$((piece + 1))
        rebuild_posts "$T/piece.$piece"
    done
    if [ "$included" = 1 ]; then
        cat "$T/rebuilt" "$T/recorded" | sort | program content | sort | cut -d ' ' -f 2- >"$T/content"
    fi
    program judge -v included="$included" <"$T/facts" >"$T/judged"
    cat "$T/judged" >>"$T/counts"
    go_on
}

# How many lines of "claim standing N" there are of something.
counted() {
    awk -v what="$1" -v standing="$2" '$1 == what && $2 == standing { n += $3 } END { printf "%d\n", n }' "$T/counts"
}

# Step 6. "When Provenance-Selection is A..B, the records are exactly these (E-INCOMPLETE); with the checkpoint and every inclusion
# proven, nothing between A and B is left out. A filter claims nothing."
check_completeness() {
    selection=$(info Provenance-Selection)
    case $selection in
    '' | filter) return 0 ;;
    esac
    before=$(count_lines "$T/problems")
    program complete -v selection="$selection" <"$T/entries"
    if [ "$before" != "$(count_lines "$T/problems")" ] || [ "$(counted inclusion failed)" != 0 ]; then
        echo 'completeness failed 1'
    elif [ "$checkpoint_claim" != proven ]; then
        echo 'completeness unknown 1'
    else
        echo 'completeness proven 1'
    fi >>"$T/counts"
    go_on
}

# The exit code of what is on the list of problems: "1 outranks 2, 2 outranks 3, 3 outranks 0".
status_now() {
    worst=$(cut -c 1 "$T/problems" | sort -u | head -n 1)
    printf '%s\n' "${worst:-0}"
}

# Step 7. "At least one signature of an entry was proven, else E-NOTHING-CHECKED (3) if nothing worse was found."
something_was_checked() {
    [ -s "$T/entries" ] && [ "$(counted entries signed)" = 0 ] || return 0
    case $(status_now) in
    0 | 3) problem 3 E-NOTHING-CHECKED records 'no signature of an entry was proven' ;;
    esac
}

# ---------------------------------------------------------------------------------------------------------------------
# 6. The report
# ---------------------------------------------------------------------------------------------------------------------

plural() {
    if [ "$1" = 1 ]; then printf '1 %s' "$2"; else printf '%s %s' "$1" "$3"; fi
}

# What must be on the counts of a bundle that is verified, whatever is on the list of problems.
all_is_proven() {
    [ "$(counted checkpoint proven)" = 1 ] && [ "$(counted entries signed)" -gt 0 ] &&
        [ "$(awk '$2 == "failed" { n += $3 } END { printf "%d\n", n }' "$T/counts")" = 0 ] &&
        [ "$(counted inclusion proven)" = "$(counted entries all)" ] && [ "$(counted entries malformed)" = 0 ]
}

# Offenders, table, verdict and limits; ends the script.
report() {
    status=$(status_now)
    if [ ! -e "$T/sound" ]; then
        status=2
        rm -f "$T/room"
        [ -s "$T/broken" ] || printf '2 E-IO  %s: nothing more can be written there: is the disk full?\n' "$(clean "${TMPDIR:-/tmp}")" >"$T/broken"
        cat "$T/broken" >"$T/problems"
        : >"$T/counts"
    elif [ "$status" = 0 ] && ! all_is_proven; then
        status=2
        problem 2 E-IO verify.sh 'nothing was found wrong, and not everything was counted: a tool here does not do what it should'
    fi
    if [ "$status" = 0 ] && [ "$quiet" = yes ]; then leave 0; fi
    # A reader that is gone, as of a pipe, is an output that cannot be written.
    trap '' PIPE
    # "The verifiers in a bundle come from the party under test."
    case $script_folder/ in
    "$bundle"/*) say 'This verifier came with the bundle, so from the party under test. Take your own: provenance export --verifier DIR\n' ;;
    *) say 'bundle       %s\n' "$(clean "$shown")" ;;
    esac
    # Not every sed and awk says that it could not write; cat does.
    sed 's/^. //' "$T/problems" | cat 2>/dev/null || lost=yes

    origin=$(clean "${ORIGIN-}")
    selection=$(info Provenance-Selection)
    all=0
    posts=0
    compared=0
    if [ -s "$T/counts" ]; then
        all=$(counted entries all)
        posts=$(counted entries posts)
        compared=$(($(counted content proven) + $(counted content failed)))
    fi
    case $selection in
    '') chosen='an unknown selection' ;;
    filter) chosen='chosen by a filter' ;;
    *) chosen="the range $selection" ;;
    esac
    case $(info Provenance-Posts) in
    withheld) what_posts='withheld, none was compared' ;;
    *) what_posts="$compared of $posts compared" ;;
    esac
    say 'keys         %s\n' "$(clean "${keys:-none; give --keys DIR with public keys from somewhere else than the bundle}")"
    if [ -n "${tree-}" ]; then say 'log          %s, size %s\n' "$origin" "$tree_size"; fi
    if [ -s "$T/counts" ]; then
        say 'selection    %s: %s\n' "$chosen" "$(plural "$all" entry entries)"
        say 'entries      %s, %s, %s of unknown kind\n' "$(plural "$posts" post posts)" \
            "$(plural "$(counted entries accessions)" accession accessions)" "$(counted entries unknown)"
        say 'posts        %s\n' "$what_posts"
        [ ! -s "$T/said" ] || say '%s\n' "$(program sources <"$T/said")"
        say '\n%s\n\n' "$(awk -f "$T/awk/table.awk" "$T/counts")"
    fi

    what="$(plural "$all" entry entries) of ${origin:-an unknown log}, $chosen, as of size ${tree_size:-unknown}"
    wrong=$(plural "$(count_lines "$T/problems")" problem problems)
    whole='; it is not shown that there are no others'
    [ "$selection" = filter ] || whole=', nothing between its ends left out'
    case $status in
    0) verdict="VERIFIED: $what: signed by pinned keys and logged$whole (log key ${log_key% *}, pinned, quorum $(clean "${log_key#* }")); posts: $what_posts." ;;
    1) verdict="FAILED: $what: $wrong; posts: $what_posts." ;;
    2) verdict="ERROR: $wrong: the check was not made, or not all of it." ;;
    *) verdict="INCONCLUSIVE: $what: nothing was found wrong, not everything could be checked; posts: $what_posts." ;;
    esac
    limits='Limits: this shows what the keys signed and the log holds, not that a source served these bytes or that a stated time is true.'
    if [ -s "$T/counts" ] && [ "$(counted entries unread)" != 0 ]; then
        limits="$limits The front matter of $(plural "$(counted entries unread)" post posts) takes a reader of YAML: address and date are as the record asserts."
    fi
    if [ -s "$T/counts" ] && [ "$(counted entries later)" != 0 ]; then
        limits="$limits Of $(plural "$(counted entries later)" post posts), in a form of a later version, only digest and size were compared."
    fi
    [ "${views_claim-}" != unknown ] ||
        limits="$limits No pinned key signed the lists: the other files may have been put together by anybody."
    say '%s\n%s\n' "$verdict" "$limits"
    # A verdict that nobody could be told is none, but for FAILED: what was found wrong stays wrong.
    if [ "$lost" = yes ]; then
        [ "$status" = 1 ] || status=2
        printf 'E-IO  standard output: it cannot be written\n%s\n' "$verdict" >&2
    fi
    leave "$status"
}

write_programs
is_a_bundle
self_test
read_trust
walk
read_lists
check_lists
check_checkpoint
check_views
check_all_entries
check_completeness
something_was_checked
report
