# Verbs only: what each does is in harness/. `make help` lists them.
PYTHON ?= python3

# Given as make SQL="…", they reach the harness as BENCH_SQL and so on: by the environment, where
# no shell reads them, and unexpanded, since a query may hold a dollar. An empty one is not given.
PARAMETERS := PROFILE SET KEEP BACKEND RUN SERVICE SQL REPEAT GROUP BASE \
	A B FORMAT ANYWAY WITHDRAW REASON FAULT
$(foreach name,$(PARAMETERS),$(if $(value $(name)),$(eval export BENCH_$(name) := $$(value $(name)))))
unexport $(PARAMETERS) MAKEFLAGS MAKEOVERRIDES

VERBS := help all up down status logs bench smoke faults squeeze verify report open compare check baseline history sql test microbench lint example lock doctor clean
.DEFAULT_GOAL := help
.PHONY: $(VERBS)
$(VERBS):
	@$(PYTHON) -m harness.bootstrap $@
