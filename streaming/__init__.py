"""The Spark job: reads the topic once, and commits its messages to tables on HDFS."""
