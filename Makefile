# make alone lists the verbs. Each works from a clean clone; the environment is .venv in this folder.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install build build-changed publish rollback csv report day backfill crontab systemd airflow backup \
	restore forget test test-all spark spark-pairs spark-compare browser servers load doctor map adopt find \
	experiment-size train \
	fault-matrix lint house pages docs site live new-area new-raw-table new-mart new-metric demo-data bench \
	clean

UV_VERSION := 0.13.9
NEXT_DUCKDB := 2.0.0
BIN := .venv/bin
NEXT_BIN := .venv-next/bin
SPARK_BIN := .venv-spark/bin
DBT := $(BIN)/dbt
# One run at a time has the warehouse: who comes second is told who holds it. 73 and 75 say that nothing was begun.
RUN := $(BIN)/python orchestration/run.py
HOLD = @$(RUN) hold --as 'make $@' --
AIRFLOW_VERSION := 3.3.2
unexport PYTHONDONTWRITEBYTECODE
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export PYTHONPATH := $(CURDIR)

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment is made again when the lock changes.
.venv/.installed: pyproject.toml uv.lock
	@python3 -c 'import ensurepip' 2>/dev/null || { echo "python3 cannot make environments: install Debian's python3-venv, then run make again"; exit 1; }
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv sync --frozen --compile-bytecode --quiet
	@touch $@

install: .venv/.installed ## Install what the lock names into .venv

# The same environment with the DuckDB that comes after the one in the lock.
.venv-next/.installed: .venv/.installed
	UV_PROJECT_ENVIRONMENT=.venv-next $(BIN)/uv sync --frozen --compile-bytecode --quiet
	$(BIN)/uv pip install --quiet --python $(NEXT_BIN)/python duckdb==$(NEXT_DUCKDB)
	@touch $@

# Spark is 600 MB, and wants Java: it has an environment of its own.
.venv-spark/.installed: .venv/.installed
	UV_PROJECT_ENVIRONMENT=.venv-spark $(BIN)/uv sync --frozen --group spark --compile-bytecode --quiet
	@echo "$(CURDIR)/plugins" > "$$($(SPARK_BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/groundwork.pth"
	@touch $@

# ENGINE=spark builds by Spark, with the environment that has it.
ifeq ($(ENGINE),spark)
ENVIRONMENT := .venv-spark/.installed
BUILD := $(SPARK_BIN)/dbt build --target spark
else
ENVIRONMENT := install
BUILD := $(DBT) build
endif

build: $(ENVIRONMENT) ## Build and test the warehouse on the demo company, or on GROUNDWORK_RAW=<folder>; by Spark with ENGINE=spark
	@rm -f "$${DBT_TARGET_PATH:-target}/run_results.json"
	$(HOLD) $(BUILD); status=$$?; case $$status in 73|75) ;; *) $(BIN)/python tools/summary.py;; esac; exit $$status

build-changed: install ## Build what reads the raw and reference files that changed since they were landed
	@selection=$$($(BIN)/python tools/changed.py) && if [ -z "$$selection" ]; then echo "No file has changed since it was landed. A build that failed is finished by make build."; \
	else echo "Changed: $$selection"; $(RUN) hold --as 'make $@' -- $(DBT) build --select $$selection; fi

# What is not given is empty: all metrics, brands and units, and the program's own defaults.
quoted = '$(subst ','\'',$(1))'

publish: install ## Publish the public tables to published/, and to TO=, if every test of the last build passed
	@$(RUN) hold --blind --as 'make $@' -- $(BIN)/python tools/publish.py publish --to $(call quoted,$(TO))

rollback: install ## Have readers of published/, or of TO=, read the build before the current one
	@$(BIN)/python tools/publish.py rollback --to $(call quoted,$(TO))

csv: install ## Write a published table for Excel (TABLE=core.orders, or Q="select …"; OUT=file.csv)
	@$(BIN)/python tools/csv_for_excel.py --table $(call quoted,$(TABLE)) --query $(call quoted,$(Q)) --out $(call quoted,$(OUT))

report: install ## Write the morning report from what is published, and send it where that is configured
	@$(BIN)/python tools/report.py

day: install ## Run a day as the schedule would (DATE=2026-03-01; without it the last night; AGAIN=1 does all of it again)
	@$(RUN) day $(if $(DATE),--date $(call quoted,$(DATE))) $(if $(AGAIN),--again)

backfill: install ## Run one day after the other as the schedule would (FROM=2026-03-01 TO=2026-03-31)
	@$(RUN) backfill --from $(call quoted,$(FROM)) --to $(call quoted,$(TO)) $(if $(AGAIN),--again)

crontab: install ## Print the lines for cron that run orchestration/schedule.yml
	@$(BIN)/python orchestration/timers.py crontab

systemd: install ## Write the units for systemd that run orchestration/schedule.yml (OUT=folder USER=name)
	@$(BIN)/python orchestration/timers.py systemd --out $(or $(OUT),target/systemd) $(if $(USER),--user $(USER))

# Airflow has an environment of its own: its packages would not go with those of the warehouse.
.venv-airflow/.installed: Makefile
	python3 -m venv .venv-airflow
	.venv-airflow/bin/python -m pip install --quiet --disable-pip-version-check apache-airflow==$(AIRFLOW_VERSION)
	@touch $@

airflow: install .venv-airflow/.installed ## Install Airflow beside the project and show it orchestration/schedule.yml as a DAG
	@PATH="$(CURDIR)/.venv-airflow/bin:$$PATH" $(BIN)/python orchestration/airflow_home.py

backup: install ## Copy the warehouse as it is into a folder (TO=/srv/backup)
	@$(RUN) hold --blind --as 'make $@' -- $(BIN)/python tools/backup.py backup --place $(call quoted,$(TO))

restore: install ## Put the warehouse back as a backup has it (FROM=/srv/backup)
	@$(RUN) hold --blind --as 'make $@' -- $(BIN)/python tools/backup.py restore --place $(call quoted,$(FROM))

forget: install ## Take persons out of raw files, warehouse, published files and site (CUSTOMER=ids, else all who asked)
	@$(RUN) hold --blind --as 'make $@' -- $(BIN)/python tools/forget.py --customer $(call quoted,$(CUSTOMER))

# The tests build the demo beside the warehouse, not into it.
TEST_BUILD := GROUNDWORK_RAW= GROUNDWORK_DB=target/test/warehouse.duckdb DBT_TARGET_PATH=target/test/warehouse.duckdb.target
TESTED := GROUNDWORK_TESTED_DEMO=$(CURDIR)/target/test/warehouse.duckdb
NEXT_BUILD := GROUNDWORK_RAW= GROUNDWORK_DB=target/next/groundwork.duckdb DBT_TARGET_PATH=target/next
target/test target/next:
	mkdir -p $@

# Built from nothing: the tests read it, and an increment would keep rows of yesterday's code. The linter runs beside the
# build, which leaves half a core free; what it found is printed when both are done.
define build_and_lint
	rm -f target/test/warehouse.duckdb
	@$(MAKE) --no-print-directory lint > target/test/lint.txt 2>&1 & linter=$$!; \
	{ $(TEST_BUILD) $(DBT) build && $(TEST_BUILD) $(DBT) test --selector unit_tests; }; built=$$?; \
	wait $$linter; linted=$$?; cat target/test/lint.txt; exit $$((built ? built : linted))
endef

test: install target/test browser servers ## Everything that CI checks
	$(build_and_lint)
	$(TESTED) GROUNDWORK_TEST_SETS=40 $(BIN)/pytest -m "not slow" --durations=10

test-all: install target/test target/next browser servers .venv-next/.installed .venv-spark/.installed ## What CI checks, and the tests that take minutes, on both DuckDB versions
	$(build_and_lint)
	$(TESTED) $(BIN)/pytest --durations=10
	$(MAKE) --no-print-directory spark-pairs
	$(NEXT_BUILD) $(NEXT_BIN)/dbt build
	$(NEXT_BUILD) $(NEXT_BIN)/dbt test --selector unit_tests
	$(NEXT_BIN)/pytest

spark: .venv-spark/.installed ## Run the SQL of models on Spark, on the tables that make test has built, and compare (SELECT="core growth")
	@$(SPARK_BIN)/python tools/compare_spark.py --database target/test/warehouse.duckdb --select $(SELECT)

spark-pairs: .venv-spark/.installed ## Run SQL that must mean the same on both engines, build three areas by both, and compare
	@$(SPARK_BIN)/pytest -n 0 tests/python/test_spark.py tests/python/test_spark_build.py -m slow

SPARK_BUILD := GROUNDWORK_RAW= GROUNDWORK_DB=target/spark/warehouse.duckdb DBT_TARGET_PATH=target/spark/warehouse.duckdb.target GROUNDWORK_LAKE=target/spark/lake
spark-compare: .venv-spark/.installed ## Build the demo by Spark, and compare every table with the one that make test has built (SELECT=+orders)
	@mkdir -p target/spark
	@$(SPARK_BUILD) $(SPARK_BIN)/dbt build --target spark $(if $(SELECT),--select $(SELECT))
	@$(SPARK_BIN)/python tools/compare_engines.py --duckdb target/test/warehouse.duckdb --spark target/spark/warehouse.duckdb --lake target/spark/lake

browser: ## Install Chromium, which looks at the site in the tests (as root on Debian)
	@command -v chromium chromium-browser google-chrome google-chrome-stable > /dev/null \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium > /dev/null; } \
		|| echo "There is no Chromium or Chrome: the tests that look at the site in a browser will be skipped."

# A server that is installed would be started, too: nothing of it is wanted but its programs.
NO_START := /usr/sbin/policy-rc.d
servers: ## Install PostgreSQL and MariaDB, which the tests start for themselves (as root on Debian)
	@{ { ls /usr/lib/postgresql/*/bin/initdb || command -v initdb; } && PATH="$$PATH:/usr/sbin" command -v mariadbd; } > /dev/null 2>&1 \
		|| ( [ "$$(id -u)" = 0 ] && apt-get update -qq && { [ -e $(NO_START) ] || { made=1; printf '#!/bin/sh\nexit 101\n' > $(NO_START); chmod +x $(NO_START); }; } \
			&& DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends postgresql mariadb-server > /dev/null; \
			installed=$$?; [ -z "$$made" ] || rm -f $(NO_START); exit $$installed ) \
		|| echo "PostgreSQL or MariaDB is not there: the tests that load from them will be skipped."

load: install ## Load what changed in your databases into the raw folder (TABLES=, COMPARE=1, SHRUNK=, NOW=1)
	@$(BIN)/python ingest/load.py --tables $(call quoted,$(TABLES)) --shrunk $(call quoted,$(SHRUNK)) \
		--compare $(call quoted,$(COMPARE)) --now $(call quoted,$(NOW))

doctor: install ## Say what was found in the raw data, what is missing, and what that costs
	@$(BIN)/python tools/doctor.py

map: install ## Propose columns.yml for a folder of exports (FROM=exports/ TO=<raw folder>, else GROUNDWORK_RAW)
	@$(BIN)/python tools/map_columns.py --source $(call quoted,$(FROM)) --to $(call quoted,$(TO))

adopt: install ## Fill raw tables from a system's exports and say their totals (SYSTEM=shopify FROM=exports TO=my_data)
	@$(BIN)/python tools/adopt.py --system $(call quoted,$(SYSTEM)) --from $(call quoted,$(FROM)) --to $(call quoted,$(TO))

find: install ## Find tables, columns, metrics, boards and questions by plain words (Q="who left" NAMES=1, or GAPS=1)
	@$(BIN)/python tools/find.py --query $(call quoted,$(Q)) --names $(call quoted,$(NAMES)) --gaps $(call quoted,$(GAPS))

experiment-size: install ## Say how many units and days a test needs (METRIC= BRAND= UNIT= EFFECT=0.1 or DAYS= ARMS=2 POWER=0.8)
	@$(BIN)/python tools/experiment_size.py --metric $(call quoted,$(METRIC)) --brand $(call quoted,$(BRAND)) \
		--unit $(call quoted,$(UNIT)) --effect $(call quoted,$(EFFECT)) --arms $(call quoted,$(ARMS)) --power $(call quoted,$(POWER)) \
		--days $(call quoted,$(DAYS))

train: install ## Learn a challenger of each score of fraud, and say how it compares and which experiment to run
	$(HOLD) $(DBT) build --select +challenger_quality --exclude-resource-type unit_test && $(BIN)/python tools/train.py

fault-matrix: install ## Plant sixty data faults in demo companies and write docs/fault_matrix.md (takes an hour)
	$(BIN)/python tests/python/fault_matrix/fault_pages.py

lint: install ## Check how the SQL and the Python are written
	$(BIN)/sqlfluff lint --processes 2 models tests analyses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

house: install ## Show the numbers of style beside their targets: lines, steps, macros, widths
	$(DBT) parse --quiet
	$(BIN)/python tools/house.py

pages: install ## Write again what follows from the project: questions, architecture, decisions, CODEOWNERS
	$(DBT) parse --quiet
	$(BIN)/python docs/questions.py
	$(BIN)/python tools/architecture.py
	$(BIN)/python tools/decisions.py
	$(BIN)/python tools/codeowners.py

# RESTRICTED=1 adds the pages about single persons.
SITE = $(BIN)/python website/build.py $(if $(RESTRICTED),--restricted)

docs: publish ## Publish, then build the site with dbt's docs and column lineage: site/index.html (RESTRICTED=1 for all pages)
	@$(SITE)

site: publish ## Publish, then build the site without dbt's docs and column lineage, in a third of the time
	@$(SITE) --no-dbt

live: install ## Show today on http://127.0.0.1:8642, from the files that a collector writes to FROM= (PORT=)
	@$(BIN)/python -m live --from $(call quoted,$(FROM)) --port $(call quoted,$(or $(PORT),8642))

new-area: install ## Write the files of an area (NAME=ops)
	@$(BIN)/python tools/new.py area --name '$(NAME)'

new-raw-table: install ## Write the files of a raw table (NAME=support__calls)
	@$(BIN)/python tools/new.py raw-table --name '$(NAME)'

new-mart: install ## Write the files of a mart (AREA=ops NAME=calls)
	@$(BIN)/python tools/new.py mart --area '$(AREA)' --name '$(NAME)'

new-metric: install ## Write a metric on a mart (TABLE=calls NAME=answered_calls)
	@$(BIN)/python tools/new.py metric --table '$(TABLE)' --name '$(NAME)'

demo-data: install ## Make the committed demo company again (SCALE=20 OUT=folder makes another)
	$(BIN)/python ingest/demo_company.py --seed 1 --scale $(or $(SCALE),1) $(if $(OUT),--out $(OUT),--seeds)

bench: install ## Measure speed and memory at scale 1, 40 and 400: bench/RESULTS.md
	$(BIN)/uv run --frozen --group bench python bench/bench.py

clean: ## Remove what was built; the environment stays
	rm -rf target logs site lake groundwork.duckdb groundwork.duckdb.wal groundwork.duckdb.lock
