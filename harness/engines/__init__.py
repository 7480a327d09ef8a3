"""Clients of the engines: Kafka, Presto, HDFS and S3."""
