# The commands of this repository; `make help` lists them.
# Only what GNU make 3.81 knows, which macOS still has. It looks at the PATH below because SHELL is not its default.
SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Node 24 is a development dependency, so that an older Node on the machine does not matter.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.installed

# Given to the program as one word, whatever quotes stand in it.
export DRIVER

.PHONY: demo test lint test-unit test-integration test-e2e driver-test cluster cluster-down kubeconfig images images-agents run-local bench-start bench-meter bench-operator bench-run coverage power generate format clean help

demo: $(INSTALLED) ## questions and a benchmark with a real model in real Pods, from nothing
	@node hack/demo/main.ts

test: $(INSTALLED) ## all tests, with what they need
	@node hack/test/main.ts

lint: $(INSTALLED) ## style, imports, unused code, generated files, types
	@node hack/test/main.ts lint types

test-unit: $(INSTALLED) ## tests that need nothing
	@node hack/test/main.ts unit

test-integration: $(INSTALLED) ## tests against a real API server
	@node hack/test/main.ts integration

test-e2e: $(INSTALLED) ## tests against a cluster that runs Pods
	@node hack/test/main.ts e2e

driver-test: $(INSTALLED) ## test a driver: DRIVER='command'|URL|IMAGE, ARGS='--no-model' (--help)
	@node hack/driver-test/main.ts $(ARGS) "$$DRIVER"

cluster: $(INSTALLED) ## start the local cluster of this checkout
	@node hack/cluster/main.ts up

cluster-down: $(INSTALLED) ## take it away with all that it left
	@node hack/cluster/main.ts down

kubeconfig: $(INSTALLED) ## print the path of its kubeconfig (make -s: only that)
	@node hack/cluster/main.ts kubeconfig

images: $(INSTALLED) ## build the product image, load it into the cluster
	@node hack/images/main.ts load

images-agents: $(INSTALLED) ## the same for the agents; AGENT=name for one of them
	@node hack/images/main.ts agents $(AGENT)

run-local: $(INSTALLED) ## a question without a cluster: JOB=x.yaml [AGENT=] [BACKEND=] [DRIVER='cmd']
	@node hack/run-local/main.ts $${JOB:+"$$JOB"} $${AGENT:+--agent "$$AGENT"} $${BACKEND:+--backend "$$BACKEND"} $${DRIVER:+--driver "$$DRIVER"}

bench-start: $(INSTALLED) ## how long a runner takes until its agent is asked
	@node hack/bench/start.ts

bench-meter: $(INSTALLED) ## what the meter adds to a stream, and how much goes through it
	@node hack/bench/meter.ts

bench-operator: $(INSTALLED) ## RuneJobs and runs beside Jobs on KWOK nodes: ARGS='[--quick] [latency|writes|throughput|crowd]'
	@node hack/bench/operator.ts $(ARGS)

bench-run: $(INSTALLED) ## what a reconcile of a run of 10,000 jobs computes
	@node hack/bench/run.ts

coverage: $(INSTALLED) ## how often intervals of pass rates hold the true one, by simulation
	@node hack/coverage.ts

power: $(INSTALLED) ## how often a run that is 20 points worse is found, by simulation
	@node hack/power.ts

generate: $(INSTALLED) ## write crds/types.ts from crds/*.yaml
	@npm run --silent generate

format: $(INSTALLED) ## format all files, apply safe fixes
	@npm run --silent format

clean: ## remove packages and reports; cluster and caches stay
	@rm -rf node_modules coverage .rune/test

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): package-lock.json
	@bash hack/install-packages.sh
	@touch $@
