CREATE TABLE IF NOT EXISTS menu_app_dead_letters (
    raw_event varchar,
    kafka_timestamp timestamp,
    reason varchar,
    kafka_partition integer,
    kafka_offset bigint,
    message varbinary
)
WITH (
    format = 'PARQUET',
    external_location = 'hdfs:///tmp/menu_app_dead_letters'
);
