#!/bin/sh
# Stands in for molt in tests of the workbench: a dry run that answers, a chat worker that echoes, a run that fails to start.
# SPDX-License-Identifier: GPL-3.0-or-later
plan='{"layers":["mamba2","attention","mamba2","attention"],"teacher_parameters":1400000,"student_parameters":1500000,
"stages":[{"kind":"distill","steps":300,"tokens":614400,"trained_parameters":600000,"frozen_parameters":900000,"memory_bytes":412000000}],
"disk_bytes":18000000,"free_disk_bytes":64000000000,"warnings":[]}'

answer_chat() {
    while IFS= read -r line; do
        id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
        case "$line" in
            *'"type":"load"'*'missing'*) printf '{"type":"error","code":"not_found","message":"No such model.","hint":"Choose another folder."}\n' ;;
            *'"type":"load"'*) printf '{"type":"loaded","model":"fake"}\n' ;;
            *'"type":"send"'*'crash'*) exit 9 ;;
            # A reply that ends only when it is stopped.
            *'"type":"send"'*'"slow"'*) printf '{"type":"delta","id":%s,"text":"never ","tokens":[]}\n' "$id" ;;
            *'"type":"stop"'*)
                printf '{"type":"done","id":%s,"ids":[5],"text":"never ","finish_reason":"cancelled","prompt_tokens":3,"prefill_ms":1,"tokens_per_second":0,"time_to_first_token_ms":1}\n' "$id" ;;
            *'"type":"send"'*)
                printf '{"type":"progress","id":%s,"done":4,"total":4}\n' "$id"
                for word in 'Anna ' 'has ' 'a red ' 'kite.'; do
                    printf '{"type":"delta","id":%s,"text":"%s","tokens":[]}\n' "$id" "$word"
                done
                printf '{"type":"done","id":%s,"ids":[5,6,7,8],"text":"Anna has a red kite.","finish_reason":"eos","prompt_tokens":12,"prefill_ms":8.5,"tokens_per_second":131.5,"time_to_first_token_ms":9.2}\n' "$id" ;;
            *'"type":"quit"'*) exit 0 ;;
        esac
    done
}

case "$1" in
    train)
        if grep -q '"name": "blocked"' "$2"; then
            printf '{"error":{"code":"not_found","message":"The file x.jsonl is missing.","hint":"Choose a file that exists."}}\n'
            exit 3
        fi
        printf '%s\n' "$plan" ;;
    chat) answer_chat ;;
    run) echo "no CPU instructions left" >&2; exit 1 ;;
    *) exit 2 ;;
esac
