# The habits of the project. `make help` lists them.

SWIFT ?= swift
EXECUTABLES := dd0c-route dd0c-route-supervisor dd0c-route-worker dd0c-route-accountant \
	dd0c-route-mock-provider
# The tests ask workers to crash; no release can be asked.
TRAITS := --traits FaultInjection
# Mapped by the executables that lie beside it.
VOCABULARIES := dd0c-route_Tokenization.resources
# Tests that keep all cores busy for minutes: beside them, others would wait too long for their peers. Those of
# whole processes come last and alone for the same reason.
BUSY := TokenizationTests|RedactionTests
FORMATTED := Sources Tests Benchmarks Package.swift

.DEFAULT_GOAL := help
.PHONY: help run test format lint release deb fuzz chaos bench-accounting bench-counts bench-latency setup

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Build (debug) and start the gateway on 127.0.0.1:8080 with a demo configuration.
	$(SWIFT) build
	@Scripts/foreground .build/debug/dd0c-route serve --demo

test: setup ## Check the format, build, fuzz for a moment, run every test, build the package.
	Scripts/python-environment
	Scripts/setup-benchmarks
	$(MAKE) --no-print-directory lint
	$(SWIFT) build $(TRAITS)
	$(SWIFT) build $(TRAITS) --build-tests
	Fuzz/run 100000
	$(SWIFT) test $(TRAITS) --skip-build --filter '$(BUSY)'
	$(SWIFT) test $(TRAITS) --skip-build --skip '$(BUSY)|SystemTests'
	# What users install: the scenarios in the container take the release's package.
	@if command -v dpkg-buildpackage >/dev/null; then $(MAKE) --no-print-directory deb; \
	    else echo "skipped: no Debian package is built where there is no dpkg-buildpackage" >&2; fi
	$(SWIFT) test $(TRAITS) --skip-build --filter SystemTests

format: ## Format all sources in place.
	$(SWIFT) format --in-place --recursive $(FORMATTED)

lint: ## Check the format of all sources.
	$(SWIFT) format lint --strict --recursive $(FORMATTED)

release: setup ## Build optimised executables that need no Swift runtime, into dist/.
	$(SWIFT) build --configuration release --static-swift-stdlib
	@mkdir -p dist
	@bin="$$($(SWIFT) build --configuration release --show-bin-path)" && \
	for name in $(EXECUTABLES); do install -m 755 "$$bin/$$name" dist/; done && \
	install -d dist/$(VOCABULARIES) && install -m 644 "$$bin/$(VOCABULARIES)"/* dist/$(VOCABULARIES)/
	@! grep -q "request failed: authorization: Bearer" $(addprefix dist/,$(EXECUTABLES)) || \
	    { echo "this release has fault injection" >&2; exit 1; }
	@! grep -q "this build keeps no books" dist/dd0c-route-worker || \
	    { echo "this release has no accounting" >&2; exit 1; }
	@ls -l dist

fuzz: setup ## Run the fuzzers of the decoders, 5 million executions each.
	Fuzz/run

chaos: setup ## Kill the processes under load and compare the bills (SEED=… STREAMS=… KILLS=…).
	$(SWIFT) build $(TRAITS)
	.build/debug/Chaos $(if $(SEED),--seed $(SEED)) $(if $(STREAMS),--streams $(STREAMS)) \
	    $(if $(KILLS),--kills $(KILLS))

bench-accounting: setup ## Measure what accounting costs a worker; builds two releases into .build-accounting/.
	@for kind in without with; do \
	    traits=; if [ $$kind = without ]; then traits="--traits WithoutAccounting"; fi; \
	    out=.build-accounting/compared/$$kind; \
	    $(SWIFT) build --configuration release --scratch-path .build-accounting $$traits || exit 1; \
	    mkdir -p $$out && \
	    for name in $(EXECUTABLES) $(VOCABULARIES); do \
	        cp -r .build-accounting/release/$$name $$out/ || exit 1; done; done
	Benchmarks/accounting-cost

bench-counts: setup ## Count what the worker does for an event; fails above 3.3 system calls or 2 allocations.
	Scripts/setup-benchmarks
	$(SWIFT) build --configuration release
	Benchmarks/data-path-cost

bench-latency: setup ## Measure the latency that the gateway adds, beside nginx; fails above 5 ms at P99.
	Scripts/setup-benchmarks
	$(SWIFT) build --configuration release
	Benchmarks/latency
	Benchmarks/latency-gate Benchmarks/Results/latency.json

deb: setup ## Build the Debian package (release) into dist/, and check it with lintian.
	Scripts/package
	lintian --allow-root --fail-on error,warning dist/dd0c-route_*_$$(dpkg --print-architecture).deb

setup: ## Install what the build needs (Debian 12, as root), or say what is missing.
	@Scripts/setup
