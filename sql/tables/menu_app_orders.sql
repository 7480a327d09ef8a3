CREATE TABLE IF NOT EXISTS menu_app_orders (
    raw_event varchar,
    kafka_timestamp timestamp,
    accept varchar,
    host varchar,
    user_agent varchar,
    coupon varchar,
    description varchar,
    event_timestamp timestamp,
    event_type varchar,
    price integer,
    uid varchar,
    event_id varchar,
    kafka_partition integer,
    kafka_offset bigint
)
WITH (
    format = 'PARQUET',
    external_location = 'hdfs:///tmp/menu_app_orders'
);
