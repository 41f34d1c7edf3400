# Pitboss: every target is one line of help; `make` alone prints them.
export CGO_ENABLED := 0
GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
.DEFAULT_GOAL := help
# What the race detector looks at by default; all of it would take an hour on two cores.
RACE ?= ./kit/groupcommit ./kit/bus ./kit/rpc ./services/wallet
# How long each fuzz target runs.
FUZZTIME ?= 10s
# How long chaos runs, and how often it kills; CHAOS_SEED repeats a schedule.
CHAOS_TIME ?= 10m
CHAOS_EVERY ?= 5s
CHAOS_SEED ?=
# Arguments of pitboss bench wallet.
BENCH ?=

.PHONY: help build web up test lint gen gen-proto gen-sql gen-ref race fuzz bench chaos clean
help: ## Print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/pitboss
	$(GO) build -o bin/pitboss ./cmd/pitboss

web: ## Build the web app into what build embeds; nothing happens when its sources are the same
	tools/web.sh

up: web build ## Build and run the whole platform with embedded engines; installs what is missing
	bin/pitboss up

test: ## Run every test; installs the engines that tests need, prints what ran
	tools/test.sh

lint: ## Check form, suspicious code, and the contracts
	tools/lint.sh

gen: gen-proto gen-sql gen-ref ## Generate code from the protos and the SQL, and docs/ref from the code

gen-proto:
	tools/gen-proto.sh

gen-sql:
	tools/gen-sql.sh $(S)

gen-ref:
	$(GO) run ./internal/refdoc

race: ## Run some packages under the race detector (RACE="./kit/bus ..."); needs a C compiler
	CGO_ENABLED=1 $(GO) test -race -short -count=1 -p 2 -timeout 10m $(RACE)

fuzz: ## Fuzz every parser for a moment (FUZZTIME=10s each)
	tools/fuzz.sh $(FUZZTIME)

bench: build ## Run the Go benchmarks and then pitboss bench wallet, half an hour (BENCH="--callers 256" and the like bound it)
	$(GO) test -run '^$$' -bench . -benchtime 2s ./kit/groupcommit ./services/wallet
	bin/pitboss bench wallet $(BENCH)

chaos: ## Kill wallets and PostgreSQL under load, prove the ledger (CHAOS_TIME=10m CHAOS_EVERY=5s CHAOS_SEED=)
	PITBOSS_CHAOS_TIME=$(CHAOS_TIME) PITBOSS_CHAOS_EVERY=$(CHAOS_EVERY) PITBOSS_CHAOS_SEED=$(CHAOS_SEED) \
		$(GO) test -count=1 -v -timeout 3h ./tests/chaos

clean: ## Remove what make made; data in PITBOSS_HOME stays
	rm -rf bin .cache tools/node_modules web/node_modules web/.next web/out web/tests/artifacts gateway/web/app
