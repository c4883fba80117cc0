#!/usr/bin/env bash
# Runs every bench and prints one Markdown table on standard output; progress goes to standard error.
#
#   bench/run.sh                    a few minutes
#   bench/run.sh --quick            under a minute, once everything is built
#   bench/run.sh --features ours    other arguments go to cargo
set -euo pipefail
cd "$(dirname "$0")"

spans=(--warm-up-time 0.5 --measurement-time 3 --sample-size 50)
export_cost=(--seconds 4 --rounds 3)
burst=(--rounds 3)
web=(--requests 50000 --rounds 7)
metrics=(--rounds 9)
tracing=(--rounds 9)
calls=(--rounds 15)
queries=(--rounds 15 --milliseconds 10)
if [[ "${1:-}" == --quick ]]; then
    shift
    spans=(--warm-up-time 0.1 --measurement-time 0.3 --sample-size 20)
    export_cost=(--seconds 2 --rounds 1 --rates 20000)
    burst=(--rounds 1)
    web=(--requests 20000 --warm-up 2000 --rounds 3)
    metrics=(--rounds 3 --milliseconds 5 --series 20000)
    tracing=(--rounds 3 --milliseconds 5)
    calls=(--rounds 3 --milliseconds 5)
    queries=(--rounds 3 --milliseconds 5)
fi

# Children find their receiver beside them, so everything is built before anything runs.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build --release --bins "$@" >&2
cargo bench --bench spans --no-run "$@" >&2
bin="$CARGO_TARGET_DIR/release"

"$bin/span_rows" --forget
cargo bench --bench spans "$@" -- "${spans[@]}" --quiet >&2

"$bin/span_rows"
"$bin/export_cost" --no-head "${export_cost[@]}"
"$bin/burst" --no-head "${burst[@]}"
"$bin/web" --no-head "${web[@]}"
"$bin/web" --no-head --logs "${web[@]}"
"$bin/through_tracing" --no-head "${tracing[@]}"
"$bin/tracing_allocations" --no-head
"$bin/calls" --no-head "${calls[@]}"
"$bin/call_allocations" --no-head
"$bin/queries" --no-head "${queries[@]}"
"$bin/query_allocations" --no-head
"$bin/metrics" --no-head "${metrics[@]}"
"$bin/metrics_memory" --no-head
echo
echo "$(nproc) cores, $(rustc --version)"
