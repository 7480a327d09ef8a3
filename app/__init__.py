"""The Flask app: what an event contains, its way to Kafka, and the ledger of what was accepted."""
