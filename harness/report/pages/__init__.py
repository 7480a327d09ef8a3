"""The pages of runs, checks, comparisons, faults and noise, from records alone."""
