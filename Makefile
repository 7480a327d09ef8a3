# Verbs only: harness/ has their code. `make help` lists them.
PYTHON ?= python3

# VERBS and PARAMETERS, from the table of verbs.
include harness/system/verbs.mk

# make SQL="…" reaches the harness as BENCH_SQL: by the environment, where no shell reads it, and
# unexpanded, since a query may hold a dollar. An empty parameter is not given. A variable of the
# environment that has a parameter's name is another program's, as tcsh's GROUP.
typed = $(if $(filter environment%,$(origin $(1))),,$(value $(1)))
$(foreach name,$(PARAMETERS),$(if $(call typed,$(name)),$(eval export BENCH_$(name) := $$(value $(name)))))
unexport $(PARAMETERS) MAKEFLAGS MAKEOVERRIDES

.DEFAULT_GOAL := help
# One cluster: goals wait for each other also with -j.
.NOTPARALLEL:
.PHONY: $(VERBS)
# The bootstrap names what is no verb. -E and -s: no variable and no user's folder brings Python other
# packages.
$(VERBS) .DEFAULT:
	@$(PYTHON) -Es -m harness.bootstrap $@
