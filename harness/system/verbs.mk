# From harness/system/verbs.py, by `python -m harness.dev.generate`.
VERBS := help all up down status logs bench smoke faults squeeze verify report open compare check baseline history sql setup test microbench lint example lock doctor clean
PARAMETERS := PROFILE SET BACKEND SERVICE KEEP REPEAT GROUP FAULT RUN A B FORMAT ANYWAY MARKED BASE WITHDRAW REASON SQL
