# The habits of the project. `make help` lists them.

SWIFT ?= swift
EXECUTABLES := dd0c-route dd0c-route-supervisor dd0c-route-worker dd0c-route-accountant \
	dd0c-route-mock-provider
FORMATTED := Sources Tests Benchmarks Package.swift

.DEFAULT_GOAL := help
.PHONY: help run test format lint release fuzz setup

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## Build (debug) and start the gateway on 127.0.0.1:8080 with a demo configuration.
	$(SWIFT) build
	@Scripts/foreground .build/debug/dd0c-route serve --demo

test: setup ## Check the format, build, fuzz for a moment, and run every test.
	Scripts/python-environment
	$(MAKE) --no-print-directory lint
	$(SWIFT) build
	$(SWIFT) build --build-tests
	Fuzz/run 100000
	$(SWIFT) test --skip-build

format: ## Format all sources in place.
	$(SWIFT) format --in-place --recursive $(FORMATTED)

lint: ## Check the format of all sources.
	$(SWIFT) format lint --strict --recursive $(FORMATTED)

release: setup ## Build optimised executables that need no Swift runtime, into dist/.
	$(SWIFT) build --configuration release --static-swift-stdlib
	@mkdir -p dist
	@bin="$$($(SWIFT) build --configuration release --show-bin-path)" && \
	for name in $(EXECUTABLES); do install -m 755 "$$bin/$$name" dist/; done; \
	rm -rf dist/dd0c-route_Tokenization.resources; \
	cp -R "$$bin/dd0c-route_Tokenization.resources" dist/
	@ls -l dist

fuzz: setup ## Run the fuzzers of the decoders, 5 million executions each.
	Fuzz/run

setup: ## Install what the build needs (Debian 12, as root), or say what is missing.
	@Scripts/setup
