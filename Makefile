# Pitboss: every target is one line of help; `make` alone prints them.
export CGO_ENABLED := 0
GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
.DEFAULT_GOAL := help

.PHONY: help build up test gen gen-proto gen-sql lint bench chaos web clean
help: ## Print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/pitboss
	$(GO) build -o bin/pitboss ./cmd/pitboss

up: build ## Build and run the whole platform with embedded engines; installs what is missing
	bin/pitboss up

gen: gen-proto gen-sql ## Generate code from the protos and the SQL

gen-proto:
	tools/gen-proto.sh

gen-sql:
	tools/gen-sql.sh $(S)
