"""The analyst's page: answers, charts and conclusions."""
