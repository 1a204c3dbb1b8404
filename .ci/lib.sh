# shellcheck shell=bash
# Named, timed steps and the closing summary. Sourced by the scripts beside it; does nothing by itself.

declare -a STEP_NAMES=() STEP_SECONDS=() STEP_RESULTS=()
STEPS_LOG=$(mktemp -d)
trap 'rm -rf "$STEPS_LOG"' EXIT

# step NAME COMMAND… : run it, keep going when it fails, remember how long it took.
step() {
    local name=$1 started=$SECONDS status
    shift
    printf '\n==> %s\n' "$name"
    # Not in a condition: `set -e` would be off inside the command.
    set +e
    (
        set -e
        "$@"
    ) </dev/null 2>&1 | tee "$STEPS_LOG/${#STEP_NAMES[@]}"
    status=${PIPESTATUS[0]}
    set -e
    STEP_NAMES+=("$name")
    STEP_SECONDS+=($((SECONDS - started)))
    if ((status == 0)); then STEP_RESULTS+=(ok); else STEP_RESULTS+=("FAILED ($status)"); fi
    printf '<== %s: %s, %d s\n' "$name" "${STEP_RESULTS[-1]}" "${STEP_SECONDS[-1]}"
}

# summary: the table of steps, the sum of what the test programs reported; its status is the run's.
summary() {
    local i failed=0
    printf '\n%-44s %8s  %s\n' step seconds result
    for i in "${!STEP_NAMES[@]}"; do
        printf '%-44s %8d  %s\n' "${STEP_NAMES[$i]}" "${STEP_SECONDS[$i]}" "${STEP_RESULTS[$i]}"
        [[ ${STEP_RESULTS[$i]} == ok ]] || failed=$((failed + 1))
    done
    printf '\nsteps: %d passed; %d failed; finished in %d s\n' \
        "$((${#STEP_NAMES[@]} - failed))" "$failed" "$SECONDS"
    cat "$STEPS_LOG"/* | awk -v failed="$failed" '
        /^test result: / {
            for (i = 1; i < NF; i++) {
                if ($(i + 1) == "passed;") passed += $i
                if ($(i + 1) == "failed;") broken += $i
                if ($(i + 1) == "ignored;") ignored += $i
            }
        }
        END {
            printf "test result: %s. %d passed; %d failed; %d ignored\n",
                (failed || broken) ? "FAILED" : "ok", passed, broken, ignored
        }'
    ((failed == 0))
}
