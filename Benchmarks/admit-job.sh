#!/bin/sh
# Whether the machine that measures latency takes a job: only the latency workflow's, and only for a push to a
# branch. The runner runs this before each job (ACTIONS_RUNNER_HOOK_JOB_STARTED, see Documentation/runner.md)
# with the variables that GitHub sets and no workflow can. A status other than 0 fails the job, none of whose
# steps runs.
set -eu

case "${GITHUB_EVENT_NAME:-} ${GITHUB_WORKFLOW_REF:-}" in
"push ${GITHUB_REPOSITORY:?}/.github/workflows/proxy-latency.yml@refs/heads/"*) ;;
*)
    echo "admit-job: this machine takes pushes that proxy-latency.yml runs for, nothing else" >&2
    exit 1
    ;;
esac
